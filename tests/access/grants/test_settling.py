"""A success is a promise, not a sight: lists lag, changes take effect late, answers get lost."""

from datetime import timedelta

import pytest

from access.core.states import EndReason, GrantState
from access.grants import end_early
from access.models import AuditEvent, Grant
from tests import factories
from tests.access.grants import lagging_aptible

pytestmark = pytest.mark.django_db

USUAL = timedelta(minutes=2)
SECONDS = 60  # shorter than lists may lag
LAGS = [0, 110]
EFFECTS = [0, 10, 300]
ANSWERS = ["said", "without a body", "lost", "never sent"]


@pytest.fixture
def world(now, settings):
    yield from lagging_aptible.running(now, settings)


@pytest.fixture
def grant(approved):
    return approved


def odd(world, settings, *, adds=0, removes=0, effect=0, answer="said"):
    """Let Aptible lag and answer so, and the portal expect as much."""
    settings.SETTLING = max(USUAL, timedelta(seconds=adds + effect + 10))
    world.aptible.switch(lag_adds_ms=adds * 1000, lag_removes_ms=removes * 1000, late_adds_ms=effect * 1000)
    if answer == "without a body":
        world.aptible.switch(post_without_body=True)
    elif answer == "lost":
        world.aptible.drop_answers(1)
    elif answer == "never sent":
        world.aptible.drop_calls(1, method="POST", path="*/memberships")


@pytest.mark.parametrize("answer", ANSWERS)
@pytest.mark.parametrize("effect", EFFECTS)
@pytest.mark.parametrize("removes", LAGS)
@pytest.mark.parametrize("adds", LAGS)
def test_whatever_lags_it_is_given_once_and_ends_with_nobody_in(world, grant, settings, adds, removes, effect, answer):
    odd(world, settings, adds=adds, removes=removes, effect=effect, answer=answer)
    active = world.until(grant, GrantState.ACTIVE)
    assert world.jon_is_in
    assert not active.standing

    seen = world.until(grant, GrantState.ENDED)
    assert seen.end_reason == EndReason.EXPIRED
    assert world.stays_out()


@pytest.mark.parametrize("answer", ANSWERS)
@pytest.mark.parametrize("effect", EFFECTS)
@pytest.mark.parametrize("adds", LAGS)
@pytest.mark.parametrize("seconds", [0, 15])
def test_ended_before_anybody_saw_it_begin_it_ends_with_nobody_in(
    world, grant, settings, jon, adds, effect, answer, seconds
):
    odd(world, settings, adds=adds, removes=2, effect=effect, answer=answer)
    seen = world.pass_over(grant)
    if seen.state == GrantState.GRANTING and seconds:
        seen = world.pass_over(grant, after=seconds)
    end_early.end(grant=seen, by=jon, now=world.at)

    seen = world.until(grant, GrantState.ENDED)
    assert seen.end_reason == EndReason.RETURNED
    assert world.stays_out()


@pytest.mark.parametrize("effect", EFFECTS)
def test_while_an_accepted_add_is_not_listed_it_is_neither_asked_for_again_nor_refused(world, grant, settings, effect):
    odd(world, settings, adds=110, effect=effect)
    world.pass_over(grant)
    for _try in range(int(settings.SETTLING.total_seconds() // 20) - 2):
        seen = world.pass_over(grant, after=20)
        assert seen.state in (GrantState.GRANTING, GrantState.ACTIVE)
    assert world.aptible.posts == 1


@pytest.mark.parametrize(
    ("status", "slug"), [(422, "unprocessable_entity"), (404, "not_found"), (400, "bad_request"), (409, "conflict")]
)
def test_no_later_no_is_a_refusal_after_an_accepted_add(world, grant, settings, status, slug):
    odd(world, settings, adds=100_000)
    settings.SETTLING = USUAL
    world.pass_over(grant)
    world.aptible.fail(status, method="POST", path="*/memberships", body="json", error=slug)
    for _try in range(9):
        assert world.pass_over(grant, after=60).state == GrantState.GRANTING
    assert world.aptible.posts > 1

    world.aptible.switch(lag_adds_ms=0)
    assert world.until(grant, GrantState.ACTIVE)


def test_in_the_usual_case_it_ends_at_once_and_costs_no_call_more(world, grant):
    active = world.pass_over(grant)
    assert len(world.aptible.calls) == 1 + 3  # the sign-in; a list, the add, a list
    world.at = active.ends_at
    assert world.pass_over(grant).state == GrantState.ENDED
    assert len(world.aptible.calls) == 4 + 4  # a list, all roles, the removal, a list


def test_a_list_that_lags_at_the_end_does_not_end_what_it_does_not_show(world, grant, jon):
    active = world.pass_over(grant)
    world.aptible.switch(lag_adds_ms=110_000)
    end_early.end(grant=active, by=jon, now=world.at)

    world.pass_over(grant, after=1)

    assert not world.jon_is_in
    assert world.until(grant, GrantState.ENDED)


def test_a_lost_removal_is_not_believed_from_a_list_that_lags(world, grant, jon):
    active = world.pass_over(grant)
    world.aptible.switch(lag_adds_ms=110_000)
    world.aptible.drop_calls(1, method="DELETE")
    end_early.end(grant=active, by=jon, now=world.at)

    assert world.pass_over(grant, after=1).state == GrantState.REVOKING
    assert world.jon_is_in
    assert world.until(grant, GrantState.ENDED)


def test_a_membership_that_was_removed_and_is_listed_still_is_nobody_s_standing_one(world, grant, now):
    world.until(grant, GrantState.ENDED)
    world.aptible.switch(lag_removes_ms=110_000)
    again = factories.grant(state=GrantState.SCHEDULED, now=world.at, seconds=60)

    seen = world.until(again, GrantState.ACTIVE, every=1)

    assert world.jon_is_in
    assert not seen.standing
    world.until(again, GrantState.ENDED)


def test_nor_does_it_say_that_what_was_added_since_is_there(world, grant):
    world.until(grant, GrantState.ENDED)
    gone = set(grant.refreshed().start_evidence["memberships_after"])
    world.aptible.switch(lag_removes_ms=60_000, lag_adds_ms=90_000)
    again = factories.grant(state=GrantState.SCHEDULED, now=world.at, seconds=60)

    assert world.pass_over(again, after=1).state == GrantState.GRANTING
    seen = world.until(again, GrantState.ACTIVE, every=10)
    assert world.aptible.posts == 2
    assert not gone & set(seen.start_evidence["memberships_after"])
    world.until(again, GrantState.ENDED)


def test_why_it_is_not_called_ended_yet_is_told_with_the_time(world, grant, jon, settings):
    odd(world, settings, adds=10_000)
    end_early.end(grant=world.pass_over(grant), by=jon, now=world.at)
    seen = world.pass_over(grant)
    believed_from = Grant.objects.get(pk=grant.pk).accepted_at + settings.SETTLING
    assert f"until {believed_from:%H:%M:%S} UTC" in seen.last_error
    assert AuditEvent.objects.filter(grant_ref=grant.ref, type="grant.ended").count() == 0
