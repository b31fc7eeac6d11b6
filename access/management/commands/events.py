"""`manage.py events tail`: the log as JSON lines, now and as it grows."""

import signal
import sys
import threading
from argparse import RawDescriptionHelpFormatter
from typing import Any, Final

from django.core.management.base import CommandError, CommandParser
from django.db import connection
from django.utils import timezone
from django.utils.translation import gettext as _

from access.events import stream, write_lines
from access.management.example_command import ExampleCommand

EVERY_SECONDS: Final = 1.0


class Command(ExampleCommand):
    help = "Write events as lines of JSON, as docs/events.md describes them."
    example = """\
Writes what is in the log, and with --follow what is added to it, until Ctrl-C or SIGTERM. It keeps no position: the
line of the last event has its number, and --from goes on after it.

Exits with 0 when it is done, 2 when there is no such event or the usage is wrong.

Example:
  python manage.py events tail | jq 'select(.type | startswith("grant."))'
  python manage.py events tail --from 4200 --follow
"""

    def add_arguments(self, parser: CommandParser) -> None:
        ways = parser.add_subparsers(dest="way", required=True, metavar="tail")
        tail = ways.add_parser(
            "tail", help="write events", epilog=self.example, formatter_class=RawDescriptionHelpFormatter
        )
        tail.add_argument("--from", dest="from_event", help="begin with this event, by its number or id")
        tail.add_argument("--follow", action="store_true", help="go on with what is added to the log")

    def handle(self, *, from_event: str | None = None, follow: bool = False, **_options: Any) -> None:
        position, stop = _before(from_event), threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT) if follow else ():
            signal.signal(number, lambda *_: stop.set())
        try:
            position = self._write(position)
            while follow and not stop.wait(EVERY_SECONDS):
                position = self._write(position)
        except BrokenPipeError:
            # Whoever read it has enough. Python would complain when it ends and flushes once more.
            sys.stdout = None

    def _write(self, position: int) -> int:
        """Write what follows this position, and return the new one."""
        up_to = stream.head(now=timezone.now())
        while position < up_to:
            events = stream.after(position, up_to=up_to, most=write_lines.MOST_EVENTS)
            self.stdout.write(write_lines.lines(events).decode(), ending="")
            self.stdout.flush()
            position = events[-1].number
        # A follower must not keep a server's connection while it waits; in a transaction it is the caller's.
        if not connection.in_atomic_block:
            connection.close_if_unusable_or_obsolete()
        return position


def _before(from_event: str | None) -> int:
    if from_event is None:
        return 0
    event = stream.find(from_event)
    if event is None:
        raise CommandError(_("There is no event %(event)s in the log.") % {"event": from_event}, returncode=2)
    return event.number - 1
