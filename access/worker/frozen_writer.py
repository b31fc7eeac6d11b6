"""With SQLite: say who locks everybody out because it was stopped while it wrote, and end it if it is a worker's.

PostgreSQL ends such a session by itself, after as long (`idle_in_transaction_session_timeout`).
"""

import logging
import os
import signal
import time
from pathlib import Path
from typing import Final

from django.conf import settings

from access.alerts import write_lock

logger = logging.getLogger(__name__)

LONGEST: Final = 30.0  # seconds that it may stay stopped
COMMANDS: Final = ("worker", "job_cluster")


class FrozenWriter:
    """What one supervisor has seen of it, while it can't use the database."""

    def __init__(self) -> None:
        self._pid: int | None = None
        self._since = 0.0

    @property
    def is_there(self) -> bool:
        """Whether the last look saw one."""
        return self._pid is not None

    def look(self) -> None:
        """Look who it is, say so once, and end a worker's process that stays stopped. It is started anew by its own."""
        pid, now = write_lock.stopped_holder(), time.monotonic()
        if pid is None:
            self._pid = None
        elif pid != self._pid:
            self._pid, self._since = pid, now
            logger.error("%s", write_lock.trouble())
        elif now - self._since >= LONGEST and _is_a_worker_s(pid):
            self._end(pid)

    def _end(self, pid: int) -> None:
        self._pid = None
        try:
            os.kill(pid, signal.SIGKILL)
        except (ProcessLookupError, PermissionError) as error:
            logger.error("Process %d can't be ended: %s", pid, error.strerror)
        else:
            logger.error("Process %d of a worker was stopped for %d s while it wrote; it is killed.", pid, LONGEST)


def _is_a_worker_s(pid: int) -> bool:
    """Whether it is a worker or one of its jobs. Whatever else somebody has stopped is left to them."""
    try:
        words = Path(f"/proc/{pid}/cmdline").read_text(errors="replace").split("\0")
    except OSError:
        return False
    ours = settings.COMMAND_LINE[-1]
    return ours in words and any(one in COMMANDS for one in words[words.index(ours) :])
