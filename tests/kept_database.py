"""The migrated database that the tests begin with, kept from one run to the next: to migrate takes many seconds.

With SQLite it is a file, with PostgreSQL a database on its server, `usher_tests_` and a digest. It is made anew with
any change of a migration, by whoever comes first: the others wait for it.
"""

import fcntl
import hashlib
import os
import shutil
import sqlite3
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from functools import cache
from pathlib import Path
from typing import IO

from django.apps import apps
from django.db import connection

from tests import database_server, source

_turn: list[IO[bytes]] = []


@contextmanager
def filled() -> Iterator[bool]:
    """Fill the test database that is about to be made from what was kept; yield whether there was something.

    Django migrates it afterwards in any case, and then finds nothing to do. Where there was nothing, `keep` is awaited.
    """
    _take_turn()
    if known := bool(name()):
        _leave_turn()
    try:
        if connection.vendor == "sqlite":
            with _in_memory() as ours:
                if known:
                    _copy(name(), ours)
                yield known
        else:
            connection.settings_dict["TEST"]["TEMPLATE"] = name() or None
            yield known
    finally:
        _leave_turn()


def keep() -> None:
    """Keep the test database as it is now, for the runs to come. Where nothing can be written, nothing is kept."""
    if connection.vendor != "sqlite":
        database_server.copy(connection.settings_dict["NAME"], _database())
    elif os.access(_path().parent, os.W_OK):
        file, new = tempfile.mkstemp(dir=_path().parent)
        os.close(file)
        with closing(sqlite3.connect(new)) as kept:
            connection.connection.backup(kept)
        Path(new).replace(_path())
    _leave_turn()


def begin(file: Path) -> bool:
    """Make this SQLite file what was kept; tell whether there was anything. Else whoever uses it has to migrate it."""
    if is_kept := _path().exists():
        shutil.copyfile(_path(), file)
    return is_kept


def name() -> str:
    """The file or the database that was kept; empty where there is none."""
    if connection.vendor == "sqlite":
        return str(_path()) if _path().exists() else ""
    return _database() if database_server.has(_database()) else ""


def _path() -> Path:
    """In the environment, beside the packages whose migrations are in it."""
    return Path(sys.prefix, f"usher-tests-{_digest()}.sqlite3")


def _database() -> str:
    return f"usher_tests_{_digest()}"


@contextmanager
def _in_memory() -> Iterator[sqlite3.Connection]:
    """The test database, which lasts as long as somebody is connected."""
    with closing(sqlite3.connect(connection.creation._get_test_db_name(), uri=True)) as ours:  # type: ignore[attr-defined]
        yield ours


def _copy(kept_name: str, ours: sqlite3.Connection) -> None:
    with closing(sqlite3.connect(kept_name)) as kept:
        kept.backup(ours)


def _take_turn() -> None:
    """Wait until nobody else of this machine is about to make it."""
    path = Path(tempfile.gettempdir(), f"usher-tests-{os.getuid()}-{_digest()}.lock")
    _turn.append(path.open("wb"))  # closed when the turn is left
    fcntl.flock(_turn[-1], fcntl.LOCK_EX)


def _leave_turn() -> None:
    while _turn:
        _turn.pop().close()


@cache
def _digest() -> str:
    """Of everything that decides what the database looks like."""
    migrations = [one for app in apps.get_app_configs() for one in sorted(Path(app.path, "migrations").glob("*.py"))]
    triggers = source.ROOT / "access" / "audit" / "append_only.py"
    return hashlib.sha256(b"".join(one.read_bytes() for one in [*migrations, triggers])).hexdigest()[:16]
