"""Approving and denying: by the right people, once, in time."""

from datetime import timedelta

import pytest

from access.core.errors import Conflict, Invalid, NotAllowed
from access.core.states import GrantState, RequestState
from access.models import AccessRequest, AuditEvent, Decision, Flow, Grant, Stage, User
from access.requests import decide
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def request_(flow, now):
    return factories.request_at(state=RequestState.PENDING, now=now)


def approve(request, by, now, **more):
    return decide.approve(request=request, by=by, comment=more.pop("comment", ""), now=now, **more)


def test_an_approval_opens_a_grant_that_is_due_at_once(request_, adam, jon, now):
    approve(request_, adam, now, comment="Go ahead.")

    request = AccessRequest.objects.get()
    assert request.state == RequestState.APPROVED
    grant = request.grant
    assert (grant.state, grant.due_at, grant.person) == (GrantState.SCHEDULED, now, jon)
    assert (grant.role_id, grant.account_id) == (request.target.role_id, request.account_id)
    assert grant.seconds == request.seconds
    assert AuditEvent.objects.get(type="request.approved").data["comment"] == "Go ahead."


def test_a_start_in_the_future_is_when_the_grant_is_due(flow, adam, now):
    starts_at = now + timedelta(hours=5)
    request = factories.request_at(state=RequestState.PENDING, now=now, starts_at=starts_at)
    approve(request, adam, now)
    assert Grant.objects.get().due_at == starts_at


def test_two_of_two_are_needed_and_counted(flow, adam, rita, now):
    factories.decided_by(flow, adam, rita)
    Stage.objects.update(approvals_needed=2)
    request = factories.request_at(state=RequestState.PENDING, now=now)

    approve(request, adam, now)
    assert AccessRequest.objects.get().state == RequestState.PENDING
    assert not Grant.objects.exists()
    with pytest.raises(Conflict, match="already decided"):
        approve(request, adam, now)

    approve(request, rita, now)
    assert AccessRequest.objects.get().state == RequestState.APPROVED
    assert Grant.objects.count() == 1


def test_one_denial_ends_it_and_says_why(request_, adam, now):
    decide.deny(request=request_, by=adam, comment="Not tonight.", now=now)

    assert AccessRequest.objects.get().state == RequestState.DENIED
    assert Decision.objects.get().comment == "Not tonight."
    assert not Grant.objects.exists()


def test_a_denial_without_a_comment_is_refused(request_, adam, now):
    with pytest.raises(Invalid, match="Say why"):
        decide.deny(request=request_, by=adam, comment="  ", now=now)
    assert not Decision.objects.exists()


@pytest.mark.parametrize("verb", ["approve", "deny"])
@pytest.mark.parametrize("who", ["jon", "mallory", "olga"])
def test_only_the_approvers_of_the_request_may_decide_it(request_, who, verb, jon, olga, now):
    people = {"jon": jon, "olga": olga, "mallory": User.objects.create_user("mallory@example.com")}
    with pytest.raises(NotAllowed):
        getattr(decide, verb)(request=request_, by=people[who], comment="because", now=now)
    assert AccessRequest.objects.get().state == RequestState.PENDING
    assert not Decision.objects.exists()


def test_an_approver_does_not_decide_what_they_asked_for_themselves(flow, adam, rita, now):
    factories.also_decided_by(flow, rita)
    request = factories.request_at(state=RequestState.PENDING, now=now, requester=adam)
    with pytest.raises(NotAllowed, match="yourself"):
        approve(request, adam, now)


def test_self_approval_works_only_where_the_flow_says_so(flow, adam, now):
    Flow.objects.update(self_approval=True)
    request = factories.request_at(state=RequestState.PENDING, now=now, requester=adam)
    approve(request, adam, now)
    assert AccessRequest.objects.get().state == RequestState.APPROVED


def test_switching_self_approval_on_later_does_not_change_a_pending_request(flow, adam, rita, now):
    factories.also_decided_by(flow, rita)
    request = factories.request_at(state=RequestState.PENDING, now=now, requester=adam)
    Flow.objects.update(self_approval=True)
    with pytest.raises(NotAllowed):
        approve(request, adam, now)


def test_an_approver_who_was_deactivated_decides_nothing(request_, adam, now):
    adam.is_active = False
    with pytest.raises(NotAllowed):
        approve(request_, adam, now)


@pytest.mark.parametrize("state", [state for state in RequestState if state != RequestState.PENDING])
@pytest.mark.parametrize("verb", ["approve", "deny"])
def test_what_is_settled_cannot_be_decided(flow, state, verb, rita, now):
    factories.also_decided_by(flow, rita)
    request = factories.request_at(state=state, now=now)
    with pytest.raises(Conflict):
        getattr(decide, verb)(request=request, by=rita, comment="because", now=now)
    assert AccessRequest.objects.get().state == state


def test_who_was_first_is_named_with_the_time(request_, flow, adam, rita, now):
    factories.also_decided_by(flow, rita)
    request_ = factories.request_at(state=RequestState.PENDING, now=now)
    approve(request_, adam, now)
    with pytest.raises(Conflict, match=f"{adam} was first: {request_.ref} was approved on"):
        decide.deny(request=request_, by=rita, comment="No.", now=now)


def test_what_has_lapsed_cannot_be_decided_even_before_the_worker_says_so(request_, adam):
    with pytest.raises(Conflict, match="lapsed"):
        approve(request_, adam, request_.due_at)


def test_an_approver_may_shorten_to_a_duration_that_is_offered(flow, adam, now):
    request = factories.request_at(state=RequestState.PENDING, now=now, seconds=4 * 3600)
    approve(request, adam, now, seconds=3600)
    assert Grant.objects.get().seconds == 3600
    assert AccessRequest.objects.get().duration == timedelta(hours=1)


@pytest.mark.parametrize("seconds", [8 * 3600, 61, 0])
def test_an_approver_may_not_make_it_longer_or_invent_a_duration(flow, adam, now, seconds):
    request = factories.request_at(state=RequestState.PENDING, now=now, seconds=4 * 3600)
    with pytest.raises(Invalid):
        approve(request, adam, now, seconds=seconds)
    assert not Decision.objects.exists()


@pytest.mark.parametrize("verb", ["approve", "deny"])
def test_a_broken_last_step_leaves_no_decision(request_, adam, verb, now, monkeypatch):
    monkeypatch.setattr("access.audit.log.append", factories.breaks)
    with pytest.raises(RuntimeError):
        getattr(decide, verb)(request=request_, by=adam, comment="because", now=now)
    assert AccessRequest.objects.get().state == RequestState.PENDING
    assert not Decision.objects.exists()
    assert not Grant.objects.exists()
