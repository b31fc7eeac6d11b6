"""A job cluster that starts, and one that is told to stop, as far as no process is needed for it."""

import time

import pytest

from access.worker.watchdog import Keeper


class Waiting:
    """The cluster's place: it waits for tasks, and sees that it should stop a while after it was told, once woken."""

    key = ""

    def __init__(self):
        self.is_running, self.rings, self._rings_needed = True, 0, None

    def ask_to_stop(self):
        self._rings_needed = self.rings + 3

    def wake(self):
        self.rings += 1
        self.is_running = self._rings_needed is None or self.rings < self._rings_needed

    def kill(self):
        return not self.is_running


def test_a_cluster_that_waits_for_tasks_is_woken_until_it_has_seen_that_it_should_stop(monkeypatch):
    keeper = Keeper("w-1")
    waiting = Waiting()
    monkeypatch.setattr(keeper, "_cluster", waiting)
    assert keeper.stop(within=60)
    assert waiting.rings == 3


@pytest.mark.parametrize(
    ("starts", "silent", "is_well"),
    [(1, 29, True), (1, 31, False), (2, 31, True), (2, 61, False), (4, 119, True), (9, 121, False)],
)
def test_each_start_in_vain_gives_the_next_one_more_time(starts, silent, is_well, monkeypatch):
    keeper = Keeper("w-1")
    monkeypatch.setattr(keeper, "_cluster", Waiting())
    keeper._in_vain, keeper._heart._asked = starts, time.monotonic() - silent
    assert keeper._is_well() is is_well
    keeper._heart.has_beaten = True  # it was up: from now on it is judged by WATCHDOG_TIMEOUT alone
    assert not keeper._is_well()
