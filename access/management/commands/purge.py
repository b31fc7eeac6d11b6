"""`manage.py purge`: delete messages that were sent, once the time is over for which proof has to be kept."""

from datetime import UTC, datetime
from typing import Any

from django.conf import settings
from django.core.management.base import CommandError, CommandParser
from django.utils import timezone
from django.utils.translation import ngettext

from access.core.errors import Refusal
from access.management.example_command import ExampleCommand
from access.notify import outbox


class Command(ExampleCommand):
    help = "Delete messages that were sent before a day. Refused for what is younger than RETENTION_DAYS."
    example = """\
The worker does the same by itself with what is older than that. Requests, decisions, grants, findings, access reviews
and the log are never deleted.

Exits with 0 when it is done, 1 when it was refused, 2 when the usage is wrong.

Example:
  python manage.py purge --before 2020-01-01 --dry-run
"""

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--before", required=True, help="a day such as 2020-01-01, of UTC")
        parser.add_argument("--dry-run", action="store_true", help="say how many it would be, and delete nothing")

    def handle(self, *, before: str, dry_run: bool, **_options: Any) -> None:
        try:
            day = datetime.strptime(before, "%Y-%m-%d").replace(tzinfo=UTC)
        except ValueError:
            raise CommandError(f"{before} is no day: write 2020-01-31.", returncode=2) from None
        try:
            count = outbox.purge(before=day, now=timezone.now(), retention=settings.RETENTION, dry_run=dry_run)
        except Refusal as refusal:
            raise CommandError(str(refusal), returncode=1) from None
        if dry_run:
            text = ngettext("%(count)d message would be deleted.", "%(count)d messages would be deleted.", count)
        else:
            text = ngettext("%(count)d message is deleted.", "%(count)d messages are deleted.", count)
        self.stdout.write(text % {"count": count})
