"""From bytes to rows of text. Every line that can't be read is named."""

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

from django.utils.translation import gettext as _

from access.people.mappings_csv.cells import unguarded

_LINE: Final = re.compile(rb"[^\r\n]*(?:\r\n|\r|\n|\Z)")
_UTF8_MARK: Final = b"\xef\xbb\xbf"
# Spreadsheets write it above the header, to say what stands between the values.
_SEPARATOR_LINE: Final = re.compile(r"\s*\"?sep=(.)\"?\s*")
# Characters that nobody sees, and that come along when a value is copied.
_UNSEEN: Final = re.compile("[\ufeff\u200b-\u200d\u2060]")
_UTF16_MARKS: Final = (b"\xff\xfe", b"\xfe\xff")
_ZIP_MARK: Final = b"PK\x03\x04"
# The predecessor's editor quotes with this.
_BACKTICK: Final = re.compile(r"(?:^|,)`", re.MULTILINE)
_DOUBLE_QUOTE: Final = re.compile(r'(?:^|,)"', re.MULTILINE)


@dataclass(frozen=True, order=True)
class Remark:
    """What is to be said of a line of the file, as one sentence."""

    line: int
    text: str


@dataclass(frozen=True)
class Row:
    line: int  # where it begins
    cells: tuple[str, ...]


@dataclass(frozen=True)
class Table:
    """The rows that could be read; no header, when that could not."""

    header: Row | None = None
    rows: tuple[Row, ...] = ()
    wrong: tuple[Remark, ...] = ()


def table(data: bytes) -> Table:
    """Read all rows that can be read, and say what is wrong with the others. Empty lines are skipped."""
    if sentence := _no_text(data):
        return Table(wrong=(Remark(1, sentence),))
    lines, wrong = _lines(data.removeprefix(_UTF8_MARK))
    if lines and (said := _SEPARATOR_LINE.fullmatch(lines[0])):
        if said[1] != ",":
            return Table(wrong=(Remark(1, _("Put commas between the values; this file says that it has others.")),))
        lines[0] = "\n"
    unreadable = {remark.line for remark in wrong}
    records = [one for one in _records(lines) if isinstance(one, Remark) or any(one.cells)]
    if not records:
        return Table(wrong=(Remark(1, _("The file is empty.")),))
    wrong += [one for one in records if isinstance(one, Remark) and one.line not in unreadable]
    unreadable |= {remark.line for remark in wrong}
    records = _without_empty_end(records)
    good = [one for one in records if isinstance(one, Row) and one.line not in unreadable]
    has_header = bool(good) and good[0] is records[0]
    return Table(good[0] if has_header else None, tuple(good[1:] if has_header else good), tuple(wrong))


def _without_empty_end(records: list[Row | Remark]) -> list[Row | Remark]:
    """Leave out the columns at the end in which nothing stands, the header neither."""
    filled = [at for one in records if isinstance(one, Row) for at, cell in enumerate(one.cells, start=1) if cell]
    end = max(filled, default=0)
    return [replace(one, cells=one.cells[:end]) if isinstance(one, Row) else one for one in records]


def _no_text(data: bytes) -> str:
    if data.startswith(_UTF16_MARKS):
        return _("The file is UTF-16. Save it as CSV in UTF-8.")
    return _("The file is a spreadsheet. Save it as CSV in UTF-8.") if data.startswith(_ZIP_MARK) else ""


def _lines(data: bytes) -> tuple[list[str], list[Remark]]:
    """Split where a CSV reader does, so that the numbers of lines are those of an editor."""
    lines, wrong = [], []
    for number, raw in enumerate(filter(None, _LINE.findall(data)), start=1):
        try:
            lines.append(raw.decode())
        except UnicodeDecodeError:
            lines.append(raw.decode(errors="replace"))
            wrong.append(Remark(number, _("This line is not UTF-8. Save the file as CSV in UTF-8.")))
            continue
        if "\0" in lines[-1]:
            wrong.append(Remark(number, _("This line has characters that are no text. Save the file as CSV in UTF-8.")))
    return lines, wrong


def _records(lines: list[str]) -> Iterator[Row | Remark]:
    """Read row by row. Where the quotation marks are broken, go on with the line after the row's first one."""
    quote = _quote("".join(lines))
    at = 0
    while at < len(lines):
        rest = (lines[number] for number in range(at, len(lines)))
        reader = csv.reader(rest, quotechar=quote, strict=True)
        start = at
        try:
            for cells in reader:
                yield Row(start + 1, tuple(_UNSEEN.sub("", unguarded(cell)).strip() for cell in cells))
                start = at + reader.line_num
            return
        except csv.Error as error:
            yield Remark(start + 1, _why(error))
            at = start + 1


def _quote(text: str) -> str:
    return "`" if _BACKTICK.search(text) and not _DOUBLE_QUOTE.search(text) else '"'


def _why(error: csv.Error) -> str:
    if "field limit" in str(error):
        return _("A value on this line is too long, or a quotation mark before it is never closed.")
    return _("The quotation marks on this line are broken: each that is opened must be closed before the next comma.")
