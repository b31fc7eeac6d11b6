"""A person who was deactivated holds nothing and waits for nothing."""

import pytest

from access.core.errors import Conflict
from access.core.states import EndReason, GrantState, RequestState
from access.grants import claim
from access.models import AccessRequest, Target, User
from access.requests import decide, offboard
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("state", "after"),
    [
        (GrantState.SCHEDULED, GrantState.ENDED),
        (GrantState.GRANTING, GrantState.REVOKING),
        (GrantState.ACTIVE, GrantState.REVOKING),
        (GrantState.REVOKING, GrantState.REVOKING),
        (GrantState.ENDED, GrantState.ENDED),
    ],
)
def test_access_of_a_person_who_leaves_ends(flow, jon, olga, now, state, after):
    grant = factories.grant(state=state, now=now)
    offboard.leave(user=jon, by=olga, now=now)
    assert grant.refreshed().state == after


def test_pending_requests_of_a_person_who_leaves_are_withdrawn(flow, jon, olga, now):
    request = factories.request_at(state=RequestState.PENDING, now=now)
    offboard.leave(user=jon, by=olga, now=now)
    request.refresh_from_db()
    assert request.state == RequestState.WITHDRAWN


def test_access_of_others_stays(flow, adam, rita, olga, now):
    factories.mapping(rita)
    grant = factories.grant(state=GrantState.ACTIVE, now=now, person=rita)
    offboard.leave(user=adam, by=olga, now=now)
    assert grant.refreshed().state == GrantState.ACTIVE


def test_nothing_is_approved_for_a_person_who_was_deactivated(flow, jon, adam, now):
    request = factories.request_at(state=RequestState.PENDING, now=now)
    User.objects.filter(pk=jon.pk).update(is_active=False)
    with pytest.raises(Conflict, match="can no longer sign in"):
        decide.approve(request=request, by=adam, comment="", now=now)


def test_nothing_begins_for_a_person_who_was_deactivated_after_the_approval(flow, jon, now):
    grant = factories.grant(state=GrantState.SCHEDULED, now=now)
    User.objects.filter(pk=jon.pk).update(is_active=False)
    claim.take(Target.objects.get(), holder="test", now=now)
    seen = grant.refreshed()
    assert (seen.state, seen.end_reason) == (GrantState.ENDED, EndReason.CANCELLED)


def test_a_broken_last_step_leaves_everything_as_it_was(flow, jon, olga, now, monkeypatch):
    request = factories.request_at(state=RequestState.PENDING, now=now)
    grant = factories.grant(state=GrantState.ACTIVE, now=now)
    monkeypatch.setattr("access.grants.end_early.end_one", factories.breaks)
    with pytest.raises(RuntimeError):
        offboard.leave(user=jon, by=olga, now=now)
    assert AccessRequest.objects.get(pk=request.pk).state == RequestState.PENDING
    assert grant.refreshed().state == GrantState.ACTIVE
