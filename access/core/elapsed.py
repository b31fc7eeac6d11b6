"""Time that passes while a job runs, counted from the moment the job was given."""

import time
from datetime import datetime, timedelta


class Elapsed:
    """A clock that starts at the `now` it was given, so that nothing here reads the time of day."""

    def __init__(self, now: datetime) -> None:
        self._now = now
        self._started = time.monotonic()

    @property
    def seconds(self) -> float:
        return time.monotonic() - self._started

    def at(self) -> datetime:
        """The moment it is now, UTC."""
        return self._now + timedelta(seconds=self.seconds)
