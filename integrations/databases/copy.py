"""Copy a database into one file by its own means, complete or not at all."""

import os
import shutil
import sqlite3
import subprocess
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import Any, Final

from django.utils.translation import gettext as _

# What pg_dump takes from the environment, so that no password stands among the arguments that everybody can read.
_PG: Final = {"HOST": "PGHOST", "PORT": "PGPORT", "USER": "PGUSER", "PASSWORD": "PGPASSWORD", "NAME": "PGDATABASE"}
_OPTIONS: Final = {"sslmode": "PGSSLMODE", "sslrootcert": "PGSSLROOTCERT", "sslcert": "PGSSLCERT", "sslkey": "PGSSLKEY"}


class CopyFailed(Exception):
    """There is no copy, and why."""


def copy(database: Mapping[str, Any], file: Path) -> None:
    """Write a copy of the database to a new file that this account alone can read.

    The file appears once it is complete and on the disk. Raises CopyFailed.
    """
    if file.exists():
        raise CopyFailed(_("%(file)s is there already. Name a new file.") % {"file": file})
    part = file.with_name(file.name + ".part")
    try:
        os.close(os.open(part, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600))
        _write(database, part)
        with part.open("rb") as written:
            os.fsync(written.fileno())
        part.rename(file)
    except OSError as error:
        raise CopyFailed(_("%(file)s can't be written: %(why)s.") % {"file": file, "why": error.strerror}) from None
    finally:
        part.unlink(missing_ok=True)


def _write(database: Mapping[str, Any], part: Path) -> None:
    if database["ENGINE"].endswith("sqlite3"):
        _sqlite(str(database["NAME"]), part)
    else:
        _postgresql(database, part)


def _sqlite(name: str, part: Path) -> None:
    """By SQLite's own backup: consistent, also while others write."""
    try:
        with (
            closing(sqlite3.connect(f"file:{name}?mode=ro", uri=True)) as source,
            closing(sqlite3.connect(part)) as made,
        ):
            source.backup(made)
            found = made.execute("PRAGMA integrity_check").fetchone()[0]
    except sqlite3.Error as error:
        raise CopyFailed(_("SQLite could not copy it: %(why)s.") % {"why": error}) from None
    if found != "ok":
        raise CopyFailed(_("The copy is damaged: %(why)s.") % {"why": found})


def _postgresql(database: Mapping[str, Any], part: Path) -> None:
    """By pg_dump, in its own compressed form, for pg_restore."""
    command = shutil.which("pg_dump")
    if command is None:
        raise CopyFailed(_("There is no pg_dump here: install PostgreSQL's client programs."))
    given = {_PG[key]: str(database[key]) for key in _PG if database.get(key)}
    options = database.get("OPTIONS", {})
    given |= {_OPTIONS[key]: str(options[key]) for key in _OPTIONS if key in options}
    told = subprocess.run(  # noqa: S603  a program of PostgreSQL's, by its path
        [command, "--format=custom", "--no-owner", "--no-privileges", "--file", str(part)],
        env={**os.environ, **given}, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if told.returncode:
        raise CopyFailed(_("pg_dump failed: %(why)s") % {"why": " ".join(told.stderr.split())})
