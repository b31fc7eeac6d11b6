"""What every page needs: the way around, and how htmx behaves."""

import json
from dataclasses import dataclass
from typing import Any, Final

from django.conf import settings
from django.http import HttpRequest
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from portal import help_pages, links, request_cache

HTMX: Final = json.dumps(
    {
        # The content policy forbids inline styles and eval.
        "includeIndicatorStyles": False,
        "allowEval": False,
        # Pages of one person must not stay in the storage of a shared browser.
        "historyCacheSize": 0,
        # A refusal is shown where the answer would have been.
        "responseHandling": [
            {"code": "204", "swap": False},
            {"code": "[23]..", "swap": True},
            {"code": "400|403|404|409|422|500", "swap": True, "error": True},
            {"code": "[45]..", "swap": False, "error": True},
        ],
    }
)
PAGES: Final[tuple[tuple[str, str | Promise], ...]] = (
    ("home", _("Home")),
    ("requests", _("Requests")),
    ("review", _("Review")),
    ("active", _("Active")),
)
# For those who see everything.
OVERSIGHT: Final[tuple[tuple[str, str | Promise], ...]] = (
    ("findings", _("Findings")),
    ("access-reviews", _("Access reviews")),
    ("reports", _("Reports")),
    ("audit", _("Audit")),
)


@dataclass(frozen=True)
class Link:
    url: str
    label: str | Promise
    current: bool
    count: int = 0
    counts: bool = False  # whether what waits is counted here


def page(request: HttpRequest) -> dict[str, Any]:
    screen = request.resolver_match.url_name if request.resolver_match else ""
    return {
        "demo": settings.DEMO,
        "htmx_config": HTMX,
        "nav": lambda: navigation(request),
        "help": lambda: help_pages.address(screen or ""),
    }


def navigation(request: HttpRequest) -> list[Link]:
    """The main pages, with how many requests wait for the reader."""
    shown = []
    reads_all = request.user.is_authenticated and request.user.reads_all
    for name, label in (*PAGES, *(OVERSIGHT if reads_all else ())):
        url = links.address(name)
        current = request.path == url if name == "home" else request.path.startswith(url)
        shown.append(Link(url, label, current, _waiting(request) if name == "review" else 0, name == "review"))
    return shown


def _waiting(request: HttpRequest) -> int:
    return request_cache.waiting_of(request).together if request.user.is_authenticated else 0
