"""What came of the requests of each month: a column for each kind, a row for each month."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache, lru_cache
from typing import Any, Final

from django.utils.translation import get_language, gettext_lazy, ngettext
from django.utils.translation import gettext as _

from access.evidence.reports.read import Report
from access.models import Finding
from portal import charts
from portal.reports.tables import Section, Table, Words, month_name

Counts = Mapping[str, int]  # of what there was none is 0
Count = Callable[[Counts], int]
Says = Callable[[Counts, Counts], str]  # of all months together, and of the last one
Rows = Sequence[Sequence[Any]]
MOST_LABELS: Final = 12  # under the columns of a chart
MOST_COLUMNS: Final = 36  # of a chart: of more months, each column is of two of them, or of three
# Months in a table of the page: two years and this month, or of more than that the newest. The file has all of them.
SHOWN, NEWEST = 25, 12


@dataclass(frozen=True)
class Kind:
    """One column of the table; with a tone it is a part of the chart, too. What is told of the end of a month does not
    add up with that of another one.
    """

    label: Words
    count: Count
    tone: str = ""
    at_end: bool = False


def _of(name: str) -> Count:
    return lambda n: n.get(name, 0)


def _by_people(n: Counts) -> int:
    return max(n["approved"] - n["fast_track"] - n["break_glass"], 0)


def _unused(n: Counts) -> int:
    return n["known"] - n["used"]


def _not_decided(n: Counts) -> int:
    return n["withdrawn"] + n["lapsed"]


def _said_of_requests(n: Counts, _last: Counts) -> str:
    share = round(100 * n["approved"] / n["asked"]) if n["asked"] else 0
    text = ngettext(
        "%(count)d request, %(share)d %% of them approved.",
        "%(count)d requests, %(share)d %% of them approved.",
        n["asked"],
    )
    return text % {"count": n["asked"], "share": share}


def _said_of_failures(n: Counts, _last: Counts) -> str:
    count = sum(n[name] for name in ("refused", "gone", "not_verified", "late", "outlived"))
    return ngettext(
        "%(count)d time something was not as it should be.", "%(count)d times something was not as it should be.", count
    ) % {"count": count}


def _said_of_break_glass(n: Counts, _last: Counts) -> str:
    words = {"count": n["break_glass"], "open": n["review_open"], "bad": n["not_justified"]}
    return (
        ngettext(
            "Break-glass was used %(count)d time; %(open)d not signed off yet, %(bad)d not justified.",
            "Break-glass was used %(count)d times; %(open)d not signed off yet, %(bad)d not justified.",
            n["break_glass"],
        )
        % words
    )


def _said_of_use(n: Counts, _last: Counts) -> str:
    known = n["known"]
    if not known:
        return _("Of no access is it known yet whether it was used.")
    text = ngettext(
        "%(unused)d of %(known)d access was not used at all.",
        "%(unused)d of %(known)d accesses were not used at all.",
        known,
    )
    return text % {"unused": _unused(n), "known": known}


def _said_of_listed(_n: Counts, last: Counts) -> str:
    count = last["listed_standing"] + last["listed_outside"]
    return ngettext(
        "%(count)d membership that nobody approved here, at the end of the last month.",
        "%(count)d memberships that nobody approved here, at the end of the last month.",
        count,
    ) % {"count": count}


def _said_of_findings(n: Counts, _last: Counts) -> str:
    count = sum(one for name, one in n.items() if name.startswith("found_"))
    return ngettext("%(count)d finding.", "%(count)d findings.", count) % {"count": count}


_L = gettext_lazy
_FOUND: Final = [kind for kind in Finding.Kind if kind != Finding.Kind.STANDING]
_FOUND_TONES: Final = ("bad", "wait", "accent", "move", "mute", "ok", "line")
SECTIONS: Final[Sequence[tuple[str, Words, Says, Sequence[Kind]]]] = (
    ("requests", _L("Requests"), _said_of_requests, (
        Kind(_L("Asked"), _of("asked")),
        Kind(_L("Approved by people"), _by_people, "ok"),
        Kind(_L("Fast track"), _of("fast_track"), "accent"),
        Kind(_L("Break-glass"), _of("break_glass"), "bad"),
        Kind(_L("Denied"), _of("denied"), "wait"),
        Kind(_L("Withdrawn or lapsed"), _not_decided, "mute"),
        Kind(_L("Waiting"), _of("pending"), "move"),
    )),
    ("failures", _L("Not as it should be"), _said_of_failures, (
        Kind(_L("Refused by Aptible"), _of("refused"), "wait"),
        Kind(_L("Gone while active"), _of("gone"), "move"),
        Kind(_L("End not verified"), _of("not_verified"), "accent"),
        Kind(_L("Ended over a minute late"), _of("late"), "bad"),
        Kind(_L("Session outlived it"), _of("outlived"), "mute"),
    )),
    ("break-glass", _L("Break-glass and its reviews"), _said_of_break_glass, (
        Kind(_L("Used"), _of("break_glass")),
        Kind(_L("Justified"), _of("justified"), "ok"),
        Kind(_L("Not justified"), _of("not_justified"), "bad"),
        Kind(_L("Not signed off"), _of("review_open"), "wait"),
        Kind(_L("Reviewed late, or not yet in time"), _of("review_late")),
    )),
    ("use", _L("Used, and not used at all"), _said_of_use, (
        Kind(_L("Access confirmed"), _of("held")),
        Kind(_L("Known what was done"), _of("known")),
        Kind(_L("Used"), _of("used"), "ok"),
        Kind(_L("Not used at all"), _unused, "wait"),
    )),
)  # fmt: skip
# These belong to a target and a person, and to no flow.
OF_FINDINGS: Final[Sequence[tuple[str, Words, Says, Sequence[Kind]]]] = (
    ("standing", _L("Members whom nobody approved here"), _said_of_listed, (
        Kind(_L("Standing"), _of("listed_standing"), "mute", at_end=True),
        Kind(_L("Added outside"), _of("listed_outside"), "bad", at_end=True),
    )),
    ("findings", _L("Findings"), _said_of_findings, tuple(
        Kind(kind.label, _of(f"found_{kind}"), tone) for kind, tone in zip(_FOUND, _FOUND_TONES, strict=True)
    )),
)  # fmt: skip


_KINDS: Final = {name: kinds for name, _title, _says, kinds in (*SECTIONS, *OF_FINDINGS)}


def section(
    name: str, title: Words, says: Says, kinds: Sequence[Kind], report: Report, most: int | None = None
) -> Section:
    """All months in the chart, and the last ones or all of them in the table."""
    counts = [[one.count(kept.counts) for one in kinds] for _month, kept in report.months]
    over = [month for month, _kept in report.months]
    rows = [[month, *row] for month, row in zip(over, counts, strict=True)]
    drawn = [at for at, one in enumerate(kinds) if one.tone]
    language = get_language()
    each = -(-len(over) // MOST_COLUMNS) or 1
    labels = _years(over, each) if each > 1 else short(tuple(over), language)
    heads = _heads(name, language)
    parts = [[row[at] for at in drawn] for row in _together(counts, each, kinds)]
    chart = charts.columns(labels, parts, [kinds[at].tone for at in drawn], [heads[at + 1] for at in drawn])
    last = report.months[-1][1].counts if report.months else Counter[str]()
    shown, more = newest(rows, most)
    table = Table(name, heads, shown, more=more)
    return Section(name, title, says(report.total.counts, last), [table], chart, _hint(each) if chart.highest else "")


def _together(counts: Sequence[Sequence[int]], each: int, kinds: Sequence[Kind]) -> Sequence[Sequence[int]]:
    """So many months in one."""
    if each == 1:
        return counts
    found = [zip(*counts[at : at + each], strict=True) for at in range(0, len(counts), each)]
    return [[one[-1] if kind.at_end else sum(one) for kind, one in zip(kinds, row, strict=True)] for row in found]


def _hint(each: int) -> str:
    if each == 1:
        return ""
    text = ngettext("Each column is of %(count)d month.", "Each column is of %(count)d months.", each)
    return text % {"count": each}


def _years(over: Sequence[date], each: int) -> list[str]:
    """What stands under columns of so many months: each year where it begins, as there is room for on a phone."""
    found = [over[at : at + each] for at in range(0, len(over), each)]
    return [next((f"’{month:%y}" for month in some if month.month == 1), "") for some in found]


def newest(rows: Rows, most: int | None) -> tuple[Rows, int]:
    """The rows of all months, or the newest where there are more than so many; and how many are before those."""
    more = len(rows) - NEWEST if most and len(rows) > most else 0
    return rows[more:], more


@cache
def _heads(name: str, _language: str | None) -> Sequence[str]:
    """What stands over the columns of this table, in the language of the reader."""
    return [_("Month"), *(str(one.label) for one in _KINDS[name])]


@lru_cache(maxsize=16)
def short(over: tuple[date, ...], language: str | None) -> list[str]:
    """What stands under the columns: each month, or every third where there are many of them."""
    step = -(-len(over) // MOST_LABELS)
    return [month_name(month.month, language) if at % max(step, 1) == 0 else "" for at, month in enumerate(over)]
