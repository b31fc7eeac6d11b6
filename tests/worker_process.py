"""`manage.py worker` as a real process, and everything it starts."""

import os
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path

from django.conf import settings

MARK = "USHER_TEST_PROCESS"
# Generous, because other things may keep the machine busy; nothing here waits longer than it has to.
PATIENCE = 120.0


def until(condition: Callable[[], object], *, what: str, within: float = PATIENCE) -> None:
    """Wait until the condition holds. Raises TimeoutError with `what` when it does not come true in time."""
    deadline = time.monotonic() + within
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError(f"Not within {within} s: {what}.")
        time.sleep(0.05)


class WorkerProcess:
    """Found again by a mark in its environment, so that no orphan is missed."""

    def __init__(self, environment: Mapping[str, str], *, log: Path, root: Path = settings.BASE_DIR) -> None:
        self._mark = uuid.uuid4().hex
        self._log = log
        with log.open("ab") as out:
            self.process = subprocess.Popen(  # noqa: S603  our own command line
                [sys.executable, str(root / "manage.py"), "worker"],
                cwd=root,
                env={**os.environ, **environment, MARK: self._mark},
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    @property
    def log(self) -> str:
        return self._log.read_text()

    def pids(self) -> list[int]:
        """Every process of the tree that is alive, in or out of it."""
        mark = f"{MARK}={self._mark}".encode()
        return sorted(int(path.name) for path in Path("/proc").glob("[0-9]*") if mark in _environ(path))

    def job_processes(self) -> list[int]:
        """The processes that run jobs. Only before any of them was replaced."""
        return self._of_the_cluster()[:-2]

    def monitor(self) -> list[int]:
        """The one process that crosses off what was done."""
        return self._of_the_cluster()[-2:-1]

    def _of_the_cluster(self) -> list[int]:
        (cluster,) = self.children(self.process.pid)
        (sentinel,) = self.children(cluster)
        return self.children(sentinel)

    def children(self, parent: int) -> list[int]:
        """The processes of this worker that `parent` started, the oldest first."""
        return [pid for pid in self.pids() if _parent(pid) == parent]

    def kill(self) -> None:
        """kill -9 all of it, as a power cut would."""
        for pid in self.pids():
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self.process.wait(PATIENCE)
        until(lambda: not self.pids(), what="all processes of the worker are dead")

    def stop(self) -> int:
        """Ask it to stop; return its exit code."""
        self.process.terminate()
        return self.process.wait(PATIENCE)


def _environ(path: Path) -> bytes:
    try:
        return (path / "environ").read_bytes()
    except OSError:
        return b""


def _parent(pid: int) -> int:
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
