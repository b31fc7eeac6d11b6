"""The way around the admin. The theme drops what somebody may not see."""

from collections.abc import Callable
from typing import Any, Final

from django.http import HttpRequest
from django.urls import reverse_lazy
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

# Group, and in it: model, title, icon, what it is for.
_GROUPS: Final[tuple[tuple[Promise, tuple[tuple[str, Promise, str, Promise], ...]], ...]] = (
    (
        _("Set-up"),
        (
            ("secret", _("Secrets"), "key", _("Where the credentials come from.")),
            ("integration", _("Integrations"), "cable", _("The organizations at Aptible: test, sync.")),
            ("target", _("Targets"), "target", _("The roles that can be held for a while.")),
            ("strategy", _("Strategies"), "route", _("Which targets an integration gives.")),
            ("flow", _("Flows"), "assignment", _("What people fill in, who decides, how long.")),
            ("schedule", _("Schedules"), "calendar_month", _("Who is on call, for fast track.")),
            ("webhook", _("Webhooks"), "webhook", _("Where events are sent to, signed.")),
            ("workinghours", _("Working hours"), "schedule", _("When a team works, for fast track.")),
        ),
    ),
    (
        _("People"),
        (
            ("user", _("People"), "person", _("Who may sign in, and who may open the admin.")),
            ("group", _("Groups"), "groups", _("Who decides together.")),
            ("delegation", _("Delegations"), "swap_horiz", _("Who decides for somebody who is away.")),
            ("proposal", _("Proposals"), "rule", _("Changes of the set-up that wait for another admin.")),
            ("usermapping", _("User mappings"), "link", _("Which account a person has at Aptible.")),
        ),
    ),
    (
        _("Records"),
        (
            ("accessrequest", _("Requests"), "inbox", _("Who asked for what, and why.")),
            ("decision", _("Decisions"), "gavel", _("Who said yes or no.")),
            ("afterreview", _("Reviews afterwards"), "fact_check", _("Break-glass, and who looked at it.")),
            ("grant", _("Grants"), "lock_clock", _("What was held, and what proves it.")),
            ("auditevent", _("Audit events"), "history", _("Everything that happened, in order.")),
            ("notification", _("Messages"), "mail", _("Who was told of what, and what could not be sent.")),
            ("worker", _("Workers"), "memory", _("The processes that do the work.")),
        ),
    ),
)


def navigation(request: HttpRequest) -> list[dict[str, Any]]:
    """Build the groups of links as the theme reads them."""
    portal = {"title": _("Back to the portal"), "icon": "arrow_back", "link": reverse_lazy("home"), "active": False}
    trial = {
        "title": _("Test sign-in"), "icon": "login", "link": reverse_lazy("setup-sign-in"), "active": False,
        "permission": lambda request: request.user.is_admin,
    }  # fmt: skip
    letters = {
        "title": _("Letters"), "icon": "drafts", "link": reverse_lazy("admin:letters"),
        "permission": lambda request: request.user.is_admin,
    }  # fmt: skip
    groups = [{"title": title, "items": [_item(*one) for one in models]} for title, models in _GROUPS]
    return [{"items": [portal, trial, letters]}, *groups]


def _item(model: str, title: Promise, icon: str, text: Promise) -> dict[str, Any]:
    address = reverse_lazy(f"admin:access_{model}_changelist")
    return {"title": title, "icon": icon, "link": address, "text": text, "permission": _may_view(model)}


def _may_view(model: str) -> Callable[[HttpRequest], bool]:
    def may(request: HttpRequest) -> bool:
        user = request.user
        return user.has_perm(f"access.view_{model}") or user.has_perm(f"access.change_{model}")

    return may
