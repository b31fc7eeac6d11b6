"""Who holds the one write lock of an SQLite file. A process that is stopped while it writes locks everybody else out.

The kernel tells, on Linux, in /proc/locks. The file itself is never opened here: to close it again would give up the
locks that SQLite holds on it in this process.
"""

import os
from pathlib import Path
from typing import Final

from django.db import connection
from django.utils.translation import gettext as _

# The byte of the shared-memory file that whoever writes has locked, by SQLite's description of its WAL mode.
WRITER: Final = "120"
STOPPED: Final = "T"


def stopped_holder() -> int | None:
    """The number of the process that holds the lock and is stopped, as by SIGSTOP. None also where nobody can tell."""
    pid = _holder()
    return pid if pid and _state(pid) == STOPPED else None


def trouble() -> str:
    """Why nobody can write, and what to do; empty while nobody stands in the way."""
    pid = stopped_holder()
    if pid is None:
        return ""
    text = _(
        "Process %(pid)d was stopped while it wrote to the database, so nobody else can write."
        " Let it go on with “kill -CONT %(pid)d”, or end it with “kill -KILL %(pid)d”; either loses nothing."
    )
    return text % {"pid": pid}


def _holder() -> int | None:
    try:
        shared = Path(f"{_file()}-shm").stat()
        lines = Path("/proc/locks").read_text(encoding="ascii").splitlines() if _file() else []
    except OSError:
        return None
    place = f"{os.major(shared.st_dev):02x}:{os.minor(shared.st_dev):02x}:{shared.st_ino}"
    for _number, *fields in map(str.split, lines):
        # Who only waits has an arrow before the kind, and so one field more.
        if fields[:3] == ["POSIX", "ADVISORY", "WRITE"] and fields[4:6] == [place, WRITER]:
            return int(fields[3])
    return None


def _file() -> str:
    """The database, where it is a file."""
    return str(connection.settings_dict["NAME"]) if connection.vendor == "sqlite" else ""


def _state(pid: int) -> str:
    """One letter, as /proc has it; empty when there is no such process."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return ""
    # The name of the program comes before, in brackets, and may itself hold any character.
    return text.rpartition(")")[2].split()[0]
