"""`manage.py sync`: read roles, people, members, environments and permissions now, not at the next turn."""

import json
from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from access.directory import connect
from access.evidence import reconcile
from access.management.actor import actor
from access.management.example_command import ExampleCommand
from access.models import Integration, User, UserMapping
from integrations.base import Directory, ProviderError


class Command(ExampleCommand):
    help = "Read an integration's organization now, and match people by their e-mail. Without a name: each of them."
    example = """Exits with 0 when every one could be read, 1 when one could not, 2 when the name is of none.

Example:
  python manage.py sync
  python manage.py sync main-aptible-integration --json
"""

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("integration", nargs="?", help="the name of one integration")
        parser.add_argument("--json", action="store_true", help="one JSON object for each integration, in a list")

    def handle(self, *, integration: str | None, json: bool, **_options: Any) -> None:
        results = [_sync(one) for one in chosen(integration)]
        self.stdout.write(_as_json(results) if json else "\n".join(map(_as_text, results)))
        if not all(result["ok"] for result in results):
            raise SystemExit(1)


def _synced() -> QuerySet[Integration]:
    """The integrations that have a directory to read as a whole."""
    return Integration.objects.filter(type=Integration.Type.APTIBLE)


def chosen(name: str | None) -> list[Integration]:
    """Those of this name, or each. Raises CommandError: exit 1 when there is none at all, 2 for a wrong name."""
    if name is None:
        every = list(_synced().order_by("name"))
        if not every:
            raise CommandError(_("There is no integration yet. Add one in the admin."), returncode=1)
        return every
    found = list(_synced().filter(name=name))
    if not found:
        known = ", ".join(_synced().order_by("name").values_list("name", flat=True)) or _("none")
        text = _("There is no integration “%(name)s”. There are: %(known)s.")
        raise CommandError(text % {"name": name, "known": known}, returncode=2)
    return found


def _sync(integration: Integration) -> dict[str, Any]:
    now = timezone.now()
    try:
        provider = connect.provider_for(integration, now=now, anew=True)
        directory = reconcile.sync(integration=integration, provider=provider, actor=actor(), now=now)
    except ProviderError as error:
        return {"integration": integration.name, "ok": False, "error": error.summary}
    return {"integration": integration.name, "ok": True, **_counts(integration, directory)}


def _counts(integration: Integration, directory: Directory) -> dict[str, int]:
    mapped = UserMapping.objects.filter(integration=integration, user__is_active=True).exclude(account_id="").count()
    return {
        "roles": len(directory.roles),
        "people": len(directory.people),
        "environments": len(directory.environments),
        "permissions": len(directory.permissions),
        "mapped": mapped,
        "unmapped": User.objects.filter(is_active=True).count() - mapped,
    }


def _as_text(result: dict[str, Any]) -> str:
    if not result["ok"]:
        return _("%(integration)s could not be read. %(error)s") % result
    text = _(
        "%(integration)s has roles: %(roles)d, people: %(people)d, environments: %(environments)d and permissions:"
        " %(permissions)d. People here who have an account there: %(mapped)d, who have none: %(unmapped)d."
    )
    return text % result


def _as_json(results: list[dict[str, Any]]) -> str:
    return json.dumps(results, indent=2, ensure_ascii=False)
