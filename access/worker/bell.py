"""Wake whoever waits for tasks, so that it need not ask the queue ten times a second.

A pipe from the supervisor, the only one that sends into its cluster's queue, to the cluster. A ring too many, or one
that is lost, does no harm: the queue is looked at now and then in any case.
"""

import os
import select
import time
from contextlib import suppress
from typing import Final

VARIABLE: Final = "JOB_QUEUE_BELL"
WITHOUT: Final = 0.1  # seconds between two looks into the queue where nobody rings


class Bell:
    """The supervisor's end. One for each cluster that it starts."""

    def __init__(self) -> None:
        self.far_end, self._end = os.pipe()
        os.set_blocking(self.far_end, False)
        os.set_blocking(self._end, False)

    def ring(self) -> None:
        # A full pipe has rung already; one that nobody holds any more wakes nobody.
        with suppress(BlockingIOError, BrokenPipeError):
            os.write(self._end, b"!")

    def close(self) -> None:
        os.close(self.far_end)
        os.close(self._end)


def wait(seconds: float) -> bool:
    """Wait for a ring at the cluster's end, so long at most; return whether there was one. Without a bell, shortly."""
    far_end = os.environ.get(VARIABLE, "")
    if not far_end:
        time.sleep(min(seconds, WITHOUT))
        return False
    heard, _, _ = select.select([int(far_end)], [], [], seconds)
    if heard:
        with suppress(BlockingIOError):
            os.read(int(far_end), 4096)
    return bool(heard)
