"""When something is due again, and whether the cluster shows signs of life. Immune to changes of the time of day."""

import time
from datetime import datetime


class Every:
    """True once per interval, the first time at once."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._next = 0.0

    def __call__(self) -> bool:
        now = time.monotonic()
        if now < self._next:
            return False
        self._next = now + self._seconds
        return True

    def again(self) -> None:
        """Be due at once."""
        self._next = 0.0


class Heart:
    """Counts how long a sign of life has been asked for in vain.

    Time in which nobody asked, or could not look, does not count against the cluster.
    """

    def __init__(self) -> None:
        self.has_beaten = False
        self._last: datetime | None = None
        self._asked: float | None = None

    def start(self, last: datetime | None) -> None:
        """A new cluster: what the one before it last showed does not count."""
        self.has_beaten = False
        self._last = last
        self._asked = None

    def asked(self) -> None:
        if self._asked is None:
            self._asked = time.monotonic()

    def seen(self, last: datetime) -> None:
        """Take in when the cluster last showed a sign of life."""
        if last != self._last:
            self.has_beaten = True
            self._last = last
            self._asked = None

    def could_not_look(self) -> None:
        self._asked = None

    @property
    def silent_for(self) -> float:
        """Seconds since the first unanswered question."""
        return 0.0 if self._asked is None else time.monotonic() - self._asked
