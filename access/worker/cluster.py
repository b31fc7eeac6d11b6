"""The job cluster as a child process, in a session of its own: start it, ask it to stop, kill all of it."""

import os
import secrets
import subprocess
import sys
import time
from typing import Final

from django.conf import settings

from access.worker import bell, clock, process_tree
from access.worker.bell import Bell

KEY_VARIABLE: Final = "JOB_QUEUE_KEY"
# Dying takes no time, unless a process is stuck in the kernel.
DEATH_SECONDS: Final = 5.0
_POLL: Final = 0.02


class Cluster:
    """One worker's job cluster, over all its restarts."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._process: subprocess.Popen[bytes] | None = None
        self.starts = 0
        self.key = secrets.token_hex(32)
        self._bell: Bell | None = None

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process else None

    @property
    def exit_code(self) -> int | None:
        """None while it runs, before the first start, and once it is known to be dead."""
        return self._process.poll() if self._process else None

    @property
    def is_running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def start(self) -> None:
        self.starts += 1
        if self._bell:
            self._bell.close()
        self._bell = Bell()
        names = {
            "Q_CLUSTER_NAME": self._name, KEY_VARIABLE: self.key, bell.VARIABLE: str(self._bell.far_end),
            clock.VARIABLE: clock.agreed(),
        }  # fmt: skip
        # A session of its own: Ctrl-C in a terminal reaches the supervisor alone, and all of it has one number.
        self._process = subprocess.Popen(  # noqa: S603  our own command line
            [sys.executable, *settings.COMMAND_LINE, "job_cluster", "--supervisor", str(os.getpid())],
            env={**os.environ, **names},
            stdin=subprocess.DEVNULL,
            start_new_session=True,
            pass_fds=[self._bell.far_end],
        )

    def wake(self) -> None:
        """Let it look into its queue at once."""
        if self._bell:
            self._bell.ring()

    def ask_to_stop(self) -> None:
        """Let it finish what it is doing, and take up nothing more."""
        if self._process:
            self._process.terminate()

    def kill(self) -> bool:
        """Kill every process of the cluster; return whether all of them are seen to be dead."""
        deadline = time.monotonic() + DEATH_SECONDS
        while self._is_anybody_left():
            if time.monotonic() > deadline:
                return False
            time.sleep(_POLL)
        self._process = None
        return True

    def kill_without_looking(self) -> None:
        if self._process:
            process_tree.kill_group(self._process.pid)

    def _is_anybody_left(self) -> bool:
        if self._process is None:
            return False
        process_tree.kill_group(self._process.pid)
        # The child is collected by its handle, and only then the others, by the number of their group.
        return self._process.poll() is None or process_tree.bury(self._process.pid)
