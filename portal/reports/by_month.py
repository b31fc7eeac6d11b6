"""What came of the requests of each month: a column for each kind, a row for each month."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from access.evidence.reports.read import Report
from access.evidence.reports.tally import Tally
from access.models import Finding
from portal import charts
from portal.reports.tables import Section, Table, Words

Count = Callable[[Tally], int]
MOST_LABELS: Final = 12  # under the columns of a chart


@dataclass(frozen=True)
class Kind:
    """One column of the table; with a tone it is a part of the chart, too."""

    label: Words
    count: Count
    tone: str = ""


def _of(name: str) -> Count:
    return lambda tally: tally.counts[name]


def _by_people(tally: Tally) -> int:
    return max(tally.counts["approved"] - tally.counts["fast_track"] - tally.counts["break_glass"], 0)


def _unused(tally: Tally) -> int:
    return tally.counts["known"] - tally.counts["used"]


def _not_decided(tally: Tally) -> int:
    return tally.counts["withdrawn"] + tally.counts["lapsed"]


def _said_of_requests(total: Tally, _last: Tally) -> str:
    n = total.counts
    share = round(100 * n["approved"] / n["asked"]) if n["asked"] else 0
    text = ngettext(
        "%(count)d request, %(share)d %% of them approved.",
        "%(count)d requests, %(share)d %% of them approved.",
        n["asked"],
    )
    return text % {"count": n["asked"], "share": share}


def _said_of_failures(total: Tally, _last: Tally) -> str:
    count = sum(total.counts[name] for name in ("refused", "gone", "not_verified", "late", "outlived"))
    return ngettext(
        "%(count)d time something was not as it should be.", "%(count)d times something was not as it should be.", count
    ) % {"count": count}


def _said_of_break_glass(total: Tally, _last: Tally) -> str:
    n = total.counts
    words = {"count": n["break_glass"], "open": n["review_open"], "bad": n["not_justified"]}
    return (
        ngettext(
            "Break-glass was used %(count)d time; %(open)d not signed off yet, %(bad)d not justified.",
            "Break-glass was used %(count)d times; %(open)d not signed off yet, %(bad)d not justified.",
            n["break_glass"],
        )
        % words
    )


def _said_of_use(total: Tally, _last: Tally) -> str:
    known = total.counts["known"]
    if not known:
        return _("Of no access is it known yet whether it was used.")
    return _("%(unused)d of %(known)d accesses were not used at all.") % {"unused": _unused(total), "known": known}


def _said_of_listed(_total: Tally, last: Tally) -> str:
    count = last.counts["listed_standing"] + last.counts["listed_outside"]
    return ngettext(
        "%(count)d membership that nobody approved here, at the end of the last month.",
        "%(count)d memberships that nobody approved here, at the end of the last month.",
        count,
    ) % {"count": count}


def _said_of_findings(total: Tally, _last: Tally) -> str:
    count = sum(n for name, n in total.counts.items() if name.startswith("found_"))
    return ngettext("%(count)d finding.", "%(count)d findings.", count) % {"count": count}


_L = gettext_lazy
_FOUND: Final = [kind for kind in Finding.Kind if kind != Finding.Kind.STANDING]
_FOUND_TONES: Final = ("bad", "wait", "accent", "move", "mute", "ok", "line")
SECTIONS: Final[Sequence[tuple[str, Words, Callable[[Tally, Tally], str], Sequence[Kind]]]] = (
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
OF_FINDINGS: Final[Sequence[tuple[str, Words, Callable[[Tally, Tally], str], Sequence[Kind]]]] = (
    ("standing", _L("Members whom nobody approved here"), _said_of_listed, (
        Kind(_L("Standing"), _of("listed_standing"), "mute"),
        Kind(_L("Added outside"), _of("listed_outside"), "bad"),
    )),
    ("findings", _L("Findings"), _said_of_findings, tuple(
        Kind(kind.label, _of(f"found_{kind}"), tone) for kind, tone in zip(_FOUND, _FOUND_TONES, strict=True)
    )),
)  # fmt: skip


def section(
    name: str, title: Words, says: Callable[[Tally, Tally], str], kinds: Sequence[Kind], report: Report
) -> Section:
    rows = [[month, *(one.count(tally) for one in kinds)] for month, tally in report.months]
    drawn = [one for one in kinds if one.tone]
    counts = [[one.count(tally) for one in drawn] for _month, tally in report.months]
    labels = short([month for month, _tally in report.months])
    chart = charts.columns(labels, counts, [one.tone for one in drawn], [str(one.label) for one in drawn])
    table = Table(name, [_("Month"), *(one.label for one in kinds)], rows)
    last = report.months[-1][1] if report.months else Tally()
    return Section(name, title, says(report.total, last), [table], chart)


def short(over: Sequence[date]) -> list[str]:
    """What stands under the columns: each month, or every third where there are many of them."""
    step = -(-len(over) // MOST_LABELS)
    return [date_format(month, "M") if at % max(step, 1) == 0 else "" for at, month in enumerate(over)]
