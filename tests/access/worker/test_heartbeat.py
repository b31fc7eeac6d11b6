"""Signs of life of a job cluster, and the queue when the database is away."""

from datetime import timedelta

import pytest
from django.db import OperationalError, connection
from django.utils import timezone
from django_q.models import OrmQ
from django_q.signing import SignedPackage

from access.models import Worker
from access.worker import heartbeat, outage, queue, registry, timing


class Clock:
    """Stands in for time.monotonic."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr("access.worker.timing.time.monotonic", clock)
    return clock


@pytest.fixture
def heart(now, clock) -> timing.Heart:
    heart = timing.Heart()
    heart.start(now)
    return heart


def test_silence_counts_from_the_first_question_without_an_answer(heart, clock):
    heart.asked()
    clock.now += 3
    heart.asked()
    clock.now += 3
    assert heart.silent_for == 6


def test_an_answer_ends_the_silence(heart, clock, now):
    heart.asked()
    clock.now += 3
    heart.seen(now + timedelta(seconds=1))
    assert heart.has_beaten
    assert heart.silent_for == 0


def test_what_the_cluster_before_it_showed_is_no_answer(heart, clock, now):
    heart.asked()
    clock.now += 3
    heart.seen(now)
    assert not heart.has_beaten
    assert heart.silent_for == 3


def test_silence_while_nobody_asked_or_could_look_does_not_count(heart, clock):
    clock.now += 100
    assert heart.silent_for == 0
    heart.asked()
    clock.now += 100
    heart.could_not_look()
    assert heart.silent_for == 0


def test_every_is_due_at_once_and_then_once_per_interval(clock):
    every = timing.Every(3)
    assert [every(), every()] == [True, False]
    clock.now += 3
    assert [every(), every()] == [True, False]
    every.again()
    assert every()


@pytest.fixture
def worker(db, now) -> Worker:
    return registry.enlist("w-test", now=now)


def test_a_beat_is_written_down_when_it_came_through(worker, now):
    heartbeat._came_through({"func": heartbeat.JOB, "args": (worker.pk,)})
    worker.refresh_from_db()
    assert worker.jobs_beat_at > now


def test_other_tasks_are_no_beat(worker, now):
    heartbeat._came_through({"func": "access.worker.jobs.lapse", "args": (worker.pk,)})
    worker.refresh_from_db()
    assert worker.jobs_beat_at == now


def test_a_beat_that_cannot_be_written_down_does_not_end_the_process(worker, monkeypatch):
    monkeypatch.setattr(Worker.objects, "filter", is_away)
    monkeypatch.setattr(connection, "close", lambda: None)
    heartbeat._came_through({"func": heartbeat.JOB, "args": (worker.pk,)})


def test_the_queue_waits_for_a_database_that_is_away(db, monkeypatch):
    broker = queue.Broker("w-test")
    monkeypatch.setattr("access.worker.queue.time.sleep", lambda _seconds: None)
    monkeypatch.setattr(connection, "close", lambda: None)
    monkeypatch.setattr(broker, "get_connection", is_away)
    assert broker.dequeue() is None


def test_a_task_by_a_name_of_the_release_before_is_dropped_with_one_line_in_the_log(db, caplog):
    broker = queue.Broker("w-test")
    for name in ("access.jobs.converge", "access.worker.jobs.no_such_job", heartbeat.JOB):
        queue.send(name, 1, queue="w-test")
    taken = [one for one in (broker.dequeue() for _ in range(3)) if one]  # in whatever order the database gives them
    assert [SignedPackage.loads(task)["func"] for [(_id, task)] in taken] == [heartbeat.JOB]
    assert OrmQ.objects.count() == 1
    assert sorted(record.getMessage().split(" is dropped")[0] for record in caplog.records) == [
        "A task by the name access.jobs.converge", "A task by the name access.worker.jobs.no_such_job",
    ]  # fmt: skip


def test_what_could_not_be_crossed_off_is_crossed_off_with_the_next_task(db, monkeypatch):
    rows = [OrmQ.objects.create(key="w-test", payload="", lock=timezone.now()) for _ in range(3)]
    broker = queue.Broker("w-test")
    monkeypatch.setattr(connection, "close", lambda: None)
    with monkeypatch.context() as patch:
        patch.setattr(broker, "get_connection", is_away)
        broker.acknowledge(rows[0].pk)
    assert OrmQ.objects.count() == 3
    broker.acknowledge(rows[1].pk)
    assert OrmQ.objects.get() == rows[2]


def test_an_outage_is_told_once_and_so_is_its_end(monkeypatch, caplog):
    monkeypatch.setattr(connection, "close", lambda: None)
    guard = outage.Outage()
    pauses = [guard.guard(is_away) for _ in range(5)]
    assert pauses == [0.5, 1.0, 2.0, 2.0, 2.0]
    assert guard.is_on
    assert guard.guard(lambda: 0.25) == 0.25
    assert not guard.is_on
    assert [record.levelname for record in caplog.records] == ["ERROR", "WARNING"]


def is_away(*_args, **_kwargs):
    raise OperationalError("The database is away.")
