"""A database of one's own, for real processes to work on: a file, or a database beside the configured one."""

import os
import shutil
import sqlite3
import time
import uuid
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from django.contrib.contenttypes.models import ContentType
from django.core.management import call_command
from django.db import connection, connections
from django.db.utils import load_backend

from tests import database_server, kept_database
from tests.factories import AUDIT_KEY


@contextmanager
def database(directory: Path) -> Iterator[dict[str, str]]:
    """Point this thread's connection at a new, migrated database; yield the environment that points others at it."""
    with template(directory) as made, copy(made, directory) as environment:
        yield environment


@contextmanager
def template(directory: Path) -> Iterator[str]:
    """Make a migrated database for others to be copied from; yield its name."""
    with _empty(directory / "template.sqlite3", copied_from=kept_database.name()) as name:
        with _connected_to(name):
            call_command("migrate", verbosity=0)
        yield name


@contextmanager
def copy(made: str, directory: Path) -> Iterator[dict[str, str]]:
    """The same as `database`, from a template."""
    with _empty(directory / "usher.sqlite3", copied_from=made) as name, _connected_to(name):
        yield _environment(name, directory)


def dump(directory: Path) -> str:
    """Keep a copy of the database of this thread, while nobody else is at it; return its name."""
    if connection.vendor == "sqlite":
        connection.close()
        kept = directory / "dump.sqlite3"
        shutil.copyfile(connection.settings_dict["NAME"], kept)
        return str(kept)
    name, kept_name = connection.settings_dict["NAME"], f"usher_dump_{uuid.uuid4().hex[:12]}"
    database_server.copy(name, kept_name)
    return kept_name


def restore(kept: str) -> None:
    """Put the copy in the place of the database of this thread, while nobody else is at it."""
    name = connection.settings_dict["NAME"]
    connection.close()
    if connection.vendor == "sqlite":
        for left in Path(name).parent.glob(f"{Path(name).name}*"):
            left.unlink()
        shutil.move(kept, name)
        return
    database_server.drop(name)
    database_server.copy(kept, name)
    database_server.drop(kept)


def can_be_written() -> bool:
    """Whether nobody holds the one write lock that a file has, or stays in a transaction on a server."""
    if connection.vendor != "sqlite":
        waiting = _in_transactions()
        time.sleep(0.2)
        return not waiting & _in_transactions()
    with closing(sqlite3.connect(connection.settings_dict["NAME"], timeout=0.2, isolation_level=None)) as other:
        try:
            other.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError:
            return False
        other.execute("ROLLBACK")
    return True


def _in_transactions() -> set[tuple[int, datetime]]:
    """Each transaction of this database in which the server waits for its client."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pid, xact_start FROM pg_stat_activity"
            " WHERE datname = current_database() AND state LIKE 'idle in transaction%'"
        )
        return set(cursor.fetchall())


def end_sessions() -> int:
    """End every connection to the database of this thread but its own; return how many. PostgreSQL only."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        return int(cursor.fetchone()[0])


def _settings(name: str) -> dict[str, Any]:
    return {**connections.settings["default"], "NAME": name}


@contextmanager
def _connected_to(name: str) -> Iterator[None]:
    usual, settings = connections["default"], _settings(name)
    ours = load_backend(settings["ENGINE"]).DatabaseWrapper(settings, "default")
    connections["default"] = ours
    ContentType.objects.clear_cache()
    try:
        yield
    finally:
        ours.close()
        connections["default"] = usual
        ContentType.objects.clear_cache()


@contextmanager
def _empty(path: Path, *, copied_from: str = "") -> Iterator[str]:
    if connection.vendor == "sqlite":
        if copied_from:
            shutil.copyfile(copied_from, path)
        yield str(path)
        return
    name = f"usher_scratch_{uuid.uuid4().hex[:12]}"
    database_server.copy(copied_from or "template1", name)
    try:
        yield name
    finally:
        database_server.drop(name)


def _environment(name: str, directory: Path) -> dict[str, str]:
    ours = {"DATA_DIR": str(directory), "AUDIT_KEYS": AUDIT_KEY}
    if connection.vendor == "sqlite":
        return {**ours, "DATABASE_URL": ""}
    parts = urlsplit(os.environ["DATABASE_URL"])
    return {**ours, "DATABASE_URL": urlunsplit(parts._replace(path=f"/{name}"))}
