"""Whoever waits for tasks is woken when one is sent."""

import pytest
from django.db import transaction

from access.models import Worker
from access.worker import bell, queue
from access.worker.bell import Bell


@pytest.fixture
def rung(monkeypatch):
    """A bell, and its far end as the cluster has it."""
    made = Bell()
    monkeypatch.setenv(bell.VARIABLE, str(made.far_end))
    yield made
    made.close()


def test_a_ring_is_heard_once_however_often_it_rang(rung):
    for _time in range(100_000):  # more than a pipe holds
        rung.ring()
    while bell.wait(0):
        pass
    assert not bell.wait(0)
    rung.ring()
    assert bell.wait(60)


def test_without_a_bell_the_queue_is_looked_at_soon(monkeypatch):
    monkeypatch.delenv(bell.VARIABLE, raising=False)
    assert not bell.wait(60)


@pytest.mark.django_db(transaction=True)
def test_a_task_rings_when_it_is_committed(rung, monkeypatch):
    monkeypatch.setattr(queue, "_wake", [rung.ring])
    with transaction.atomic():
        queue.send("access.worker.jobs.beat", Worker(pk=1).pk, queue="w-test")
        assert not bell.wait(0)
    assert bell.wait(0)
