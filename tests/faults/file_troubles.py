"""What may happen to the file that an SQLite database is, for real, while a worker is at it."""

import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Final

from django.db import connection


def file() -> Path:
    return Path(connection.settings_dict["NAME"])


def _all_of(path: Path) -> list[Path]:
    return [path, *(path.with_name(path.name + end) for end in ("-wal", "-shm"))]


def take_up_again(kept: Path) -> None:
    """Put a copy in the place of the file, as after a restore."""
    connection.close()
    for one in _all_of(file()):
        one.unlink(missing_ok=True)
    shutil.copyfile(kept, file())


@contextmanager
def moved_away() -> Iterator[None]:
    """Whoever connects meanwhile finds nothing in its place, as where a volume is not there."""
    away = file().with_name("away")
    connection.close()  # what is still open would go on, since a file that is moved is the same one
    away.mkdir(exist_ok=True)
    for one in _all_of(file()):
        if one.exists():
            one.rename(away / one.name)
    try:
        yield
    finally:
        connection.close()
        for one in _all_of(file()):
            one.unlink(missing_ok=True)
        for one in away.iterdir():
            one.rename(file().parent / one.name)


def with_small_pages() -> None:
    """Write the file anew so that nearly each row needs a page of its own: what may not grow is full at once."""
    connection.close()
    with closing(sqlite3.connect(file(), isolation_level=None)) as alone:
        alone.executescript("PRAGMA journal_mode=DELETE; PRAGMA page_size=512; VACUUM; PRAGMA journal_mode=WAL;")


@contextmanager
def full() -> Iterator[None]:
    """The file may not grow: for this connection alone, which is closed when the pass is over."""
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA max_page_count=1")
    yield


# Takes the one write lock there is, says so, and keeps it until it is killed.
_OTHER: Final = """
import sqlite3, sys
ours = sqlite3.connect(sys.argv[1], isolation_level=None)
ours.execute("BEGIN IMMEDIATE")
print(flush=True)
sys.stdin.read()
"""


@contextmanager
def locked() -> Iterator[None]:
    """Another process writes, is stopped while it does, and killed at last."""
    with subprocess.Popen(  # noqa: S603  our own command line
        [sys.executable, "-S", "-c", _OTHER, str(file())], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as other:
        assert other.stdout
        other.stdout.readline()
        try:
            yield
        finally:
            other.kill()


TROUBLES: Final = {"locked by another process": locked, "moved away": moved_away, "full": full}
