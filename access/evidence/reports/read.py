"""The figures of some months, as the page and the letters show them."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from typing import NamedTuple

from django.db.models import QuerySet, TextField
from django.db.models.functions import Cast
from pydantic_core import from_json

from access.core.prepared import prepared
from access.evidence.reports import months, rows, tally
from access.evidence.reports.narrowing import PACKED, Narrowing
from access.evidence.reports.tally import Kept, Tally
from access.models import ReportFigures, ReportMonth


@dataclass(frozen=True)
class Report:
    """`as_of` is when the newest month was reckoned; None while there is one that was not yet."""

    months: Sequence[tuple[date, Kept]]
    as_of: datetime | None

    @cached_property
    def total(self) -> Tally:
        return tally.total(one for _month, one in self.months)


class Known(NamedTuple):
    """A month, when it was reckoned last, and when its figures last became others."""

    pk: int
    month: date
    reckoned_at: datetime | None
    changed_at: datetime | None


@dataclass(frozen=True)
class Version:
    """Which months there are, in their order, and as of when each is known."""

    months: Sequence[Known]

    @property
    def as_of(self) -> datetime | None:
        """When the newest month was reckoned; None while there is one that was not yet."""
        return self.months[-1].reckoned_at if self.months and all(one.reckoned_at for one in self.months) else None

    @property
    def state(self) -> Sequence[tuple[int, datetime | None]]:
        """As long as this is the same, so are the figures, however often they were reckoned."""
        return [(one.pk, one.changed_at or one.reckoned_at) for one in self.months]


def version(first: date, last: date, *, now: datetime) -> Version:
    """The months from the first to the last in which there was Usher. One query."""
    last = min(last, months.of(now))
    return Version([one for one in map(Known._make, _known()) if first <= one.month <= last])


def report(narrowing: Narrowing, version: Version, *, now: datetime) -> Report:
    """The figures of these months. A fixed number of queries, however much there is.

    Of a person at one target, or in one flow, nothing is kept: the few rows are counted as they are now.
    """
    if not version.months:
        return Report([], None)
    if narrowing.is_kept:
        return Report(_kept(narrowing.about, version), version.as_of)
    over = [one.month for one in version.months]
    found = rows.every(over[0], over[-1], narrowing, now=now, ways=lambda _row: ("",))
    return Report([(month, Kept(tally.kept(found[month, ""]))) for month in over], now)


@prepared
def _known() -> QuerySet[ReportMonth, tuple[int, date, datetime | None, datetime | None]]:
    """All there are: a row for each month of the years that are kept."""
    return ReportMonth.objects.order_by("month").values_list("pk", "month", "reckoned_at", "changed_at")


def _kept(about: str, version: Version) -> list[tuple[date, Kept]]:
    """One query, or two where not all is packed. Months of which there is nothing are there, too.

    All are one text, in which a key is read once, and which takes the standard library twice as long.
    """
    over = {one.pk for one in version.months}
    found = _figures(about or PACKED, over)
    if not about and (rest := over.difference([month for month, _text in found])):
        found += _figures("", rest)
    texts = from_json(f"[{','.join([text for _month, text in found])}]", cache_strings="keys")
    figures = {month: Kept(one) for (month, _text), one in zip(found, texts, strict=True)}
    return [(one.month, figures.get(one.pk) or Kept()) for one in version.months]


@prepared
def _figures(about: str, over: Collection[int]) -> QuerySet[ReportFigures, tuple[int, str]]:
    return ReportFigures.objects.filter(about=about, month__in=over).values_list("month", Cast("figures", TextField()))
