"""An approval lasts as long as whoever gave it could give it, and what was approved is looked at again at its start."""

from datetime import timedelta

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from access.core.errors import Conflict, NotAllowed, Refusal
from access.core.states import EndReason, GrantState, RequestState
from access.grants import begin
from access.models import AccessRequest, AuditEvent, Decision, DirectoryRole, Flow, Grant, Notification, User
from access.notify import read_log as notify
from access.people import delegations
from access.policy import approvers
from access.requests import check_pending, decide
from tests import factories

pytestmark = pytest.mark.django_db


def approve(request, by, now):
    return decide.approve(request=AccessRequest.objects.get(pk=request.pk), by=by, comment="", now=now)


def is_approved(request) -> bool:
    return AccessRequest.objects.get(pk=request.pk).state == RequestState.APPROVED


def deactivated(user):
    User.objects.filter(pk=user.pk).update(is_active=False)


@pytest.fixture
def of_two(flow, adam, rita, olga):
    """Two of these three have to approve."""
    factories.decided_by(flow, adam, rita, olga, needed=2)
    return flow


# Earlier approvals


def test_an_approval_of_somebody_who_left_does_not_complete_a_request(of_two, adam, rita, olga, now):
    request = factories.request_at(now=now)
    approve(request, adam, now)
    deactivated(adam)
    approve(request, rita, now)
    assert not is_approved(request)
    [event] = AuditEvent.objects.filter(type="request.approval_void")
    assert (event.data["whose"], event.data["whose_id"]) == ("Adam Novak", adam.pk)
    approve(request, olga, now)
    assert is_approved(request)


def test_an_approval_of_somebody_who_is_no_longer_in_the_pool_does_not_count(flow, adam, rita, now):
    security = factories.group("Security", adam)
    factories.stage(flow, security, label="Security")
    flow.stages.first().delete()
    factories.stage(flow, rita, label="Leads")
    request = factories.request_at(now=now)
    approve(request, adam, now)
    security.members.clear()
    with pytest.raises(NotAllowed, match="It is not your turn yet: Security comes before Leads"):
        approve(request, rita, now)
    # That it no longer counts stays, although this decision was refused.
    assert Decision.objects.get(by=adam).void_at == now
    security.members.add(adam)
    approve(request, adam, now)
    approve(request, rita, now)
    assert is_approved(request)


def test_nor_where_its_giver_is_asked_in_another_stage_still(flow, adam, rita, olga, now):
    security = factories.group("Security", adam, olga)
    flow.stages.all().delete()
    factories.stage(flow, security, label="Security")
    factories.stage(flow, adam, rita, label="Leads")
    request = factories.request_at(now=now)
    approve(request, adam, now)
    security.members.remove(adam)
    with pytest.raises(NotAllowed, match="Security comes before Leads"):
        approve(request, rita, now)
    assert Decision.objects.get(by=adam).void_at == now


def test_an_approval_of_a_delegate_who_is_asked_in_another_stage_goes_with_the_delegation_too(
    flow, adam, rita, olga, now
):  # fmt: skip
    flow.stages.all().delete()
    factories.stage(flow, adam, label="Security")
    factories.stage(flow, rita, olga, label="Leads")
    request = factories.request_at(now=now)
    standing_in = factories.delegation(adam, rita, now=now)
    approve(request, rita, now)
    delegations.end(delegation=standing_in, by=adam, now=now)
    with pytest.raises(NotAllowed, match="Security comes before Leads"):
        approve(request, olga, now)
    assert Decision.objects.get(by=rita).void_at == now


def test_an_approval_of_a_delegate_goes_with_the_delegation(of_two, jon, adam, rita, olga, now):
    factories.decided_by(of_two, adam, olga, needed=2)
    request = factories.request_at(now=now)
    standing_in = factories.delegation(adam, rita, now=now)
    approve(request, rita, now)
    delegations.end(delegation=standing_in, by=adam, now=now)
    approve(request, olga, now)
    assert not is_approved(request)
    approve(request, adam, now)
    assert is_approved(request)


def test_the_worker_takes_an_approval_out_before_anybody_decides(of_two, adam, now):
    request = factories.request_at(now=now)
    approve(request, adam, now)
    deactivated(adam)
    check_pending.check(request, now=now)
    assert approvers.given(request.decisions.all()) == {}


def test_what_counts_is_not_taken_out(of_two, adam, rita, now):
    request = factories.request_at(now=now)
    approve(request, adam, now)
    approve(request, rita, now)
    assert is_approved(request)
    assert not AuditEvent.objects.filter(type="request.approval_void").exists()


# Whoever asked


