"""`manage.py explain`: all that is known of one request and its access, for the person on call."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.core.serializers.json import DjangoJSONEncoder
from django.utils import timezone
from django.utils.translation import gettext as _

from access.management.example_command import ExampleCommand
from access.requests import explain


class Command(ExampleCommand):
    help = "Tell all that is known of one request and its access, and what happens next."
    example = """Takes the reference of a request or of a grant. Exits with 2 when there is none of that name.

Example:
  python manage.py explain R-7K3QF
  python manage.py explain G-2MWXD --json
"""

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("request", help="a reference, such as R-7K3QF")
        parser.add_argument("--json", action="store_true", help="the same as one JSON object")

    def handle(self, *, request: str, json: bool, **_options: Any) -> None:
        found = explain.find(request)
        if found is None:
            raise CommandError(_("There is no request or grant %(ref)s.") % {"ref": request}, returncode=2)
        facts = explain.explain(found, now=timezone.now())
        self.stdout.write(_as_json(facts) if json else "\n".join(_as_text(facts)))


def _as_json(facts: explain.Facts) -> str:
    return json.dumps(facts, cls=DjangoJSONEncoder, indent=2, ensure_ascii=False)


def _as_text(facts: explain.Facts) -> Iterator[str]:
    """Write a part for each kind of fact, empty values left out, and the story at the end."""
    request, grant = facts["request"], facts["grant"]
    state = f"{request['state']}, {grant['ref']} {grant['state']}" if grant else request["state"]
    if facts["trouble"]:
        yield _("Trouble: %(text)s") % {"text": facts["trouble"]}
    yield f"{request['ref']} ({state})"
    yield facts["next"]
    for part in ("request", "decisions", "grant", "target", "integration", "workers"):
        rows = facts[part] if isinstance(facts[part], list) else [facts[part]]
        for row in filter(None, rows):
            yield ""
            yield part.upper().removesuffix("S")
            yield from (f"  {name:16} {_value(value)}" for name, value in row.items() if _is_told(name, value))
    yield ""
    yield "EVENTS"
    yield from (f"  {event['seq'] or '–':>6}  {_value(event['at'])}  {event['text']}" for event in facts["events"])


def _is_told(name: str, value: Any) -> bool:
    """A signature is for programs: it is in the JSON, and in the evidence pack."""
    return name != "signature" and value not in (None, "", [])


def _value(value: Any) -> str:
    if isinstance(value, datetime):
        return f"{value.astimezone(UTC):%Y-%m-%d %H:%M:%S.%f}"[:-3] + " UTC"
    return json.dumps(value, ensure_ascii=False) if isinstance(value, dict | list) else str(value)
