"""The page of a pack: facts as lists of names and values, which print well; as PDF, too, where one can be made."""

import tempfile
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final, Self

from django.template.loader import render_to_string
from django.utils.translation import gettext as _

from access.evidence.pack import files, parts
from access.models import AccessRequest
from integrations import pdf

# A PDF is put together in memory.
MOST_IN_PDF: Final = 50
IN_MEMORY: Final = 4 * 1024 * 1024  # bytes
CHUNK: Final = 64 * 1024

Told = Mapping[str, Any]
Rows = list[tuple[str, str, bool]]  # what it is, what is so, and whether that has lines of its own


class Page:
    """The page, written while requests are read once; beyond some megabytes on the disk, so a year of them fits."""

    def __init__(self) -> None:
        self._file = tempfile.SpooledTemporaryFile(IN_MEMORY)  # noqa: SIM115  closed by __exit__
        self._count = 0

    def __enter__(self) -> Self:
        self._write("evidence/pack/head.html")
        return self

    def __exit__(self, *_why: object) -> None:
        self._file.close()

    def add(self, request: AccessRequest, told: Told) -> None:
        sections = [(part.title, items(told[part.name])) for part in parts.every() if told[part.name]]
        self._write("evidence/pack/request.html", request=request, sections=sections)
        self._count += 1

    def files(self) -> Iterator[tuple[str, Iterable[bytes]]]:
        """The page, and the same as PDF or a text that says why there is none: names of files, and what is in them."""
        self._write("evidence/pack/foot.html", parts=parts.every())
        yield "index.html", self._read()
        if self._count > MOST_IN_PDF:
            yield _no_pdf(_("A PDF is made of at most %(most)d requests, and these are more.") % {"most": MOST_IN_PDF})
        else:
            yield _as_pdf(b"".join(self._read()).decode())

    def _write(self, template: str, **context: Any) -> None:
        self._file.write(render_to_string(template, context).encode())

    def _read(self) -> Iterator[bytes]:
        self._file.seek(0)
        while part := self._file.read(CHUNK):
            yield part


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