def test_a_requester_who_left_the_group_gets_no_approval_and_its_approvers_hear_of_it(flow, jon, adam, now, settings):
    settings.EMAIL_IS_SET = True
    askers = factories.group("Engineers", jon)
    flow.requesters.add(askers)
    request = factories.request_at(now=now)
    askers.members.clear()
    with pytest.raises(Conflict, match="Jon Reyes may no longer ask in Production access"):
        approve(request, adam, now)
    check_pending.check(request, now=now)
    notify.read(now=now)
    assert Notification.objects.filter(kind="stuck", recipient=adam).exists()
    decide.deny(request=request, by=adam, comment="You left.", now=now)


def test_a_requester_who_is_back_can_be_approved(flow, jon, adam, now):
    askers = factories.group("Engineers", jon)
    flow.requesters.add(askers)
    request = factories.request_at(now=now)
    askers.members.clear()
    check_pending.check(request, now=now)
    askers.members.add(jon)
    approve(request, adam, now)
    assert is_approved(request)


def closed(flow):
    Flow.objects.update(is_active=False)


def no_longer_given(flow):
    flow.strategy.targets.clear()


def role_gone(flow):
    DirectoryRole.objects.filter(name="Prod").update(gone_at="2026-01-05T12:00Z")


def left_the_group(flow):
    flow.requesters.add(factories.group("Others", factories.person("rita")))


def is_auditor(flow):
    User.objects.filter(email="jon@example.com").update(is_auditor=True)


def signed_out_for_good(flow):
    User.objects.filter(email="jon@example.com").update(is_active=False)


CHANGES = [
    (signed_out_for_good, "Jon Reyes can no longer sign in."),
    (closed, "Production access is closed."),
    (no_longer_given, "Production access no longer gives Prod."),
    (role_gone, "Production access no longer gives Prod."),
    (left_the_group, "Jon Reyes may no longer ask in Production access."),
    (is_auditor, "Jon Reyes is an auditor now, and auditors hold nothing."),
]


@pytest.mark.parametrize(("change", "why"), CHANGES)
def test_a_scheduled_grant_does_not_begin_and_all_hear_why(flow, adam, olga, now, settings, change, why):
    settings.EMAIL_IS_SET = True
    grant = factories.grant(state=GrantState.SCHEDULED, now=now, starts_at=now + timedelta(hours=1))
    change(flow)
    begin.begin(grant, now=now + timedelta(hours=1))
    grant = grant.refreshed()
    assert (grant.state, grant.end_reason) == (GrantState.ENDED, EndReason.CANCELLED)
    assert AuditEvent.objects.get(type="grant.ended").data["comment"] == why
    notify.read(now=now)
    told = Notification.objects.filter(kind="not_begun").values_list("recipient__email", flat=True)
    assert set(told) >= {"adam@example.com", "olga@example.com"}


@pytest.mark.parametrize(("change", "why"), CHANGES)
def test_what_would_not_begin_is_not_approved(flow, adam, now, change, why):
    request = factories.request_at(now=now)
    change(flow)
    with pytest.raises(Refusal):
        approve(request, adam, now)


# Random histories

NAMES = ("adam", "rita", "olga", "mia")
# Mostly approvals: three of four people have to give one, and somebody has to leave between two of them.
VERBS = (*["approve"] * 5, "leave", "out", "back", "in")
STEPS = st.lists(st.tuples(st.sampled_from(VERBS), st.sampled_from(NAMES)), min_size=6, max_size=16)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
def test_no_grant_opens_on_an_approval_whose_giver_could_not_give_it(flow, now, steps):
    with transaction.atomic():
        people = {name: factories.person(name) for name in NAMES}
        security = factories.group("Security", *people.values())
        flow.stages.all().delete()
        factories.stage(flow, security, label="First")
        factories.stage(flow, security, label="Second", needed=2)
        request = factories.request_at(now=now)
        for verb, name in steps:
            _step(verb, people[name], security, request, now)
            if is_approved(request):
                break
        able = set(security.members.filter(is_active=True))
        counted = {one.by for one in request.decisions.all() if one.counts}
        opened = Grant.objects.filter(requests=request).exists()
        transaction.set_rollback(True)
    assert not opened or (counted <= able and len(counted) == 3)


def _step(verb, person, security, request, now):
    match verb:
        case "approve":
            try:
                approve(request, User.objects.get(pk=person.pk), now)
            except Refusal:
                return
        case "leave" | "back":
            User.objects.filter(pk=person.pk).update(is_active=verb == "back")
        case "out":
            security.members.remove(person)
        case "in":
            security.members.add(person)
