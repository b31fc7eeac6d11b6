"""`manage.py export`: everything that the portal keeps, as JSON lines."""

import sys
from pathlib import Path
from typing import Any, Final

from django.core.management.base import CommandError, CommandParser
from django.utils.translation import gettext as _

from access.evidence import full_export
from access.management.example_command import ExampleCommand

STANDARD: Final = "-"


class Command(ExampleCommand):
    help = "Write every row that the portal keeps as one line of JSON: to read it elsewhere, or after Usher."
    example = """\
Nothing secret is written: no password, no sealed value, no digest of a token, no address of an anchor.
The log with its proof is `manage.py audit export`.

Exits with 0 when all is written, 2 when the file can't be.

Example:
  python manage.py export everything.jsonl
  python manage.py export - | gzip > everything.jsonl.gz
"""

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", nargs="?", default=STANDARD, help="where to; - is the standard output")

    def handle(self, *, file: str, **_options: Any) -> None:
        if file == STANDARD:
            try:
                for row in full_export.rows():
                    self.stdout.write(row, ending="")
            except BrokenPipeError:
                # Whoever read it has enough. Python would complain when it ends and flushes once more.
                sys.stdout = None
            return
        try:
            with Path(file).open("w", encoding="utf-8") as out:
                out.writelines(full_export.rows())
        except OSError as error:
            raise CommandError(_("It can't be written: %(why)s.") % {"why": error.strerror}, returncode=2) from None
