"""The pages of docs/ as the portal shows them: by who reads them, and which of them speaks of which screen."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Final

from django.conf import settings
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

# In the order in which the site of docs/ has them, too.
AUDIENCES: Final[tuple[tuple[str | Promise, tuple[str, ...]], ...]] = (
    (_("Asking"), ("asking", "break-glass", "cli")),
    (_("Deciding"), ("deciding", "fast-track", "passkeys", "slack")),
    (_("Setting up"), ("first-hour", "sign-in", "scim", "user-mappings", "prompt-fields", "flows-as-code",
                       "terraform", "moving-from-sym")),
    (_("Auditing"), ("auditing", "proof", "security")),
    (_("Operating"), ("operations", "deploy-aptible", "upgrade", "scaling", "faults", "benchmarks")),
    (_("Developing"), ("api", "events", "lifecycle")),
)  # fmt: skip
# What a screen, by the name of its address, is explained in; other screens lead to the list of all pages.
SCREENS: Final[Mapping[str, str]] = {
    "ask": "asking", "requests": "asking", "request": "asking",
    "active": "asking", "grant-extend": "asking", "grant-end": "asking",
    "break-glass": "break-glass", "after-reviews": "break-glass",
    "review": "deciding", "approve": "deciding", "deny": "deciding", "decide-together": "deciding",
    "away": "deciding", "passkeys": "passkeys", "touch": "passkeys", "tokens": "cli",
    "audit": "auditing", "findings": "auditing", "access-reviews": "auditing", "access-review-start": "auditing",
    "access-review": "auditing", "person": "auditing", "target": "auditing",
    "setup": "first-hour", "setup-connect": "first-hour", "setup-roles": "first-hour", "setup-people": "first-hour",
}  # fmt: skip
_PAGE: Final = re.compile(r"([a-z][a-z-]*)\.md(#.*)?")
_FOLDER: Final = settings.BASE_DIR / "portal" / "docs" if settings.IS_PACKAGE else settings.BASE_DIR / "docs"


@dataclass(frozen=True)
class Page:
    name: str
    title: str
    html: SafeString

    @property
    def url(self) -> str:
        return reverse("help-page", args=[self.name])


def address(screen: str) -> str:
    """Where the screen with this name of an address is explained."""
    return reverse("help-page", args=[SCREENS[screen]]) if screen in SCREENS else reverse("help")


@cache
def contents() -> list[tuple[str | Promise, list[Page]]]:
    """List all pages by who reads them. Read once in each process: they come with the code."""
    return [(audience, [_read(name) for name in names]) for audience, names in AUDIENCES]


def find(name: str) -> Page | None:
    """Find one page; None where there is none that the portal shows."""
    return next((page for _audience, pages in contents() for page in pages if page.name == name), None)


def _read(name: str) -> Page:
    from portal import help_markdown  # for the few who look for help, a library that no other page needs

    text = (_FOLDER / f"{name}.md").read_text(encoding="utf-8")
    first, _end, rest = text.partition("\n")
    return Page(name, first.removeprefix("# ").strip(), help_markdown.html(rest, lead=_lead))


def _lead(target: str) -> str:
    """Where a link of docs/ leads in the portal; empty where it does not show that."""
    if target.startswith(("https://", "http://", "#")):
        return target
    page = _PAGE.fullmatch(target)
    if page is None or not any(page[1] in names for _audience, names in AUDIENCES):
        return ""
    return reverse("help-page", args=[page[1]]) + (page[2] or "")
