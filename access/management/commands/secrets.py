"""`manage.py secrets reseal`: let go of an old encryption key."""

from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.utils import timezone
from django.utils.translation import ngettext

from access.directory import reseal
from access.management.actor import actor
from access.management.example_command import ExampleCommand
from integrations.secrets import SecretUnavailable


class Command(ExampleCommand):
    help = "Seal every stored secret, and those of the webhooks, anew with the first of ENCRYPTION_KEYS."
    example = """\
Put the new key first into ENCRYPTION_KEYS, keep the old one behind it, restart everything, run this, drop the old key.
Exits with 0 when all of it is sealed anew, 1 when something can't be opened and nothing was changed.

Example:
  python manage.py secrets reseal
"""

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("way", choices=["reseal"], help="what to do")

    def handle(self, **_options: Any) -> None:
        try:
            count = reseal.reseal(actor=actor(), now=timezone.now())
        except SecretUnavailable as error:
            raise CommandError(f"{error.summary} Nothing was changed.") from None
        text = ngettext("%(count)d secret was sealed anew.", "%(count)d secrets were sealed anew.", count)
        self.stdout.write(text % {"count": count})
