"""Processes that do not outlive the one that started them. The kernel's help exists on Linux only."""

import ctypes
import os
import signal
import socket
import sys
from contextlib import suppress
from pathlib import Path
from typing import Final

ON_LINUX: Final = sys.platform == "linux"
_SET_DEATH_SIGNAL: Final = 1
_SET_SUBREAPER: Final = 36

_libc: Final = ctypes.CDLL(None, use_errno=True) if ON_LINUX else None
_forking = 0


def die_with_parent(parent: int) -> None:
    """Let the kernel kill this process when `parent` is gone, and each process forked from here on with its own.

    Ends the process at once when it is an orphan already.
    """
    _follow(parent)
    os.register_at_fork(before=_remember, after_in_child=_follow_the_forking_one)


def is_orphan(parent: int) -> bool:
    return os.getppid() != parent


def adopt_orphans() -> None:
    """Become the parent of grandchildren whose parent is gone, so that their end can be waited for."""
    _prctl(_SET_SUBREAPER, 1)


def kill_group(group: int) -> None:
    """Kill every process of the group. One that nobody is left of is fine."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(group, signal.SIGKILL)


def bury(group: int) -> bool:
    """Collect the dead of a process group; return whether anybody in it is left."""
    with suppress(ChildProcessError):
        while os.waitpid(-group, os.WNOHANG)[0]:
            pass
    try:
        os.killpg(group, 0)
    except (ProcessLookupError, PermissionError):
        return False
    return True


def place() -> str:
    """Where a process number means one process: this boot of this machine, and the container in it.

    Host names do not tell that: two containers may have the same.
    """
    if not ON_LINUX:
        return socket.gethostname()
    boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    return f"{boot} {Path('/proc/self/ns/pid').readlink()}"


def started(pid: int) -> int:
    """When the process started, in the kernel's ticks since the boot; 0 where that is not known."""
    stat = _stat(pid)
    return int(stat[19]) if stat else 0


def is_running(pid: int, *, start: int) -> bool:
    """Whether the process that has this number and started then still runs, here in this place."""
    if not ON_LINUX:
        return _is_taken(pid)
    stat = _stat(pid)
    return bool(stat) and stat[0] not in "ZX" and int(stat[19]) == start


def _remember() -> None:
    global _forking  # noqa: PLW0603  the child has no other way to know who forked it
    _forking = os.getpid()


def _follow_the_forking_one() -> None:
    _follow(_forking)


def _follow(parent: int) -> None:
    _prctl(_SET_DEATH_SIGNAL, signal.SIGKILL)
    # The parent may have gone before the kernel was told.
    if is_orphan(parent):
        os._exit(1)


def _prctl(option: int, value: int) -> None:
    if _libc and _libc.prctl(option, value, 0, 0, 0) != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))


def _is_taken(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _stat(pid: int) -> list[str]:
    """The fields of /proc/PID/stat from the state on; none when there is no such process, or no /proc."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return []
    # The name of the program comes before, in brackets, and may itself hold any character.
    return text.rpartition(")")[2].split()
