"""The migrated database that the tests begin with, kept from one run to the next: to migrate takes many seconds.

Only for SQLite, and made anew with any change of a migration. With PostgreSQL there is `--reuse-db`.
"""

import hashlib
import os
import sqlite3
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from django.apps import apps
from django.db import connection

from tests import source


@contextmanager
def filled() -> Iterator[bool]:
    """Fill the empty test database, which is in memory, from what was kept; yield whether there was something.

    Django migrates it afterwards in any case, and then finds nothing to do.
    """
    name = connection.creation._get_test_db_name()  # type: ignore[attr-defined]
    with closing(sqlite3.connect(name, uri=True)) as ours:
        known = path().exists()
        if known:
            with closing(sqlite3.connect(path())) as kept:
                kept.backup(ours)
        yield known


def keep() -> None:
    """Keep the test database as it is now, for the runs to come. Where nothing can be written, nothing is kept."""
    if not os.access(path().parent, os.W_OK):
        return
    file, name = tempfile.mkstemp(dir=path().parent)
    os.close(file)
    with closing(sqlite3.connect(name)) as kept:
        connection.connection.backup(kept)
    Path(name).replace(path())


def path() -> Path:
    """In the environment, beside the packages whose migrations are in it."""
    return Path(sys.prefix, f"usher-tests-{_digest()}.sqlite3")


def _digest() -> str:
    """Of everything that decides what the database looks like."""
    migrations = [one for app in apps.get_app_configs() for one in sorted(Path(app.path, "migrations").glob("*.py"))]
    triggers = source.ROOT / "access" / "audit" / "append_only.py"
    return hashlib.sha256(b"".join(one.read_bytes() for one in [*migrations, triggers])).hexdigest()[:16]
