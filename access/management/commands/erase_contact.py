"""`manage.py erase_contact`: take how somebody who has left could be reached out of every table but the log."""

from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.utils import timezone

from access.core.errors import Refusal
from access.management.actor import actor
from access.management.example_command import ExampleCommand
from access.models import User
from access.people import contact


class Command(ExampleCommand):
    help = "Erase the contact data of somebody who has left: address, Slack accounts, user mappings. The name stays."
    example = """\
The person has to be switched off, and to hold nothing any more. The log is not changed, so it verifies as before; how
many of its events keep the address that they acted under is said. It is told to the admins, and can't be undone.

Exits with 0 when it is done, 1 when it was refused, 2 when there is no such person or the usage is wrong.

Example:
  python manage.py erase_contact jon@example.com
"""

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email", help="the e-mail of the person")

    def handle(self, *, email: str, **_options: Any) -> None:
        person = User.objects.filter(email__iexact=email.strip()).first()
        if person is None:
            raise CommandError(f"There is nobody with the e-mail {email}.", returncode=2)
        try:
            done = contact.erase(person, by=actor(), now=timezone.now())
        except Refusal as refusal:
            raise CommandError(str(refusal), returncode=1) from None
        self.stdout.write(done.told(f"person {person.pk}"))
