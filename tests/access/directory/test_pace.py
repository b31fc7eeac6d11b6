"""Calls to one organization: so many a second, of all processes together. What ends access waits for none of them."""

from datetime import timedelta
from threading import Event

import pytest
from django.db import transaction
from django.db.models import Value

from access.core.states import GrantState
from access.directory import connect, pace
from access.grants import converge, end_early
from access.models import Grant, Integration
from integrations.pace import OutOfTurn, first
from tests import factories
from tests.at_once import MANY, at_once

JON = "jon@example.com"


@pytest.fixture
def limit(settings, monkeypatch, now):
    """Two calls a second, by a clock of the database that stands still."""
    settings.APTIBLE_CALLS_PER_SECOND = 2
    monkeypatch.setattr(pace, "Now", lambda: Value(now))
    return settings


@pytest.fixture
def waits(monkeypatch):
    """How long calls waited for their turn, in place of waiting."""
    found: list[float] = []
    monkeypatch.setattr("integrations.http.time.sleep", found.append)
    return found


@pytest.fixture
def owe(now):
    """As if so many seconds' worth of calls had been booked."""
    return lambda seconds: Integration.objects.update(calls_until=now + timedelta(seconds=seconds))


def test_after_a_quiet_time_a_second_s_worth_goes_at_once_and_the_rest_in_turn(integration, limit):
    waits = [pace.turn(integration.pk) for _call in range(6)]
    assert waits == [0.0, 0.0, 0.0, 0.5, 1.0, 1.5]


def test_who_would_wait_for_too_long_does_not_call_and_books_nothing(integration, limit, owe):
    owe(8)
    before = Integration.objects.get().calls_until
    with pytest.raises(OutOfTurn) as refused:
        pace.turn(integration.pk)
    assert refused.value.nothing_done
    assert refused.value.retry_after == 7
    assert Integration.objects.get().calls_until == before


def test_what_ends_access_never_waits_and_is_counted(integration, limit, now):
    with first():
        assert [pace.turn(integration.pk) for _call in range(40)] == [0.0] * 40
    assert Integration.objects.get().calls_until - now == pace.MOST_OWED


def test_a_time_that_was_booked_by_a_clock_that_was_wrong_counts_for_nothing(integration, limit, owe, now):
    owe(2700)
    assert pace.turn(integration.pk) == 0.0
    assert Integration.objects.get().calls_until == now + timedelta(seconds=0.5)


def test_without_a_limit_nothing_is_booked(integration, limit, django_assert_num_queries):
    limit.APTIBLE_CALLS_PER_SECOND = 0
    with django_assert_num_queries(0):
        assert pace.turn(integration.pk) == 0.0


@pytest.mark.races
@pytest.mark.django_db(transaction=True)
def test_all_processes_book_of_one_limit(limit, now):
    organization = factories.integration()
    limit.APTIBLE_CALLS_PER_SECOND = 20
    at_once(*[lambda: [pace.turn(organization.pk) for _call in range(4)]] * MANY)
    assert Integration.objects.get().calls_until == now + timedelta(seconds=MANY * 4 / 20)


@pytest.mark.races
@pytest.mark.django_db(transaction=True)
def test_what_ends_access_waits_for_nobody_who_has_the_row(limit):
    organization = factories.integration()
    held, turned, waited = Event(), Event(), []

    def hold():
        with transaction.atomic():
            Integration.objects.select_for_update(no_key=True).get()
            held.set()
            waited.append(not turned.wait(10))

    def end():
        held.wait(10)
        with first():
            pace.turn(organization.pk)
        turned.set()

    at_once(hold, end)
    assert waited == [False]


def test_a_call_waits_for_its_turn(integration, aptible, limit, owe, waits, now):
    owe(3)
    connect.provider_for(integration, now=now).members(factories.target().role_id)
    assert waits == [2.0, 2.5]  # the sign-in and the list


@pytest.fixture
def active(integration, aptible, limit, now):
    limit.APTIBLE_CALLS_PER_SECOND = 0
    grant = factories.grant(state=GrantState.SCHEDULED, now=now)
    run(grant, now)
    limit.APTIBLE_CALLS_PER_SECOND = 2
    assert JON in aptible.members("Prod")
    return grant.refreshed()


def run(grant, now):
    provider = connect.provider_for(Integration.objects.get(), now=now)
    converge.target(grant.target, provider=provider, now=now)


def test_access_ends_at_once_whatever_is_booked(active, aptible, owe, waits, now):
    later = now + timedelta(minutes=10)
    end_early.end(grant=active, by=active.person, now=later)
    owe(8)
    run(active, later)
    assert waits == []
    assert JON not in aptible.members("Prod")
    assert active.refreshed().state == GrantState.ENDED


def test_nobody_waits_for_a_turn_with_a_role_in_hand(integration, aptible, limit, owe, waits, now):
    """Meanwhile somebody else's time on it may be up."""
    grant = factories.grant(state=GrantState.SCHEDULED, now=now)
    owe(3)
    run(grant, now)
    waiting = grant.refreshed()
    assert (waits, aptible.calls, waiting.target.leased_by) == ([], [], "")
    assert timedelta(seconds=1) < waiting.due_at - now < timedelta(seconds=3)


def test_what_got_its_turn_is_done_to_its_end(integration, aptible, limit, waits, now, rita):
    factories.mapping(rita)
    factories.grant(state=GrantState.SCHEDULED, now=now, person=rita)
    grant = factories.grant(state=GrantState.SCHEDULED, now=now)
    run(grant, now)
    assert set(Grant.objects.values_list("state", flat=True)) == {GrantState.ACTIVE}
    assert all(one <= pace.AT_ONCE for one in waits)
    assert len(aptible.calls) > 2 * 2  # two seconds' worth of the limit


def test_what_begins_is_tried_later_and_the_organization_is_not_called_away(integration, aptible, limit, owe, now):
    grant = factories.grant(state=GrantState.SCHEDULED, now=now)
    owe(8)
    run(grant, now)
    waiting = grant.refreshed()
    assert (waiting.state, aptible.calls) == (GrantState.GRANTING, [])
    assert "others go first" in waiting.last_error
    assert timedelta(seconds=6) < waiting.due_at - now < timedelta(seconds=8)
    assert Integration.objects.get().unreachable_since is None
    owe(0)
    run(grant, waiting.due_at)
    assert Grant.objects.get(pk=grant.pk).state == GrantState.ACTIVE
