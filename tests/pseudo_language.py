"""A language that there is not: each text that is marked for translation, in brackets and longer by two fifths.

What stands outside of brackets on a page is somebody's own words, or was not marked.
"""

import re
from collections.abc import Collection
from html.parser import HTMLParser

import pytest
from django.utils.translation import trans_real

OPEN, CLOSE = "⟦", "⟧"
LONGER = 0.4
_FILLING = "lorem ipsum dolor sit amet " * 40
# Attributes that people read, or hear.
_READ = ("title", "placeholder", "aria-label", "alt")
_SILENT = ("script", "style", "svg", "template", "code", "pre")
_LINES = ("p", "td", "th", "li", "h1", "h2", "h3", "label", "option", "a", "button", "dt", "dd", "span", "strong")
# References, addresses, zones, and the year and clock of a time whose day is marked.
_SAME_EVERYWHERE = re.compile(
    r"\b[A-Z]-[A-Z2-9]{5}\b|\S+@\S+|\bUTC\b|\b[A-Z]\w+(/[\w+-]+)+|[0-9a-f]{8}(-[0-9a-f]{4,12}){4}"
)


def speak(patch: pytest.MonkeyPatch) -> None:
    """Have everything said in it."""
    patch.setattr(trans_real.DjangoTranslation, "gettext", lambda _self, message: _said(message))
    patch.setattr(
        trans_real.DjangoTranslation, "ngettext", lambda _self, one, many, n: _said(one if n == 1 else many)
    )  # fmt: skip


def _said(message: str) -> str:
    words = message.rpartition(trans_real.CONTEXT_SEPARATOR)[2]
    read = re.sub(r"<[^>]*>", "", words)
    return f"{OPEN}{words}{_FILLING[: round(LONGER * len(read))].rstrip()}{CLOSE}"


def unmarked(html: str, *, own: Collection[str]) -> list[str]:
    """What people read on the page that is neither marked nor among their own words, in the order of the page."""
    reader = _Reader()
    reader.feed(html)
    left = [line.strip() for part in reader.parts for text in _outside(part) for line in text.splitlines()]
    for words in sorted(own, key=len, reverse=True):
        left = [one.replace(words, " ").strip() for one in left]
    return [one for one in left if re.search(r"[A-Za-z]{2}", _SAME_EVERYWHERE.sub(" ", one))]


def _outside(text: str) -> list[str]:
    found, depth = [""], 0
    for sign in text:
        depth += (sign == OPEN) - (sign == CLOSE)
        if depth == 0 and sign != CLOSE:
            found[-1] += sign
        elif found[-1]:
            found.append("")
    return found


class _Reader(HTMLParser):
    """All that is read: the whole text at once, since brackets may span elements; and each attribute."""

    def __init__(self) -> None:
        super().__init__()
        self.parts = [""]
        self._silent = 0
        self._code: str | None = None  # of a choice; a zone is chosen by its own name

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._silent += tag in _SILENT
        self.parts.extend(value for name, value in attrs if name in _READ and value)
        self._code = dict(attrs).get("value") if tag == "option" else None
        if tag in _LINES:
            self.parts[0] += "\n"

    def handle_endtag(self, tag: str) -> None:
        self._silent -= tag in _SILENT

    def handle_data(self, data: str) -> None:
        if not self._silent and data.strip() != self._code:
            self.parts[0] += data
