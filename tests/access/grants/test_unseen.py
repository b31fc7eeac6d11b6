"""Access that was asked for, and that nobody can see begin: it does not outlive what was approved unseen."""

from datetime import timedelta

import pytest

from access.core.states import EndReason, GrantState
from integrations.base import ProviderUnavailable

pytestmark = pytest.mark.django_db

JON = "jon@example.com"


@pytest.mark.parametrize("answer", ["said", "lost"])
def test_what_nobody_can_see_begin_is_overdue_when_its_time_is_up(grant, run, aptible, provider, now, answer):
    """Its clock starts with what a list shows. While none can be had, nobody holds it for a day."""
    add = provider.add

    def then_lists_fail(**whom):
        aptible.fail(503, method="GET", path="*/memberships")
        add(**whom)
        if answer == "lost":
            raise ProviderUnavailable("Lost.")

    provider.add = then_lists_fail
    seen = run(grant, now)
    assert JON in aptible.members("Prod")
    at = now + timedelta(minutes=71)
    seen = run(grant, at)
    assert (seen.state, seen.end_reason) == (GrantState.REVOKING, EndReason.EXPIRED)
    assert seen.is_overdue(at)
    assert "nobody could see it begin" in seen.last_error

    aptible.clear_faults()
    for _pass in range(3):
        at += timedelta(minutes=2)
        seen = run(grant, at)
    assert seen.state == GrantState.ENDED
    assert JON not in aptible.members("Prod")


def test_what_is_seen_to_begin_long_after_its_time_is_not_given_once_more(grant, run, aptible, provider, now):
    add = provider.add

    def then_one_list_fails(**whom):
        aptible.fail(503, times=1, method="GET", path="*/memberships")
        add(**whom)

    provider.add = then_one_list_fails
    assert run(grant, now).state == GrantState.GRANTING
    # No worker is there for hours.
    seen = run(grant, now + timedelta(hours=5))
    assert (seen.state, seen.end_due_at) == (GrantState.REVOKING, seen.asked_at + seen.duration)
    assert run(grant, seen.due_at).state == GrantState.ENDED
    assert JON not in aptible.members("Prod")


@pytest.mark.parametrize("answer", ["said", "lost"])
def test_to_be_asked_for_again_and_again_gives_no_more_time(grant, run, aptible, now, answer):
    """The list hides them, and Aptible says to each further try that they are in."""
    aptible.switch(hidden_person=JON)
    if answer == "lost":
        aptible.drop_answers(1)
    at, seen = now, run(grant, now)
    first = seen.asked_at
    while seen.state == GrantState.GRANTING and at < now + timedelta(minutes=100):
        at += timedelta(minutes=17)
        seen = run(seen, max(seen.due_at, at))
    assert aptible.posts > 2
    assert JON in aptible.members("Prod")
    assert (seen.state, seen.end_due_at) == (GrantState.REVOKING, first + seen.duration)
    assert seen.is_overdue(at)

    aptible.clear_faults()
    for _pass in range(3):
        at += timedelta(minutes=4)
        seen = run(seen, at)
    assert seen.state == GrantState.ENDED
    assert JON not in aptible.members("Prod")
