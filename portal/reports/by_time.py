"""How long it took: to decide, to begin, and by how much an end was late."""

from collections.abc import Sequence
from functools import cache
from typing import Final

from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from access.core import durations
from access.evidence.reports.read import Report
from access.evidence.reports.tally import BOUNDS, Told
from portal import charts
from portal.reports import by_month
from portal.reports.tables import Seconds, Section, Table, Words

# What took it, as tallies name it; its title; what it was.
SECTIONS: Final[Sequence[tuple[str, Words, Words]]] = (
    ("decide", gettext_lazy("Time to decide"), gettext_lazy("From asking to the last approval, or to the denial.")),
    ("begin", gettext_lazy("Time to access"), gettext_lazy("From the approval, or a later start, until it is there.")),
    ("end", gettext_lazy("Lateness of removal"), gettext_lazy("From its due time until Aptible no longer listed it.")),
)  # fmt: skip


def section(name: str, title: Words, hint: Words, report: Report, most: int | None = None) -> Section:
    took = report.total.took(name)
    told = took.told
    shown, more = by_month.newest(report.months, most)
    rows = [[month, *_row(kept.told(name))] for month, kept in shown]
    heads = [_("Month"), _("How many"), _("p50"), _("p99"), _("Longest")]
    each = Table(name, heads, [*rows, [_("All"), *_row(told)]], more=more)
    labels, counts = bins(get_language()), took.histogram
    histogram = Table(f"{name}-histogram", [_("It took"), _("How many")], list(zip(labels, counts, strict=True)))
    chart = charts.columns(labels, [[count] for count in counts], ["accent"])
    return Section(name, title, _says(told), [each, histogram], chart, hint)


@cache
def bins(_language: str | None) -> list[str]:
    """What each bar of a histogram is of, in the language of the reader."""
    return [*(_("≤ %s") % durations.shown(bound) for bound in BOUNDS), _("> %s") % durations.shown(BOUNDS[-1])]


def _row(told: Told) -> list[object]:
    return [told.number, Seconds(told.half), Seconds(told.most), Seconds(told.longest)]


def _says(told: Told) -> str:
    if not told.number:
        return _("There is nothing of it yet.")
    half, most, longest = (str(Seconds(one)) for one in (told.half, told.most, told.longest))
    return _("Half of them within %(half)s, 99 of 100 within %(most)s; the longest took %(longest)s.") % {
        "half": half, "most": most, "longest": longest,
    }  # fmt: skip
