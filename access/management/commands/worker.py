"""`manage.py worker`: the whole background side in one process tree."""

from argparse import RawDescriptionHelpFormatter
from typing import Any

from django.core.management.base import BaseCommand, CommandError, SystemCheckError

from access.management import log_system_checks
from access.worker.supervise import Supervisor

EXAMPLE = """Any number of workers may run on one database. Stop one with Ctrl-C or SIGTERM: it finishes what it is
doing; a second Ctrl-C kills it at once, and nothing is lost by that.

Example:
  python manage.py worker
"""


class Command(BaseCommand):
    # They go to the log, in its form.
    requires_system_checks = []
    help = "Do what is due: give access, take it back, let requests lapse, sync. Runs until Ctrl-C or SIGTERM."

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> Any:
        return super().create_parser(
            prog_name, subcommand, epilog=EXAMPLE, formatter_class=RawDescriptionHelpFormatter, **kwargs
        )

    def handle(self, **options: Any) -> None:
        """Run until told to stop. Raises CommandError with 1 when a setting can't be right."""
        try:
            log_system_checks.check(has_pages=False)
        except SystemCheckError as error:
            raise CommandError(str(error)) from None
        Supervisor().run()
