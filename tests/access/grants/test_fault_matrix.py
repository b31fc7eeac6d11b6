"""Each step of giving, extending and taking access, with each way to fail at it."""

from contextlib import suppress
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from unittest import mock

import pytest
from django.conf import settings
from django.db import OperationalError

from access.core.prepared import prepared
from access.core.states import OPEN, GrantState
from access.directory import connect
from access.grants import converge
from access.models import AccessRequest, AuditEvent, Grant, Integration
from access.worker import clock
from integrations.aptible import login
from integrations.aptible.simulator import seed
from integrations.aptible.simulator.state import lasting_id
from integrations.base import ProviderError
from integrations.unreachable import Unreachable
from tests import chain, factories
from tests.access.grants import fault_matrix as matrix
from tests.access.grants import lagging_aptible
from tests.access.grants.lagging_aptible import JON

pytestmark = pytest.mark.django_db

SECONDS = factories.HOUR
STANDING = "stan@example.com"
# After its time, or after Aptible and the database answer again, whichever is later: a lease, and the longest pause.
BOUND = settings.LEASE + timedelta(seconds=65)
# What Aptible may say to an add that means no. The person asks again.
REFUSALS = {
    "400 without a body", "403 without a body", "404 without a body", "409 without a body", "422 without a body",
    "422 in JSON", "423 without a body",
}  # fmt: skip

# Each of them also where lists lag and adds take effect so many seconds late.
LAGS = (0, 30)
# A sign-in has nothing that could lag.
ANSWERS = [(*cell, lag) for cell in matrix.answers() for lag in LAGS if not lag or cell[1] != "sign-in"]


@pytest.fixture
def world(now, settings):
    settings.APTIBLE_CALLS_PER_SECOND = 0
    for one in lagging_aptible.running(now, settings):
        with mock.patch.object(login, "time", SimpleNamespace(monotonic=lambda one=one: one.at.timestamp())):
            one.aptible.add_person(STANDING, "Stan", ["Prod"])
            yield one


def work(world, *, at=None, may_grant=True):
    """What a job of a worker does."""
    target = converge.due(factories.target().pk)
    try:
        provider = connect.provider_for(target.integration, now=world.at)
    except ProviderError as error:
        provider = Unreachable(error)
    converge.target(target, provider=provider, now=at or world.at, holder="w-1/1-1", may_grant=may_grant)


def bring_to(situation, world, grant):
    """What is due now is what this is about. Jon has asked for an hour of Prod, and Adam has approved."""
    if situation == "grant":
        return grant
    work(world)
    if situation == "extend":
        world.at += timedelta(minutes=10)
        factories.grant(state=GrantState.SCHEDULED, now=world.at)
    else:
        world.at = grant.refreshed().ends_at
    if situation == "last role":
        everyone = lasting_id("role", f"{seed.ORGANIZATION_ID}:Everyone")
        Integration.objects.update(fallback_role_id=everyone)
        # Longer ago than any list lags: of what somebody else did since, nobody could know.
        world.at -= timedelta(minutes=2)
        for role in ("Everyone", "Staging"):
            world.aptible.remove_member(role, JON)
        world.at += timedelta(minutes=2)
    return grant


def lags(world, seconds):
    """From now on lists lag by so much, and adds take effect so late."""
    world.aptible.switch(lag_adds_ms=seconds * 1000, lag_removes_ms=seconds * 1000, late_adds_ms=seconds * 1000)


@prepared
def next_due():
    return Grant.objects.filter(state__in=OPEN).order_by("due_at").values_list("due_at", "target__leased_until")[:1]


def go_on(world):
    """All works again: do what is due when it is due, until nothing is."""
    for _turn in range(60):
        due = next_due()
        if not due:
            return
        world.at = max(world.at + timedelta(seconds=0.25), *filter(None, due[0]))
        work(world)
    raise AssertionError(f"It does not come to an end: {Grant.objects.values_list('state', 'last_error')}")


def assert_all_is_well(world, grant, *, failed_at, may_be_refused=False):
    grant = grant.refreshed()
    steps = [(one["what"], one["at"]) for one in world.aptible.changes if one["email"] == JON and one["role"] == "Prod"]
    assert [what for what, _at in steps] == ["entered", "left"] * bool(steps)
    assert may_be_refused or grant.confirmed_at, f"It was lost: {grant.last_error}"
    if grant.confirmed_at:
        late = datetime.fromtimestamp(steps[1][1], UTC) - max(grant.ends_at, failed_at)
        assert late <= BOUND, f"Held for {late} too long."
        assert steps[1][1] >= grant.ends_at.timestamp()
    assert STANDING in world.aptible.members("Prod")
    assert JON in world.aptible.people(seed.ORGANIZATION_ID)
    assert not AccessRequest.objects.filter(state="approved", grant=None).exists()
    told = list(AuditEvent.objects.filter(type__in=("grant.active", "grant.ended")).values_list("type", "grant_ref"))
    assert len(told) == len(set(told))
    assert chain.first_bad() is None


@pytest.mark.parametrize("lag", LAGS)
@pytest.mark.parametrize(("situation", "step", "fault"), tuple(matrix.deaths()))
def test_whoever_dies_or_loses_the_database_at_whatever_step(world, approved, situation, step, fault, lag):
    grant = bring_to(situation, world, approved)
    lags(world, lag)
    until = grant.refreshed().ends_at
    with suppress(matrix.Killed, OperationalError), matrix.at(step, fault) as happened:
        go_on(world)
    assert happened
    failed_at = world.at
    go_on(world)
    assert_all_is_well(world, grant, failed_at=failed_at)
    if situation == "extend":
        assert grant.refreshed().ends_at > until


@pytest.mark.parametrize(("situation", "call", "answer", "lag"), ANSWERS)
def test_whatever_aptible_answers_to_whichever_call(world, approved, situation, call, answer, lag):
    grant = bring_to(situation, world, approved)
    lags(world, lag)
    failed_at = world.at
    if call == "sign-in":
        login._slots.clear()
    with matrix.answered(call, answer, world.aptible) as happened:
        work(world)
    assert happened
    # What says that the password is wrong is believed until somebody has tried it again.
    world.at += timedelta(seconds=1)
    connect.note_working(Integration.objects.get(), now=world.at)
    go_on(world)
    assert_all_is_well(world, grant, failed_at=failed_at, may_be_refused=call == "add" and answer in REFUSALS)


@pytest.mark.parametrize("ahead", [-2700, -30, 30, 2700])
@pytest.mark.parametrize("situation", ["grant", "revoke"])
def test_whichever_way_a_clock_is_wrong(world, approved, situation, ahead):
    grant = bring_to(situation, world, approved)
    before, failed_at = timedelta(seconds=1 if situation == "revoke" else 0), world.at
    world.at -= before
    with (
        mock.patch.object(clock, "timezone", SimpleNamespace(now=lambda: world.at + timedelta(seconds=ahead))),
        mock.patch.object(clock, "_steady", side_effect=lambda: world.at.timestamp()),
        mock.patch.object(clock, "_of_the_database", side_effect=lambda: world.at.timestamp()),
    ):
        wrong = clock.Clock(agreed="0")
        work(world, at=wrong.now(), may_grant=not wrong.off)
        assert world.jon_is_in == (situation == "revoke")
        world.at += before
        work(world, at=wrong.now(), may_grant=not wrong.off)
    assert not world.jon_is_in
    assert grant.refreshed().state == (GrantState.ENDED if situation == "revoke" else GrantState.SCHEDULED)
    go_on(world)
    assert_all_is_well(world, grant, failed_at=failed_at)
