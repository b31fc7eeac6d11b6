"""What waits for its next try is tried at once, by whoever may end it, and the log says so."""

from datetime import timedelta

import pytest

from access.core.errors import Conflict, NotAllowed
from access.core.states import GrantState
from access.grants import try_now
from access.models import AuditEvent, Grant, Target
from access.requests import detail
from access.worker import sweep
from tests import factories

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)


@pytest.fixture
def waits(flow, now):
    """Jon's Prod should have ended, and is tried again in a minute."""
    grant = factories.grant(state=GrantState.REVOKING, now=now - MINUTE)
    Grant.objects.update(due_at=now + MINUTE, attempts=7, last_error="Aptible did not answer in time.")
    return grant.refreshed()


@pytest.mark.parametrize("who", ["jon", "adam", "olga"])
def test_it_is_due_at_once_and_the_log_tells_who_wanted_it(waits, request, who, now):
    person = request.getfixturevalue(who)
    assert list(sweep._targets(now)) == []
    try_now.try_now(grant=waits, by=person, now=now)
    seen = waits.refreshed()
    assert (seen.state, seen.due_at, seen.attempts) == (GrantState.REVOKING, now, 7)
    assert list(sweep._targets(now)) == [waits.target_id]
    event = AuditEvent.objects.latest("id")
    assert (event.type, event.actor, event.grant_ref) == ("grant.try_now", person.email, waits.ref)
    assert event.data == {"state": "revoking", "attempts": 7, "was": (now + MINUTE).isoformat()}
    told = detail.detail(waits.requests.get(), reader=person, now=now)
    assert [one.who for one in told.steps if one.kind == "grant.try_now"] == [str(person)]


def test_whoever_may_not_end_it_may_not_hurry_it(waits, rita, now):
    with pytest.raises(NotAllowed, match="Only the holder, an approver or an admin"):
        try_now.try_now(grant=waits, by=rita, now=now)
    assert waits.refreshed().due_at == now + MINUTE


@pytest.mark.parametrize("state", [GrantState.SCHEDULED, GrantState.ACTIVE, GrantState.ENDED])
def test_what_waits_for_no_try_is_left_alone(flow, jon, now, state):
    grant = factories.grant(state=state, now=now)
    with pytest.raises(Conflict, match="does not wait for another try"):
        try_now.try_now(grant=grant, by=jon, now=now)
    assert grant.refreshed().due_at == grant.due_at


def test_what_is_due_already_is_told_to_be(waits, jon, now):
    with pytest.raises(Conflict, match="It is due already"):
        try_now.try_now(grant=waits, by=jon, now=now + MINUTE)


def test_what_a_worker_is_at_is_not_taken_from_it(waits, jon, now):
    """Whoever works on it would otherwise be thought to be late."""
    Target.objects.update(leased_until=now + MINUTE, leased_by="one")
    with pytest.raises(Conflict, match="It is being tried right now"):
        try_now.try_now(grant=waits, by=jon, now=now)
    assert waits.refreshed().due_at == now + MINUTE


def test_pressing_again_and_again_does_not_ask_aptible_again_and_again(waits, jon, adam, now):
    try_now.try_now(grant=waits, by=jon, now=now)
    Grant.objects.update(due_at=now + MINUTE)  # the worker tried, in vain
    with pytest.raises(Conflict, match="just now"):
        try_now.try_now(grant=waits, by=adam, now=now + timedelta(seconds=5))
    assert waits.refreshed().due_at == now + MINUTE
    try_now.try_now(grant=waits, by=adam, now=now + timedelta(seconds=11))
    assert AuditEvent.objects.filter(type="grant.try_now").count() == 2
