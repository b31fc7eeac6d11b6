"""Reckon a month anew when it is due: one that something may still change soon, one that is long over seldom."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from django.conf import settings
from django.db import transaction
from django.db.models import F, QuerySet
from django.db.models.functions import Coalesce

from access.audit import head, log
from access.core.job_clock import Elapsed
from access.evidence.reports import months, rows, summary, tally
from access.evidence.reports.narrowing import PACKED, Narrowing
from access.models import AccessRequest, ReportFigures, ReportMonth

SOON: Final = timedelta(minutes=1)
# Of a worker's time at most this part goes into a month that changes all the time.
PART: Final = 50
# One in which all is over is looked at again after this part of its age: what was done may be read late.
SELDOM: Final = 30
# The auditors are told once most of what was asked for is decided.
TELL_AFTER: Final = timedelta(days=1)


def due(now: datetime) -> QuerySet[ReportMonth]:
    return ReportMonth.objects.filter(due_at__lte=now).order_by("-month")


def schedule(*, now: datetime) -> None:
    """Keep a row for each month from the first request to this one."""
    asked = AccessRequest.objects.order_by("created_at").values_list("created_at", flat=True).first()
    first = months.of(min(asked or now, now))
    known = set(ReportMonth.objects.filter(month__gte=first).values_list("month", flat=True))
    new = [ReportMonth(month=one, due_at=now) for one in months.between(first, months.of(now)) if one not in known]
    ReportMonth.objects.bulk_create(new, ignore_conflicts=True)


def month(row: ReportMonth, *, now: datetime) -> None:
    """Reckon one month, if it is due and nobody else is at it. Twice or late changes nothing more."""
    clock = Elapsed(now)
    until = now + settings.LEASE
    if not ReportMonth.objects.filter(pk=row.pk, due_at=row.due_at, due_at__lte=now).update(due_at=until):
        return
    row.due_at = until
    schedule(now=now)
    end = head.seen()
    if row.reckoned_at and end.seq == row.seq and not end.trouble and not _has_ended_since(row, now=now):
        _held(row).update(due_at=now + SOON, reckoned_at=now)
        return
    found = rows.every(row.month, row.month, Narrowing(), now=now)
    figures = {about: tally.kept(one) for (_month, about), one in found.items()}
    whole = found[row.month, ""]
    figures[PACKED] = tally.packed(tally.kept(whole))
    _keep(row, figures, whole, seq=end.seq, pause=_pause(row, whole, clock.seconds, now=now), now=now)


def _has_ended_since(row: ReportMonth, *, now: datetime) -> bool:
    """Whether the month was not over yet, or the auditors not told, when it was reckoned last."""
    return row.told_at is None and now >= months.end(row.month) + TELL_AFTER


def _pause(row: ReportMonth, whole: tally.Tally, took: float, *, now: datetime) -> timedelta:
    age = now - months.end(row.month)
    if age < TELL_AFTER or whole.counts["open"]:
        return max(SOON, timedelta(seconds=took * PART))
    return max(SOON, age / SELDOM)


def _held(row: ReportMonth) -> QuerySet[ReportMonth]:
    """The row, unless the lease ran out and somebody else has it now."""
    return ReportMonth.objects.filter(pk=row.pk, due_at=row.due_at)


@transaction.atomic(durable=True)
def _keep(
    row: ReportMonth, figures: Mapping[str, Any], whole: tally.Tally, *, seq: int, pause: timedelta, now: datetime
) -> None:
    if not _held(row).select_for_update().exists():
        return
    known = dict(ReportFigures.objects.filter(month=row).values_list("about", "figures"))
    changed = [
        ReportFigures(month=row, about=name, figures=one) for name, one in figures.items() if known.get(name) != one
    ]
    ReportFigures.objects.bulk_create(
        changed, update_conflicts=True, unique_fields=["about", "month"], update_fields=["figures"], batch_size=500
    )
    gone = known.keys() - figures.keys()
    ReportFigures.objects.filter(month=row, about__in=gone).delete()
    tells = row.told_at is None and now >= months.end(row.month) + TELL_AFTER
    _held(row).update(
        due_at=now + pause, reckoned_at=now, seq=seq, told_at=now if tells else F("told_at"),
        changed_at=now if changed or gone else Coalesce("changed_at", now),
    )  # fmt: skip
    # What was over before the last month is old news: an upgrade finds years of it.
    if tells and row.month == months.after(months.of(now), -1):
        log.append("report.made", actor=log.SYSTEM, now=now, subject=f"report:{row}", data=summary.facts(whole))
