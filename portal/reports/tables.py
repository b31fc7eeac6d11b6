"""A table of a report: for people with words, for files with plain values."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cache, lru_cache
from typing import Any

from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from access.core import durations
from portal.charts import Chart

Words = str | Promise


@dataclass(frozen=True)
class Seconds:
    """A length of time; None where nothing took any."""

    value: float | None

    def __str__(self) -> str:
        return self.said(get_language())

    def said(self, language: str | None) -> str:
        return "–" if self.value is None else _precise(self.value, language)


@dataclass(frozen=True)
class Link:
    """What a row is about: a click narrows the report to it. `page` is its own page, where it has one.

    `exact` is what it alone is called, which only the file tells.
    """

    name: str
    exact: str
    narrows: str = ""
    page: str = ""
    page_says: Words = ""

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True)
class Table:
    """`name` is that of its file. The first cell of a row says what the row is about."""

    name: str
    columns: Sequence[Words]
    rows: Sequence[Sequence[Any]]
    # For each row how long its bar is; none of them where there are no bars.
    bars: Sequence[int] = ()
    # How many there are beside these, in the file alone.
    more: int = 0

    def file(self) -> tuple[list[str], list[list[Any]]]:
        """The header and the rows of a file."""
        header = [str(one) for one in self.columns]
        if any(isinstance(row[0], Link) for row in self.rows):
            header.insert(1, _("E-mail or name"))
        return header, [[value for cell in row for value in _plain(cell)] for row in self.rows]


@dataclass(frozen=True)
class Section:
    name: str
    title: Words
    says: Words
    tables: Sequence[Table]
    chart: Chart | None = None
    hint: Words = field(default="")


def said(value: Any, language: str | None) -> str:
    """As people read it who read this language, the one that is active."""
    if isinstance(value, Seconds):
        return value.said(language)
    if isinstance(value, date):
        return f"{month_name(value.month, language)} {value.year}"
    return f"{value:,}" if isinstance(value, int) else str(value)


@cache
def month_name(number: int, _language: str | None) -> str:
    """What a month of any year is called in short."""
    return date_format(date(2000, number, 1), "M")


@lru_cache(maxsize=1000)
def _precise(seconds: float, language: str | None) -> str:
    return durations.precise(seconds, _words(language))


@cache
def _words(_language: str | None) -> durations.Say:
    """Looks each of the few words up once: there are hundreds of lengths."""
    return cache(_)


def _plain(value: Any) -> list[Any]:
    if isinstance(value, date):
        return [f"{value:%Y-%m}"]
    if isinstance(value, Seconds):
        return ["" if value.value is None else value.value]
    if isinstance(value, Link):
        return [value.name, value.exact]
    return [value if isinstance(value, int | float) else str(value)]
