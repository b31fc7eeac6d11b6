"""Workers that are idle sweep by turns, and no worse than one alone."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from access.models import Worker
from access.models.worker import SILENCE
from access.worker.turns import MOST, SWEEP, Turns

NOW = datetime(2026, 1, 5, 12, 0, 0, 130_000, tzinfo=UTC)


def worker(name, *, beat=NOW, jobs=NOW, off=0.0):
    return Worker(name=name, beat_at=beat, jobs_beat_at=jobs, clock_off=off)


def sweeps(turns, seconds=4.0):
    """When this one sweeps within so many seconds, where a sweep takes no time."""
    at, until, found = NOW, NOW + timedelta(seconds=seconds), []
    while (at := at + timedelta(seconds=turns.wait(at))) < until:
        found.append(at)
    return found


@pytest.mark.parametrize("many", [1, 2, 3, 4])
def test_together_they_sweep_as_often_as_one_alone(many):
    workers = [worker(f"w-{number}") for number in range(many)]
    found = []
    for one in workers:
        turns = Turns(one.name)
        turns.seen([other for other in workers if other is not one], now=NOW)
        found += sweeps(turns)
    gaps = [after - before for before, after in pairwise(sorted(found))]
    assert len(found) == 16
    assert all(gap == timedelta(seconds=SWEEP) for gap in gaps)


def test_however_many_there_are_each_sweeps_once_a_second():
    turns = Turns("w-7")
    turns.seen([worker(f"w-{number}") for number in range(20)], now=NOW)
    assert len(sweeps(turns)) == 4 / (SWEEP * MOST)


@pytest.mark.parametrize(
    "other",
    [
        worker("w-2", beat=NOW - SILENCE - timedelta(seconds=1)),
        worker("w-2", jobs=NOW - SILENCE - timedelta(seconds=1)),
        worker("w-2", off=2700.0),
    ],
    ids=["silent", "its jobs are", "its clock is wrong"],
)
def test_who_can_not_do_the_work_has_no_turn(other):
    turns = Turns("w-1")
    turns.seen([other], now=NOW)
    assert len(sweeps(turns)) == 16
