"""`manage.py evidence`: what proves some requests, as one zip."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from access.evidence.pack import pack
from access.management.example_command import ExampleCommand
from access.models import AccessRequest


class Command(ExampleCommand):
    help = "Write the evidence of requests into one zip: JSON, CSV, a page to print, and events with their proof."
    example = """\
Name requests by their references, or say which with --person, --target, --from and --to; all that is said has to fit.
Days are of UTC. The same data give the same bytes.

Exits with 0 when the file is written, 1 when there is no such request, 2 when the usage is wrong.

Example:
  python manage.py evidence R-7K3QF
  python manage.py evidence --from 2026-01-01 --to 2027-01-01 --out year.zip
  python manage.py evidence --person jon@example.com --target prod
"""

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("request", nargs="*", help="references such as R-7K3QF")
        parser.add_argument("--person", default="", help="the e-mail of whoever asked")
        parser.add_argument("--target", default="", help="the name of a target")
        parser.add_argument("--from", dest="since", help="asked at this time or later, such as 2026-01-01")
        parser.add_argument("--to", dest="until", help="asked before this time")
        parser.add_argument("--out", default="", help="the file to write; evidence.zip without it")

    def handle(self, **options: Any) -> None:
        found = _named(options["request"]) if options["request"] else _narrowed(options)
        if not found.exists():
            raise CommandError(_("There is no such request."), returncode=1)
        refs = options["request"]
        file = Path(options["out"] or (f"{refs[0].upper()}-evidence.zip" if len(refs) == 1 else "evidence.zip"))
        try:
            with file.open("wb") as out:
                out.writelines(pack.stream(found, now=timezone.now()))
        except OSError as error:
            raise CommandError(_("It can't be written: %(why)s.") % {"why": error.strerror}, returncode=2) from None
        count = found.count()
        text = ngettext("%(count)d request is in %(file)s.", "%(count)d requests are in %(file)s.", count)
        self.stdout.write(text % {"count": count, "file": file})


def _named(refs: list[str]) -> QuerySet[AccessRequest]:
    wanted = [one.upper() for one in refs]
    found = pack.of().filter(ref__in=wanted)
    missing = sorted(set(wanted) - set(found.values_list("ref", flat=True)))
    if missing:
        text = _("There is no request %(refs)s.") % {"refs": ", ".join(missing)}
        raise CommandError(text, returncode=1)
    return found


def _narrowed(options: dict[str, Any]) -> QuerySet[AccessRequest]:
    if not any(options[name] for name in ("person", "target", "since", "until")):
        raise CommandError(_("Name a request, or say which with --person, --target, --from or --to."), returncode=2)
    times = {name: _moment(options[name]) for name in ("since", "until")}
    return pack.of(person=options["person"], target=options["target"], **times)


def _moment(text: str | None) -> datetime | None:
    if not text:
        return None
    try:
        found = parse_datetime(text) or datetime.fromisoformat(text)
    except ValueError:
        raise CommandError(_("%(text)s is no time: write 2026-01-31.") % {"text": text}, returncode=2) from None
    return found if found.tzinfo else found.replace(tzinfo=UTC)
