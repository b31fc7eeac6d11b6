"""Many at once: on PostgreSQL with real threads, each with a connection of its own."""

import uuid
from datetime import timedelta
from functools import partial

import pytest
from django.conf import settings
from django.db import connection

from access.audit import log
from access.core.errors import Conflict, Refusal
from access.core.states import GrantState, RequestState
from access.grants import converge, end_early
from access.models import AccessRequest, AuditEvent, Decision, Grant, Stage, Target
from access.requests import ask, decide
from integrations import registry
from integrations.aptible.simulator import seed
from tests import chain, factories
from tests.at_once import MANY, at_once

pytestmark = [pytest.mark.races, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def many(flow):
    """Approvers enough for a crowd."""
    people = [factories.person(f"approver{number}") for number in range(MANY)]
    factories.decided_by(flow, *people)
    return people


def test_many_approvers_make_one_approval(flow, many, now):
    request = factories.request_at(state=RequestState.PENDING, now=now)

    answers = at_once(*[lambda by=by: decide.approve(request=request, by=by, comment="", now=now) for by in many])

    assert sum(isinstance(answer, Decision) for answer in answers) == 1
    assert sum(isinstance(answer, Conflict) for answer in answers) == MANY - 1
    assert Grant.objects.count() == Decision.objects.count() == 1
    assert AuditEvent.objects.filter(type="request.approved").count() == 1


def test_approve_against_deny_settles_it_once(flow, many, now):
    for _round in range(5):
        request = factories.request_at(state=RequestState.PENDING, now=now)
        at_once(
            partial(decide.approve, request=request, by=many[0], comment="", now=now),
            partial(decide.deny, request=request, by=many[1], comment="No.", now=now),
            partial(ask.withdraw, request=request, by=request.requester, now=now),
        )
        events = AuditEvent.objects.filter(request_ref=request.ref).exclude(type="request.asked")
        settled = AccessRequest.objects.get(pk=request.pk)
        assert settled.state != RequestState.PENDING
        assert events.filter(type__startswith="request.").count() == 1
        assert (settled.grant is not None) == (settled.state == RequestState.APPROVED)


def test_a_quorum_of_two_is_never_met_by_one_person_in_two_windows(flow, many, now):
    Stage.objects.update(approvals_needed=2)
    request = factories.request_at(state=RequestState.PENDING, now=now)
    at_once(*[lambda: decide.approve(request=request, by=many[0], comment="", now=now) for _ in range(MANY)])
    assert AccessRequest.objects.get(pk=request.pk).state == RequestState.PENDING
    assert Decision.objects.count() == 1


def test_a_crowd_passes_two_stages_with_each_of_them_counted_once(flow, many, now):
    Stage.objects.update(approvals_needed=2)
    factories.stage(flow, factories.group("Security", *many), label="Security", needed=2)
    request = factories.request_at(state=RequestState.PENDING, now=now)

    answers = at_once(*[lambda by=by: decide.approve(request=request, by=by, comment="", now=now) for by in many])

    assert AccessRequest.objects.get(pk=request.pk).state == RequestState.APPROVED
    assert sorted(Decision.objects.values_list("stage", flat=True)) == [0, 0, 1, 1]
    assert Decision.objects.values("by").distinct().count() == 4
    assert sum(isinstance(answer, Conflict) for answer in answers) == MANY - 4
    assert Grant.objects.count() == 1


def test_one_who_leaves_the_group_meanwhile_either_decided_before_or_not_at_all(flow, many, now):
    factories.decided_by(flow)
    security = factories.group("Security", *many)
    flow.stages.get().pools.get().groups.add(security)
    for by in many[:5]:
        request = factories.request_at(state=RequestState.PENDING, now=now)
        [answer, _left] = at_once(
            partial(decide.approve, request=request, by=by, comment="", now=now),
            partial(security.members.remove, by),
        )
        is_approved = AccessRequest.objects.get(pk=request.pk).state == RequestState.APPROVED
        assert is_approved == isinstance(answer, Decision)
        if not is_approved:
            with pytest.raises(Refusal):
                decide.approve(request=request, by=by, comment="", now=now)


def test_the_same_form_sent_many_times_at_once_makes_one_request(flow, target, jon, now):
    factories.mapping(jon)
    submission = uuid.uuid4()

    def send():
        return ask.ask(
            flow=flow, target=target, requester=jon, seconds=3600, reason="to fix it", ticket="",
            starts_at=None, submission=submission, now=now,
        )  # fmt: skip

    answers = at_once(*[send] * MANY)
    assert {answer.pk for answer in answers} == {AccessRequest.objects.get().pk}


def new_provider(aptible):
    return registry.build(
        "aptible",
        organization_id=seed.ORGANIZATION_ID,
        username=seed.BOT,
        password=seed.PASSWORD,
        auth_url=aptible.auth_url,
        api_url=aptible.api_url,
    )


def test_many_workers_make_one_call(flow, aptible, now):
    grant = factories.grant(state=GrantState.SCHEDULED, now=now)

    def work():
        converge.target(Target.objects.get(pk=grant.target_id), provider=new_provider(aptible), now=now)

    at_once(*[work] * MANY)

    assert grant.refreshed().state == GrantState.ACTIVE
    assert aptible.posts == 1
    assert AuditEvent.objects.filter(type="grant.active").count() == 1


def test_access_ended_by_many_while_workers_grant_it_is_gone_in_the_end(flow, aptible, jon, adam, olga, now):
    grant = factories.grant(state=GrantState.SCHEDULED, now=now)

    def work(at=now):
        converge.target(Target.objects.get(pk=grant.target_id), provider=new_provider(aptible), now=at)

    at_once(work, *[lambda by=by: end_early.end(grant=grant, by=by, now=now) for by in (jon, adam, olga)], work)
    for step in range(1, 4):
        work(now + step * settings.LEASE)

    assert grant.refreshed().state == GrantState.ENDED
    assert aptible.members("Prod") == {"adam@example.com"}


def test_an_extension_against_the_end_never_leaves_access_without_a_grant(flow, aptible, adam, now):
    grant = factories.grant(state=GrantState.SCHEDULED, now=now, seconds=60)

    def work(at):
        converge.target(Target.objects.get(pk=grant.target_id), provider=new_provider(aptible), now=at)

    work(now)
    ends_at = grant.refreshed().ends_at
    request = factories.request_at(state=RequestState.PENDING, now=ends_at)
    at_once(
        lambda: work(ends_at),
        lambda: decide.approve(request=request, by=adam, comment="", now=ends_at),
        lambda: work(ends_at),
    )
    for step in range(1, 4):
        work(ends_at + timedelta(seconds=2 * step))

    request.refresh_from_db()
    assert request.grant.state == GrantState.ACTIVE
    assert "jon@example.com" in aptible.members("Prod")
    assert Grant.objects.filter(state=GrantState.ACTIVE).count() == 1


def test_many_writers_make_one_chain(db, now):
    at_once(*[lambda n=n: log.append(f"test.{n}", actor="x", now=now) for n in range(MANY * 2)])
    assert AuditEvent.objects.count() == MANY * 2
    assert chain.first_bad() is None


def test_who_is_frozen_within_a_transaction_does_not_keep_its_rows_for_ever():
    with connection.cursor() as cursor:
        cursor.execute("SHOW idle_in_transaction_session_timeout")
        assert cursor.fetchone() == ("30s",)
