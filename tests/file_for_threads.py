"""The test database as a file, for a server whose threads are each connected to it by themselves, as in production.

In memory, one that writes what another reads is refused at once, where a file lets it go on; or all share one
connection, and one ends what another has begun.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from django.db import connection


@contextmanager
def used(file: Path) -> Iterator[None]:
    """Work on a copy of the test database in this file; on a server, on the database itself."""
    if connection.vendor != "sqlite":
        yield
        return
    connection.ensure_connection()
    settings, in_memory, name = connection.settings_dict, connection.connection, connection.settings_dict["NAME"]
    with closing(sqlite3.connect(file)) as copy:
        in_memory.backup(copy)
    connection.connection, settings["NAME"] = None, str(file)
    try:
        yield
    finally:
        connection.close()
        connection.connection, settings["NAME"] = in_memory, name
