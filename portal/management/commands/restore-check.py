"""`manage.py restore-check`: after a restore, is this database whole, and does it agree with Aptible."""

from collections.abc import Iterator
from io import StringIO
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import CommandError
from django.utils import timezone
from django.utils.translation import gettext as _

from access.audit import verify
from access.grants import drift
from access.management.example_command import ExampleCommand
from portal import migrations
from portal.checks import stored_secrets
from portal.event_checks import webhook_secrets


class Command(ExampleCommand):
    help = "Look at a restored database: its tables, its log, its secrets, and what Aptible holds against it."
    example = """\
Run it while no worker runs. It changes nothing. Exits with 0 when all is well, 1 when something is not.
What Aptible holds and this database does not know is listed last; “reconcile” makes true what is ours to make true.

Example:
  python manage.py restore-check
"""

    def handle(self, **_options: Any) -> None:
        if text := migrations.trouble():
            raise CommandError(text)
        wrong = list(self._wrong())
        for text in wrong:
            self.stderr.write(text)
        if wrong or not self._agrees_with_aptible():
            raise SystemExit(1)
        if last := drift.last_unsettled(now=timezone.now()):
            text = _(
                "Access changed so lately that Aptible's lists may lag behind it, and nobody it concerns was judged."
                " Run it again after %(at)s UTC."
            )
            self.stderr.write(text % {"at": f"{last + settings.SETTLING:%H:%M:%S}"})
            raise SystemExit(1)
        self.stdout.write(_("All is well: start the workers."))

    def _wrong(self) -> Iterator[str]:
        bad = verify.first_bad()
        if bad is None:
            self.stdout.write(_("The log is whole."))
        else:
            yield _("The log is not whole at event %(number)d: %(why)s") % {"number": bad.seq, "why": bad.why}
        databases = {"databases": ["default"]}
        for told in (*stored_secrets(**databases), *webhook_secrets(**databases)):
            yield f"{told.msg} {told.hint}"

    def _agrees_with_aptible(self) -> bool:
        out = StringIO()
        try:
            call_command("reconcile", dry_run=True, stdout=out)
        except SystemExit as end:
            self.stdout.write(out.getvalue())
            return not end.code
        self.stdout.write(out.getvalue())
        return True
