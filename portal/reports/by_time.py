"""How long it took: to decide, to begin, and by how much an end was late."""

from collections.abc import Sequence
from typing import Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from access.core import durations
from access.evidence.reports.read import Report
from access.evidence.reports.tally import BOUNDS, Times
from portal import charts
from portal.reports.tables import Seconds, Section, Table, Words

# What took it, as tallies name it; its title; what it was.
SECTIONS: Final[Sequence[tuple[str, Words, Words]]] = (
    ("decide", gettext_lazy("Time to decide"), gettext_lazy("From asking to the last approval, or to the denial.")),
    ("begin", gettext_lazy("Time to access"), gettext_lazy("From the approval, or a later start, until it is there.")),
    ("end", gettext_lazy("Lateness of removal"), gettext_lazy("From its due time until Aptible no longer listed it.")),
)  # fmt: skip


def section(name: str, title: Words, hint: Words, report: Report) -> Section:
    took = report.total.took(name)
    rows = [[month, *_row(tally.took(name))] for month, tally in report.months]
    by_month = Table(
        name, [_("Month"), _("How many"), _("p50"), _("p99"), _("Longest")], [*rows, [_("All"), *_row(took)]]
    )
    labels = bins()
    histogram = Table(
        f"{name}-histogram", [_("It took"), _("How many")], list(zip(labels, took.histogram, strict=True))
    )
    chart = charts.columns(labels, [[count] for count in took.histogram], ["accent"])
    return Section(name, title, _says(took), [by_month, histogram], chart, hint)


def bins() -> list[str]:
    """What each bar of a histogram is of."""
    return [*(_("≤ %s") % durations.shown(bound) for bound in BOUNDS), _("> %s") % durations.shown(BOUNDS[-1])]


def _row(took: Times) -> list[object]:
    count = took.counts.total()
    return [count, *(Seconds(took.percentile(one)) for one in (50, 99)), Seconds(took.longest if count else None)]


def _says(took: Times) -> str:
    if not took.counts:
        return _("There is nothing of it yet.")
    half, most = (str(Seconds(took.percentile(one))) for one in (50, 99))
    words = {"half": half, "most": most, "longest": str(Seconds(took.longest))}
    return _("Half of them within %(half)s, 99 of 100 within %(most)s; the longest took %(longest)s.") % words
