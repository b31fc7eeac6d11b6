"""Idle workers sweep by turns: together as often as one alone, however many there are."""

from collections.abc import Iterable
from datetime import datetime
from typing import Final

from access.models import Worker

SWEEP: Final = 0.25  # seconds between two sweeps, of whichever worker
# With more workers than this, they sweep more often together, so that each of them still does once a second.
MOST: Final = 4


class Turns:
    """Time is cut into slots of a quarter second, which the workers have one after the other, by their names.

    Nothing depends on it but when something due is seen: a worker that is frozen in its slots, or whose clock differs,
    costs a fraction of a second.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self._place, self._of = 0, 1

    def seen(self, workers: Iterable[Worker], *, now: datetime) -> None:
        """Share the slots with these, as far as they are at work and know what time it is."""
        others = {one.name for one in workers if one.is_running(now=now) and not one.clock_off}
        names = sorted(others | {self._name})
        self._of = min(len(names), MOST)
        self._place = names.index(self._name) % self._of

    def wait(self, now: datetime) -> float:
        """Seconds until the next slot of this worker begins."""
        since = now.timestamp() % (SWEEP * self._of)
        until = self._place * SWEEP - since
        return until if until > 0 else until + SWEEP * self._of
