"""Many decide at once: on PostgreSQL with real threads, each with a connection of its own."""

from datetime import timedelta

import pytest

from access.core.errors import Refusal
from access.core.states import RequestState
from access.models import AccessRequest, AuditEvent, Decision, Delegation, Grant
from access.people import delegations
from access.requests import decide, escalate
from tests import chain, factories
from tests.at_once import at_once

pytestmark = [pytest.mark.races, pytest.mark.django_db(transaction=True)]
ROUNDS = 5


@pytest.fixture
def sami(db):
    return factories.person("sami")


def approving(request, by, now):
    return lambda: decide.approve(request=request, by=by, comment="", now=now)


def made(answers):
    return [one for one in answers if isinstance(one, Decision)]


def test_the_last_two_at_once_make_one_grant(flow, adam, rita, sami, now):
    factories.decided_by(flow, adam, rita, sami, needed=2)
    for _round in range(ROUNDS):
        request = factories.request_at(now=now)
        decide.approve(request=request, by=adam, comment="", now=now)
        answers = at_once(approving(request, rita, now), approving(request, sami, now))
        assert len(made(answers)) == 1
        assert sum(isinstance(one, Refusal) for one in answers) == 1
        assert AuditEvent.objects.filter(type="request.approved", request_ref=request.ref).count() == 1
    assert Grant.objects.count() == ROUNDS
    assert chain.first_bad() is None


def test_one_approver_twice_at_once_is_one_voice(flow, adam, rita, now):
    factories.decided_by(flow, adam, rita, needed=2)
    for _round in range(ROUNDS):
        request = factories.request_at(now=now)
        answers = at_once(*[approving(request, adam, now)] * 4)
        assert len(made(answers)) == 1
        assert AccessRequest.objects.get(pk=request.pk).state == RequestState.PENDING


def test_who_is_away_and_their_delegate_at_once_are_one_voice(flow, adam, rita, sami, now):
    factories.decided_by(flow, adam, sami, needed=2)
    factories.delegation(adam, rita, now=now)
    for _round in range(ROUNDS):
        request = factories.request_at(now=now)
        answers = at_once(approving(request, adam, now), approving(request, rita, now))
        assert len(made(answers)) == 1
        assert AccessRequest.objects.get(pk=request.pk).state == RequestState.PENDING
    assert Grant.objects.count() == 0


def test_two_delegations_that_would_be_a_chain_are_not_both_set(adam, rita, sami, now):
    for _round in range(ROUNDS):
        at_once(
            lambda: factories.delegation(adam, rita, now=now),
            lambda: factories.delegation(rita, sami, now=now),
            lambda: factories.delegation(sami, adam, now=now),
        )
        assert Delegation.objects.count() == 1
        Delegation.objects.all().delete()


def test_a_request_is_passed_on_once_by_two_workers(flow, rita, now):
    factories.pool(flow.stages.get(), rita, after=60)
    later = now + timedelta(minutes=2)
    for _round in range(ROUNDS):
        request = factories.request_at(now=now)
        at_once(*[lambda one=request: escalate.pass_on(one, now=later)] * 3)
        assert AuditEvent.objects.filter(type="request.passed_on", request_ref=request.ref).count() == 1


def test_a_delegation_is_ended_once(adam, rita, now):
    row = factories.delegation(adam, rita, now=now)
    answers = at_once(
        lambda: delegations.end(delegation=row, by=adam, now=now),
        lambda: delegations.end(delegation=row, by=rita, now=now),
    )
    assert sum(isinstance(one, Refusal) for one in answers) == 1
    assert AuditEvent.objects.filter(type="delegation.ended").count() == 1
