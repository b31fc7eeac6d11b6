"""The demo's processes: start them, wait until they answer, notice when one dies, and stop them all."""

import os
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

from access.demo.errors import DemoFailed
from access.worker import process_tree

POLL: Final = 0.05  # seconds
# How long the processes may take to stop by themselves, before they are killed.
PATIENCE: Final = 15.0
LINES_SHOWN: Final = 15


@dataclass(frozen=True)
class Child:
    name: str
    process: subprocess.Popen[bytes]
    log: Path


class Processes:
    """Children that write to files, and do not outlive this process."""

    def __init__(self, logs: Path) -> None:
        self._logs = logs
        self._children: list[Child] = []

    def start(self, name: str, *command: str) -> None:
        """Start one more child, in a session of its own: Ctrl-C in the terminal reaches this process alone."""
        self._logs.mkdir(parents=True, exist_ok=True)
        log = self._logs / f"{name}.log"
        with log.open("wb") as output:
            process = subprocess.Popen(  # noqa: S603  our own command lines
                command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                # This process has no threads that the child could find half way.
                preexec_fn=partial(process_tree.die_with_parent, os.getpid()),  # noqa: PLW1509
            )
        self._children.append(Child(name, process, log))

    def check(self) -> None:
        """Raise DemoFailed when a child has died."""
        for child in self._children:
            code = child.process.poll()
            if code is not None:
                last = "\n".join(child.log.read_text(errors="replace").splitlines()[-LINES_SHOWN:])
                raise DemoFailed(
                    f"{last}\n\nThe {child.name} has died ({code}), so everything stops. Its log is {child.log}."
                )

    def wait_until(self, ready: Callable[[], bool], failure: str, *, within: float) -> None:
        """Wait until `ready`. Raises DemoFailed with the sentence after `within` seconds, or when a child dies."""
        deadline = time.monotonic() + within
        while not ready():
            self.check()
            if time.monotonic() > deadline:
                raise DemoFailed(failure)
            time.sleep(POLL)

    def stop(self) -> None:
        """Stop all children, the last one first; kill what is left after a while."""
        for child in reversed(self._children):
            child.process.terminate()
        deadline = time.monotonic() + PATIENCE
        for child in reversed(self._children):
            try:
                child.process.wait(max(0.0, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                process_tree.kill_group(child.process.pid)
                child.process.wait()
        self._children.clear()
