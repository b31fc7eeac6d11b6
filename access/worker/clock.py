"""Whether this process knows what time it is. Its clock is held against the database's, which all of them share, and
against one that nobody sets: it only runs on.

While they disagree, the process grants nothing, judges no other worker, and goes by the time that they last agreed on;
where they never did, by the database's.
"""

import logging
import os
from datetime import UTC, datetime
from typing import Final

from django.db import connection
from django.utils import timezone

from access.core.job_clock import steady as _steady
from access.worker.timing import Every

logger = logging.getLogger(__name__)

LIMIT: Final = 5.0  # seconds by which they may differ
EVERY: Final = 60.0  # seconds between two looks at the database's clock
# What a worker's own jobs start from, so that one started after a jump does not believe in it.
VARIABLE: Final = "WORKER_CLOCK"


class Clock:
    """`off` is by how many seconds this process's time of day is ahead; below zero, it is behind."""

    def __init__(self, *, agreed: str = "") -> None:
        # What has to be added to the steady clock to get the time of day, in seconds since 1970.
        self._agreed = float(agreed) if agreed else None
        self._look, self._say = Every(EVERY), Every(EVERY)
        self._database_off = 0.0
        self._was_off = False

    def now(self) -> datetime:
        """What time it is, as far as can be known. Asks the database once a minute, and as soon as something is wrong.

        Raises django.db.Error.
        """
        wall, steady = timezone.now(), _steady()
        if self._look() or self._is_off(wall, steady):
            self._compare()
            wall, steady = timezone.now(), _steady()
        off = self._is_off(wall, steady)
        self._tell(off, wall, steady)
        return datetime.fromtimestamp(steady + (self._agreed or 0.0), tz=UTC) if off else wall

    @property
    def off(self) -> float:
        """0 while they agree."""
        ahead = self._ahead(timezone.now(), _steady())
        worst = max(ahead, self._database_off, key=abs)
        return worst if abs(worst) > LIMIT else 0.0

    @property
    def agreed(self) -> str:
        """For the processes that this one starts."""
        return "" if self._agreed is None else repr(self._agreed)

    def _compare(self) -> None:
        wall, steady = timezone.now().timestamp(), _steady()
        theirs = _of_the_database()
        took = _steady() - steady
        if took > LIMIT:
            return  # so slow an answer says nothing
        self._database_off = wall + took / 2 - theirs if theirs is not None else 0.0
        if abs(self._database_off) <= LIMIT and (theirs is not None or self._agreed is None):
            # A clock that was set right is one that the database's agrees with.
            self._agreed = wall - steady
        elif self._agreed is None and theirs is not None:
            self._agreed = theirs - steady - took / 2

    def _ahead(self, wall: datetime, steady: float) -> float:
        return 0.0 if self._agreed is None else wall.timestamp() - steady - self._agreed

    def _is_off(self, wall: datetime, steady: float) -> bool:
        return abs(self._ahead(wall, steady)) > LIMIT or abs(self._database_off) > LIMIT

    def _tell(self, off: bool, wall: datetime, steady: float) -> None:
        if off and (self._say() or not self._was_off):
            logger.error(
                "This machine's clock is %s: nothing is granted here until it is right. %s",
                self._in_words(wall, steady),
                "Set it right." if connection.vendor == "postgresql" else "Set it right, and restart the worker then.",
            )
        elif self._was_off and not off:
            logger.warning("The clocks agree again.")
        self._was_off = off

    def _in_words(self, wall: datetime, steady: float) -> str:
        from_what = {
            "the time that it had agreed on": self._ahead(wall, steady),
            "the database's": self._database_off,
        }
        apart = {what: seconds for what, seconds in from_what.items() if abs(seconds) > LIMIT}
        return " and ".join(
            f"{abs(seconds):.0f} s {'ahead of' if seconds > 0 else 'behind'} {what}" for what, seconds in apart.items()
        )


def _of_the_database() -> float | None:
    """The database's time of day; None where it has none but ours."""
    if connection.vendor != "postgresql":
        return None
    with connection.cursor() as cursor:
        cursor.execute("SELECT extract(epoch FROM clock_timestamp())")
        return float(cursor.fetchone()[0])


_clock: Final = Clock(agreed=os.environ.get(VARIABLE, ""))


def now() -> datetime:
    """What time it is, for this process."""
    return _clock.now()


def off() -> float:
    """By how many seconds this process's clock is ahead of what the others agree on; 0 while they agree."""
    return _clock.off


def agreed() -> str:
    return _clock.agreed
