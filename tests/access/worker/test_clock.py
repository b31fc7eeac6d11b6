"""A worker whose clock is wrong: it grants nothing, ends nothing early, judges nobody, and says so."""

import logging
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.utils import timezone

from access.alerts import outage_alerts
from access.core.states import GrantState
from access.grants import claim
from access.models import Target, Worker
from access.worker import clock as clocks
from access.worker import jobs, registry
from access.worker.supervise import Supervisor
from access.worker.sweep import Sweep
from tests import factories

SECOND = timedelta(seconds=1)


class World:
    """Three clocks that the test sets, in seconds."""

    def __init__(self, monkeypatch, now):
        self.wall = self.database = now.timestamp()
        self.steady = 1000.0
        self.asked = 0
        monkeypatch.setattr(clocks, "timezone", self)
        monkeypatch.setattr(clocks, "_steady", lambda: self.steady)
        monkeypatch.setattr(clocks, "_of_the_database", self._ask)

    def now(self):
        return _at(self.wall)

    def _ask(self):
        self.asked += 1
        return self.database

    def goes_on(self, seconds):
        self.wall += seconds
        self.steady += seconds
        if self.database is not None:
            self.database += seconds


def _at(seconds):
    return datetime.fromtimestamp(seconds, tz=UTC)


@pytest.fixture
def world(monkeypatch, now):
    return World(monkeypatch, now)


@pytest.fixture
def clock(world, monkeypatch):
    made = clocks.Clock()
    monkeypatch.setattr(made, "_look", lambda: made._agreed is None)
    return made


def test_while_all_agree_it_is_what_the_machine_says_and_the_database_is_rarely_asked(world, clock, now):
    for _second in range(50):
        assert clock.now() == _at(world.wall)
        world.goes_on(1)
    assert clock.off == 0
    assert world.asked == 1


@pytest.mark.parametrize("jump", [2700, -2700, 6])
def test_a_clock_that_jumps_is_not_believed_and_time_goes_on_without_it(world, clock, now, jump):
    clock.now()
    world.wall += jump
    world.goes_on(30)
    assert abs(clock.now() - (now + 30 * SECOND)) < SECOND
    assert clock.off == pytest.approx(jump)


@pytest.mark.parametrize("ahead", [2700, -2700])
def test_a_clock_that_was_wrong_from_the_start_gives_way_to_the_databases(world, clock, now, ahead):
    world.wall += ahead
    assert abs(clock.now() - now) < SECOND
    assert clock.off == pytest.approx(ahead)


def test_a_database_whose_clock_jumps_is_not_believed_either(world, clock, now, monkeypatch):
    clock.now()
    world.database += 2700
    monkeypatch.setattr(clock, "_look", lambda: True)
    world.goes_on(30)
    assert abs(clock.now() - (now + 30 * SECOND)) < SECOND
    assert clock.off != 0


def test_a_clock_that_is_set_right_is_believed_again(world, clock, now):
    world.wall += 2700
    clock.now()
    world.wall -= 2700
    clock._look = lambda: True
    assert clock.now() == now
    assert clock.off == 0


def test_without_a_clock_of_the_databases_a_jump_is_seen_still(world, clock, now):
    world.database = None
    clock.now()
    world.wall += 2700
    world.goes_on(10)
    assert abs(clock.now() - (now + 10 * SECOND)) < SECOND
    assert clock.off == pytest.approx(2700)


def test_a_job_cluster_started_after_a_jump_knows_what_its_worker_knew(world, clock, now):
    world.database = None
    clock.now()
    world.wall += 2700
    later = clocks.Clock(agreed=clock.agreed)
    assert abs(later.now() - now) < SECOND
    assert later.off == pytest.approx(2700)


def test_it_says_so_once_and_then_once_a_minute_and_when_it_is_over(world, clock, caplog):
    clock.now()
    world.wall += 2700
    with caplog.at_level(logging.WARNING, logger="access.worker.clock"):
        for _try in range(20):
            clock.now()
        world.wall -= 2700
        clock.now()
    assert [record.levelname for record in caplog.records] == ["ERROR", "WARNING"]
    assert (
        "clock is 2700 s ahead of the time that it had agreed on and 2700 s ahead of" in caplog.records[0].getMessage()
    )


