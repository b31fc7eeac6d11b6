"""Overlapping requests: the second extends the first, and never takes its access away."""

from datetime import timedelta

import pytest

from access.core.states import EndReason, GrantState, RequestState
from access.grants import claim
from access.models import AccessRequest, Grant, Target
from access.requests import decide
from tests import factories

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)


@pytest.fixture
def held(flow, now):
    """Jon's access, active for an hour from now, behind a request of its own."""
    return factories.grant(state=GrantState.ACTIVE, now=now, seconds=3600)


def second(adam, at, *, seconds=3600, starts_at=None):
    """Another request of Jon's for the same target, approved."""
    request = factories.request_at(state=RequestState.PENDING, now=at, seconds=seconds, starts_at=starts_at)
    decide.approve(request=request, by=adam, comment="", now=at)
    return AccessRequest.objects.get(pk=request.pk)


def pass_over(grant, at):
    work = claim.take(Target.objects.get(pk=grant.target_id), holder="test", now=at)
    claim.release(work)
    return work


def test_two_overlapping_requests_end_with_the_later_one(held, adam, now):
    later = now + HOUR / 2
    request = second(adam, later)
    pass_over(held, later)

    request.refresh_from_db()
    assert request.grant == held
    assert held.refreshed().ends_at == later + HOUR
    assert held.refreshed().due_at == later + HOUR
    merged = Grant.objects.exclude(pk=held.pk).get()
    assert (merged.state, merged.end_reason) == (GrantState.ENDED, EndReason.MERGED)


def test_a_shorter_second_request_does_not_shorten_the_first(held, adam, now):
    before = held.ends_at
    second(adam, now + timedelta(seconds=1), seconds=60)
    pass_over(held, now + timedelta(seconds=1))
    assert held.refreshed().ends_at == before


def test_a_second_request_while_the_first_is_being_granted_gets_the_longer_time(flow, adam, now):
    first = factories.grant(state=GrantState.GRANTING, now=now, seconds=3600)
    second(adam, now, seconds=4 * 3600)
    pass_over(first, now)
    assert first.refreshed().seconds == 4 * 3600


def test_an_approval_that_arrives_while_the_old_grant_ends_waits_and_starts_a_new_one(flow, adam, now):
    old = factories.grant(state=GrantState.REVOKING, now=now)
    request = second(adam, now)
    pass_over(old, now)

    waiting = Grant.objects.get(pk=request.grant_id)
    assert waiting.state == GrantState.SCHEDULED
    assert now < waiting.due_at <= now + timedelta(seconds=1)

    factories.move(old, GrantState.ENDED, now=now)
    pass_over(old, waiting.due_at)
    assert waiting.refreshed().state == GrantState.GRANTING


def test_an_extension_at_the_very_moment_of_the_end_extends(held, adam):
    request = second(adam, held.ends_at)
    pass_over(held, held.ends_at)
    request.refresh_from_db()
    assert held.refreshed().state == GrantState.ACTIVE
    assert request.grant == held


def test_a_start_in_the_future_extends_only_when_it_comes(held, adam, now):
    starts_at = now + HOUR / 2
    second(adam, now, starts_at=starts_at)
    pass_over(held, now)
    assert held.refreshed().ends_at == now + HOUR
    pass_over(held, starts_at)
    assert held.refreshed().ends_at == starts_at + HOUR


def test_two_approved_requests_at_once_become_one_grant(flow, adam, now):
    first, other = second(adam, now), second(adam, now, seconds=4 * 3600)
    pass_over(first.grant, now)
    first.refresh_from_db()
    other.refresh_from_db()
    assert first.grant == other.grant
    assert Grant.objects.filter(state=GrantState.GRANTING).count() == 1
    assert first.grant.seconds == 4 * 3600


def test_a_mapping_that_moved_meanwhile_does_not_move_the_old_grant(held, adam, jon, now):
    factories.mapping(jon, account_id="another-account")
    request = second(adam, now)
    pass_over(held, now)
    held = held.refreshed()
    assert held.account_id != "another-account"
    assert held.ends_at == now + HOUR
    assert Grant.objects.get(pk=request.grant_id).state == GrantState.SCHEDULED


def test_an_account_that_moved_to_another_person_waits_for_the_old_grant(held, adam, jon, rita, now):
    account = held.account_id
    factories.mapping(jon, account_id="jons-new-account")
    factories.mapping(rita, account_id=account)
    request = factories.request_at(state=RequestState.PENDING, now=now, requester=rita)
    decide.approve(request=request, by=adam, comment="", now=now)
    pass_over(held, now)
    request.refresh_from_db()
    assert request.grant.state == GrantState.SCHEDULED
    assert held.refreshed().state == GrantState.ACTIVE


def test_a_broken_merge_leaves_both_grants_as_they_were(held, adam, now, monkeypatch):
    request = second(adam, now)
    before = held.ends_at
    monkeypatch.setattr("access.grants.lifecycle.advance", factories.breaks)
    with pytest.raises(RuntimeError):
        pass_over(held, now)
    request.refresh_from_db()
    assert request.grant != held
    assert held.refreshed().ends_at == before
    assert Target.objects.get(pk=held.target_id).leased_until is None
