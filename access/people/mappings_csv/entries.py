"""From the bytes of a file to what it says, line by line."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.utils.translation import gettext as _

from access.people.mappings_csv import own, predecessor, read
from access.people.mappings_csv.cells import shown
from access.people.mappings_csv.layout import Entry, Layout
from access.people.mappings_csv.read import Remark, Row


@dataclass(frozen=True)
class Said:
    """What a file says, what is wrong with it, and what of it is left out."""

    entries: tuple[Entry, ...] = ()
    wrong: tuple[Remark, ...] = ()
    left_out: tuple[Remark, ...] = ()


def said(data: bytes, organizations: Mapping[str, str]) -> Said:
    """Read a file. `organizations` maps the id of an organization to the name of its integration."""
    table = read.table(data)
    if table.header is None:
        return Said(wrong=table.wrong)
    layout = _layout(table.header.cells, organizations)
    width, line = len(table.header.cells), table.header.line
    uneven = [Remark(row.line, _uneven(row, width)) for row in table.rows if len(row.cells) != width]
    even = [row for row in table.rows if len(row.cells) == width]
    return Said(
        entries=tuple(entry for row in even for entry in layout.entries(row)) if layout.entries else (),
        wrong=(*table.wrong, *_at(line, layout.wrong), *uneven),
        left_out=_at(line, layout.left_out),
    )


def _layout(titles: tuple[str, ...], organizations: Mapping[str, str]) -> Layout:
    found = predecessor.layout(titles, organizations) if predecessor.is_meant(titles) else own.layout(titles)
    counts = Counter(title.lower() for title in titles if title)
    twice = [_("The column “%(title)s” is there twice.") % {"title": shown(one)} for one in counts if counts[one] > 1]
    return Layout(None, (*found.wrong, *twice), found.left_out) if twice else found


def _uneven(row: Row, width: int) -> str:
    words = {"here": len(row.cells), "header": width}
    return _("Values in this line: %(here)d, but in the header: %(header)d.") % words


def _at(line: int, texts: Iterable[str]) -> tuple[Remark, ...]:
    return tuple(Remark(line, text) for text in texts)
