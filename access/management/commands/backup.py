"""`manage.py backup FILE`: a copy of the database, taken while it is used."""

from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.db import connection
from django.utils.translation import gettext as _

from access.management.example_command import ExampleCommand
from integrations.databases.copy import CopyFailed, copy


class Command(ExampleCommand):
    help = "Copy the database into a new file, while everything goes on. Keys are not in it: keep them elsewhere."
    example = """\
SQLite: a database file, put in the place of the old one to restore. PostgreSQL: pg_dump's custom form, for pg_restore.
Exits with 0 when the copy is complete, 1 when there is none.

Example:
  python manage.py backup /backups/usher-2026-01-05.sqlite3
  python manage.py backup /backups/usher-2026-01-05.dump
"""

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, help="a file that is not there yet")

    def handle(self, *, file: Path, **_options: Any) -> None:
        try:
            copy(connection.settings_dict, file)
        except CopyFailed as error:
            raise CommandError(str(error)) from None
        self.stdout.write(_("Written to %(file)s (%(size)d bytes).") % {"file": file, "size": file.stat().st_size})
