"""Time that passes while a job runs, counted from the moment the job was given."""

import sys
import time
from datetime import datetime, timedelta


def steady() -> float:
    """Seconds on a clock that nobody sets, sleep of the machine included where it can tell."""
    return time.clock_gettime(time.CLOCK_BOOTTIME) if sys.platform == "linux" else time.monotonic()


class Elapsed:
    """A clock that starts at the `now` it was given, so that nothing here reads the time of day."""

    def __init__(self, now: datetime) -> None:
        self._now = now
        self._started = steady()

    @property
    def seconds(self) -> float:
        return steady() - self._started

    def at(self) -> datetime:
        """The moment it is now, UTC."""
        return self._now + timedelta(seconds=self.seconds)
