"""Go on when the database is away, locked, or not migrated yet, and say so once."""

import logging
import time
from collections.abc import Callable
from typing import Final

from django.db import Error, connection

logger = logging.getLogger(__name__)

FIRST_PAUSE: Final = 0.25  # seconds
LONGEST_PAUSE: Final = 2.0


class Outage:
    """The state of the database as one process sees it."""

    def __init__(self) -> None:
        self._since: float | None = None
        self._pause = FIRST_PAUSE

    @property
    def is_on(self) -> bool:
        return self._since is not None

    def guard(self, act: Callable[[], float]) -> float:
        """Do it, and return what it returns. If the database does not let it: how many seconds to wait."""
        try:
            pause = act()
        except Error as error:
            return self._begin(error)
        self._end()
        return pause

    def _begin(self, error: Error) -> float:
        # Whatever is left of the connection is of no use.
        connection.close()
        if self._since is None:
            self._since = time.monotonic()
            self._pause = FIRST_PAUSE
            text = str(error).strip().partition("\n")[0]
            logger.error("The database can't be used, work goes on when it can: %s: %s", type(error).__name__, text)
        self._pause = min(LONGEST_PAUSE, self._pause * 2)
        return self._pause

    def _end(self) -> None:
        if self._since is not None:
            logger.warning("The database can be used again after %.1f s.", time.monotonic() - self._since)
        self._since = None
