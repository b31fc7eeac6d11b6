"""The page of a pack: facts as lists of names and values, which print well; as PDF, too, where one can be made."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any, Final

from django.db.models import QuerySet
from django.template.loader import render_to_string
from django.utils.translation import gettext as _

from access.core.slices import in_slices
from access.evidence.pack import files, parts
from access.models import AccessRequest
from integrations import pdf

# A PDF is put together in memory.
MOST_IN_PDF: Final = 50

Told = Mapping[str, Any]
Rows = list[tuple[str, str, bool]]  # what it is, what is so, and whether that has lines of its own


def page(requests: QuerySet[AccessRequest], *, now: datetime) -> Iterator[bytes]:
    """One request after the other, so that a year of them never stands in memory."""
    yield render_to_string("evidence/pack/head.html").encode()
    for request in in_slices(requests, "pk", size=500):
        told = parts.told(request, now=now)
        sections = [(part.title, items(told[part.name])) for part in parts.every() if told[part.name]]
        yield render_to_string("evidence/pack/request.html", {"request": request, "sections": sections}).encode()
    yield render_to_string("evidence/pack/foot.html", {"parts": parts.every()}).encode()


def both(requests: QuerySet[AccessRequest], *, now: datetime) -> Iterator[tuple[str, Iterable[bytes]]]:
    """The page, and the same as PDF or a text that says why there is none: names of files, and what is in them."""
    if requests[: MOST_IN_PDF + 1].count() > MOST_IN_PDF:
        yield "index.html", page(requests, now=now)
        yield _no_pdf(_("A PDF is made of at most %(most)d requests, and these are more.") % {"most": MOST_IN_PDF})
        return
    whole = b"".join(page(requests, now=now))
    yield "index.html", [whole]
    yield _as_pdf(whole.decode())


def _as_pdf(text: str) -> tuple[str, list[bytes]]:
    try:
        return "evidence.pdf", [pdf.of_page(text, style=render_to_string("evidence/pack/style.css"))]
    except pdf.NoPdf as reason:
        return _no_pdf(str(reason))


def _no_pdf(why: str) -> tuple[str, list[bytes]]:
    hint = _("index.html says the same, and prints well from a browser.")
    return "no-pdf.txt", [f"{why}\n{hint}\n".encode()]


def items(told: Any) -> list[Rows]:
    """A fact is one item, a list of them several. What is not there is left out."""
    several = told if isinstance(told, list) else [told]
    return [_rows(one) if isinstance(one, dict) else [("", files.pretty(one), True)] for one in several]


def _rows(facts: Told) -> Rows:
    return [
        (name.replace("_", " "), *_value(value)) for name, value in facts.items() if value not in (None, "", [], {})
    ]


def _value(value: Any) -> tuple[str, bool]:
    if isinstance(value, list) and not any(isinstance(one, dict | list) for one in value):
        return ", ".join(map(files.plain, value)), False
    if isinstance(value, dict | list):
        return files.pretty(value), True
    if isinstance(value, bool):
        return (_("yes") if value else _("no")), False
    return files.plain(value), False
