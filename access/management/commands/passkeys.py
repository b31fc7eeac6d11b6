"""`manage.py passkeys`: list people's passkeys, and remove one that is lost."""

import json
from argparse import RawDescriptionHelpFormatter
from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.utils import timezone

from access.management.actor import actor
from access.management.example_command import ExampleCommand
from access.models import Passkey
from access.people import passkeys


class Command(ExampleCommand):
    help = "List people's passkeys, and remove one that is lost."
    example = """\
For whoever lost all of their passkeys where no other admin can remove them. It is told to the person and the admins.

Exits with 0 when it is done, 2 when there is no such passkey or the usage is wrong.

Example:
  python manage.py passkeys list --json
  python manage.py passkeys remove 7
"""

    def add_arguments(self, parser: CommandParser) -> None:
        ways = parser.add_subparsers(dest="way", required=True, metavar="list | remove")
        shared: dict[str, Any] = {"epilog": self.example, "formatter_class": RawDescriptionHelpFormatter}
        listing = ways.add_parser("list", help="show each passkey, with its number", **shared)
        listing.add_argument("--json", action="store_true", help="a list of JSON objects")
        removing = ways.add_parser("remove", help="let it sign nothing any more", **shared)
        removing.add_argument("number", type=int, help="its number, as the list shows it")

    def handle(self, *, way: str, **options: Any) -> None:
        if way == "remove":
            self._remove(options["number"])
            return
        told = [_told(one) for one in Passkey.objects.select_related("person").order_by("person__email", "pk")]
        if options["json"]:
            self.stdout.write(json.dumps(told, indent=2))
            return
        for one in told:
            self.stdout.write("{number}  {person}  “{name}”  registered {registered_at}".format_map(one))

    def _remove(self, number: int) -> None:
        found = Passkey.objects.select_related("person").filter(pk=number).first()
        if found is None:
            raise CommandError(f"There is no passkey {number}.", returncode=2)
        passkeys.remove_as_operator(passkey=found, actor=actor(), now=timezone.now())
        self.stdout.write(f"The passkey “{found}” of {found.person.email} signs nothing any more.")


def _told(one: Passkey) -> dict[str, Any]:
    return {
        "number": one.pk,
        "person": one.person.email,
        "name": one.name,
        "registered_at": one.registered_at.isoformat(timespec="seconds"),
        "counts": one.counts(timezone.now()),
    }
