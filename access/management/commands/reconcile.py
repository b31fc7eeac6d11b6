"""`manage.py reconcile`: hold Aptible's members against the grants now, and make true what is ours to make true."""

import json
from datetime import datetime
from typing import Any

from django.core.management.base import CommandParser
from django.utils import timezone
from django.utils.translation import gettext as _

from access.directory import connect
from access.evidence import compare, reconcile
from access.evidence.compare import Drift
from access.evidence.meaning import meaning
from access.management.actor import actor
from access.management.commands.sync import chosen
from access.management.example_command import ExampleCommand
from access.models import Finding, Integration
from integrations.base import ProviderError

Result = dict[str, Any]


class Command(ExampleCommand):
    help = "Hold the members of every target at Aptible against the grants. Ends what is gone, takes out what is ours."
    example = """Exits with 0 when both agree, 1 when something differs or could not be read, 2 for a wrong name.
Who was in a role before Usher first looked at it, or is accepted there, is listed and is no disagreement.

Example:
  python manage.py reconcile --dry-run
  python manage.py reconcile --integration main-aptible-integration --json
"""

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--integration", metavar="NAME", help="the name of one integration; without it: each")
        parser.add_argument("--dry-run", action="store_true", help="look and tell, and change nothing")
        parser.add_argument("--json", action="store_true", help="one JSON object for each integration, in a list")

    def handle(self, *, integration: str | None, dry_run: bool, json: bool, **_options: Any) -> None:
        results = [_look(one, dry_run=dry_run, now=timezone.now()) for one in chosen(integration)]
        self.stdout.write(_as_json(results) if json else "\n".join(map(_as_text, results)))
        if not all(result["ok"] for result in results):
            raise SystemExit(1)


def _look(integration: Integration, *, dry_run: bool, now: datetime) -> Result:
    try:
        provider = connect.provider_for(integration, now=now)
        if dry_run:
            drifts = compare.compare(integration, provider.directory(), now=now)
        else:
            drifts = reconcile.sync_and_tell(integration=integration, provider=provider, actor=actor(), now=now)
    except ProviderError as error:
        return {"integration": integration.name, "ok": False, "error": error.summary, "findings": []}
    return {"integration": integration.name, **_told(integration, drifts)}


def _told(integration: Integration, drifts: list[Drift]) -> Result:
    accepted = Finding.objects.filter(integration=integration, closed_at=None, accepted_at__isnull=False)
    quiet = set(accepted.values_list("key", flat=True))
    found = [_as_dict(one, accepted=one.key in quiet) for one in drifts]
    wrong = [one for one in found if one["kind"] != Finding.Kind.STANDING and not one["accepted"]]
    return {"ok": not wrong, "findings": found}


def _as_dict(drift: Drift, *, accepted: bool) -> Result:
    return {
        "kind": drift.kind.value,
        "target": drift.target.name if drift.target else "",
        "person": drift.person.email if drift.person else "",
        "email": drift.email,
        "account_id": drift.account_id,
        "grant": drift.grant.ref if drift.grant else "",
        "accepted": accepted,
        "text": meaning(drift),
    }


def _as_text(result: Result) -> str:
    if "error" in result:
        return _("%(integration)s could not be read. %(error)s") % result
    text = _("%(integration)s: Aptible and Usher agree.") if result["ok"] else _("%(integration)s: they differ.")
    lines = [text % result]
    lines += [f"  {one['kind']:13} {one['text']}" for one in result["findings"]]
    return "\n".join(lines)


def _as_json(results: list[Result]) -> str:
    return json.dumps(results, indent=2, ensure_ascii=False)
