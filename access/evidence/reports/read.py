"""The figures of some months, as the page and the letters show them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property

from django.db.models import FilteredRelation, Q, QuerySet

from access.evidence.reports import months, rows, tally
from access.evidence.reports.narrowing import Narrowing
from access.evidence.reports.tally import Tally
from access.models import ReportMonth


@dataclass(frozen=True)
class Report:
    """`as_of` is when the newest month was reckoned; None while there is one that was not yet."""

    months: Sequence[tuple[date, Tally]]
    as_of: datetime | None

    @cached_property
    def total(self) -> Tally:
        return tally.total(one for _month, one in self.months)


@dataclass(frozen=True)
class Version:
    """Which months there are, and when each was reckoned: as long as that is the same, so are their figures."""

    months: Sequence[tuple[date, datetime | None]]

    @property
    def as_of(self) -> datetime | None:
        """When the newest month was reckoned; None while there is one that was not yet."""
        return self.months[-1][1] if self.months and all(at for _month, at in self.months) else None


def version(first: date, last: date, *, now: datetime) -> Version:
    """One query."""
    return Version(list(_known(first, last, now=now).values_list("month", "reckoned_at")))


def report(narrowing: Narrowing, first: date, last: date, *, now: datetime) -> Report:
    """The months from the first to the last in which there was Usher. A fixed number of queries, however much there is.

    Of a person at one target, or in one flow, nothing is kept: the few rows are counted as they are now.
    """
    known = _known(first, last, now=now)
    if narrowing.is_kept:
        return _kept(narrowing.about, known)
    over = list(known.values_list("month", flat=True))
    if not over:
        return Report([], None)
    found = rows.every(over[0], over[-1], narrowing, now=now, ways=lambda _row: ("",))
    return Report([(month, found[month, ""]) for month in over], now)


def _known(first: date, last: date, *, now: datetime) -> QuerySet[ReportMonth]:
    return ReportMonth.objects.filter(month__range=(first, min(last, months.of(now)))).order_by("month")


def _kept(about: str, known: QuerySet[ReportMonth]) -> Report:
    own = known.annotate(own=FilteredRelation("figures", condition=Q(figures__about=about)))
    found = list(own.values_list("month", "reckoned_at", "own__figures"))
    as_of = Version([(month, at) for month, at, _figures in found]).as_of
    return Report([(month, tally.read(figures) if figures else Tally()) for month, _at, figures in found], as_of)