def test_it_says_which_way_it_is_wrong_and_against_what(world, clock, caplog, monkeypatch):
    clock.now()
    monkeypatch.setattr(clocks, "_of_the_database", lambda: world.wall + 3600)
    world.wall -= 2700
    clock.now()
    said = caplog.records[0].getMessage()
    assert "is 2700 s behind the time that it had agreed on and 3600 s behind the database's: nothing" in said


@pytest.mark.django_db
def test_who_may_not_grant_begins_nothing_and_still_ends_what_is_due(flow, now, rita, olga):
    factories.mapping(rita)
    factories.mapping(olga)
    waits = factories.grant(state=GrantState.SCHEDULED, now=now, person=rita)
    asks = factories.grant(state=GrantState.GRANTING, now=now, person=olga)
    held = factories.grant(state=GrantState.ACTIVE, now=now)
    later = held.ends_at

    work = claim.take(held.target, holder="w", now=later, may_grant=False)

    assert work.granting == ()
    assert [one.pk for one in work.revoking] == [held.pk]
    assert waits.refreshed().state == GrantState.SCHEDULED
    assert asks.refreshed().attempts == asks.attempts


@pytest.mark.django_db
def test_a_sweep_that_may_not_grant_queues_no_target_for_what_only_begins(flow, now):
    grant = factories.grant(state=GrantState.SCHEDULED, now=now)
    Sweep("w-test", places=3)(now, may_grant=False)
    assert Target.objects.get(pk=grant.target_id).queued_until is None
    Sweep("w-test", places=3)(now)
    assert Target.objects.get(pk=grant.target_id).queued_until is not None


@pytest.mark.parametrize(("off", "may_grant"), [(2700.0, False), (0.0, True)])
@pytest.mark.django_db
def test_a_job_of_a_worker_with_a_wrong_clock_may_not_grant(flow, monkeypatch, off, may_grant):
    asked = []
    monkeypatch.setattr(clocks, "off", lambda: off)
    monkeypatch.setattr("access.worker.jobs.converging.target", lambda _target, **how: asked.append(how["may_grant"]))
    jobs.converge(factories.target().pk)
    assert asked == [may_grant]


@pytest.mark.parametrize(("off", "judged"), [(2700.0, []), (0.0, ["w-other"])])
@pytest.mark.django_db
def test_a_worker_with_a_wrong_clock_takes_nothing_over_from_another(now, monkeypatch, off, judged):
    took: list[str] = []
    registry.enlist("w-other", now=now - timedelta(minutes=5))
    worker = Supervisor()
    monkeypatch.setattr(clocks, "off", lambda: off)
    ours = registry.enlist(worker._name, now=now)
    monkeypatch.setattr(
        registry,
        "take_over",
        lambda **_how: took.extend(Worker.objects.exclude(name=ours.name).values_list("name", flat=True)),
    )
    worker._show_and_look_around(ours, now)
    assert took == judged


@pytest.mark.django_db
def test_a_worker_with_a_wrong_clock_is_named(now):
    worker = registry.enlist("w-late", now=now)
    assert outage_alerts.clocks(now=now) == "" or connection.vendor == "postgresql"
    registry.sign(worker, now=now, clock_off=2700.0)
    assert "worker w-late" in outage_alerts.clocks(now=now)
    assert Worker.objects.with_a_wrong_clock(now=now).count() == 1
    assert any(one.kind == "clock" for one in outage_alerts.of_clocks(now=now))


@pytest.mark.django_db
@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has no clock of its own")
def test_a_web_process_with_a_wrong_clock_names_itself():
    assert outage_alerts.clocks(now=timezone.now()) == ""
    assert "this web process" in outage_alerts.clocks(now=timezone.now() + timedelta(minutes=45))
