"""Read requests with what came of them, decisions and findings, and count each where it belongs."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date, datetime, timedelta
from typing import Any, Final

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet

from access.core.prepared import prepared
from access.core.states import OPEN, EndReason, GrantState, RequestState
from access.evidence.reports import months
from access.evidence.reports.narrowing import Narrowing, cuts
from access.evidence.reports.tally import Seen, Tally
from access.models import AccessRequest, Decision, Finding, Operation

Tallies = dict[tuple[date, str], Tally]
Row = dict[str, Any]
Cuts = Callable[[Row], Sequence[str]]
SLICE: Final = 2000
# An end that takes longer is told as late.
LATE: Final = timedelta(minutes=1)
# A refusal, or what was gone already, has no time that it could exceed.
_TIMELY: Final = (EndReason.EXPIRED, EndReason.RETURNED, EndReason.REVOKED)
_PATHS: Final = (AccessRequest.Path.FAST_TRACK, AccessRequest.Path.BREAK_GLASS)
_LISTED: Final = (Finding.Kind.STANDING, Finding.Kind.OUTSIDE)


def every(first: date, last: date, narrowing: Narrowing, *, now: datetime, ways: Cuts = cuts) -> Tallies:
    """Count the months from the first to the last, each by all its cuts. A fixed number of queries for each slice."""
    tallies: Tallies = defaultdict(Tally)
    within = (months.start(first), months.end(last))
    for row in _in_slices(_requests, narrowing, *within):
        _count(tallies, months.of(row["created_at"]), _seen(row, now=now), ways(row))
    for row in _in_slices(_decisions, narrowing, *within):
        seen = Seen(by=[("approved_by" if row["verdict"] == "approve" else "denied_by", row["by"])])
        _count(tallies, months.of(row["asked_at"]), seen, ways(row))
    if not narrowing.flow:
        # Who was in a role before counts as listed alone.
        for row in _in_slices(_found, narrowing, *within):
            _count(tallies, months.of(row["first_seen_at"]), Seen([f"found_{row['kind']}"]), ways(row))
        _count_listed(tallies, list(months.between(first, last)), narrowing, now=now)
    return tallies


def _in_slices(ask: Callable[..., list[Row]], *which: Any) -> Iterator[Row]:
    """As `core.slices` does, by a query that is put together once."""
    after = 0
    while True:
        part = ask(*which, after)
        yield from part
        if len(part) < SLICE:
            return
        after = part[-1]["pk"]


def _count(tallies: Tallies, month: date, seen: Seen, names: Iterable[str]) -> None:
    for name in names:
        tallies[month, name].note(seen)


@prepared
def _requests(narrowing: Narrowing, since: datetime, until: datetime, after: int) -> QuerySet[Any, Any]:
    asked = Q(created_at__gte=since, created_at__lt=until) & narrowing.of_requests()
    earlier = AccessRequest.objects.filter(grant=OuterRef("grant"), pk__lt=OuterRef("pk"))
    done = Operation.objects.filter(grant=OuterRef("grant"))
    return AccessRequest.objects.filter(asked, pk__gt=after).order_by("pk").values(
        "pk", "created_at", "settled_at", "state", "path", "flow", "target", "grant__state", "grant__created_at",
        "grant__starts_at", "grant__confirmed_at", "grant__end_due_at", "grant__ended_at", "grant__end_reason",
        "grant__standing", "grant__not_verified", "grant__activity__is_complete", "after_review__deadline",
        "after_review__signed_off_at", "after_review__verdict", person=F("requester"), extends=Exists(earlier),
        used=Exists(done), outlived=Exists(done.filter(outlived_at__isnull=False)),
    )[:SLICE]  # fmt: skip


@prepared
def _decisions(narrowing: Narrowing, since: datetime, until: datetime, after: int) -> QuerySet[Any, Any]:
    asked = Q(request__created_at__gte=since, request__created_at__lt=until) & narrowing.of_requests("request__")
    return Decision.objects.filter(asked, pk__gt=after).order_by("pk").values(
        "pk", "verdict", "by", asked_at=F("request__created_at"), flow=F("request__flow"),
        target=F("request__target"), person=F("request__requester"),
    )[:SLICE]  # fmt: skip


@prepared
def _found(narrowing: Narrowing, since: datetime, until: datetime, after: int) -> QuerySet[Any, Any]:
    """What was found, by the month in which it was seen first."""
    first_seen = Q(first_seen_at__gte=since, first_seen_at__lt=until)
    found = Finding.objects.filter(first_seen, narrowing.of_findings(), pk__gt=after)
    found = found.exclude(kind=Finding.Kind.STANDING).order_by("pk")
    return found.values("pk", "kind", "target", "person", "first_seen_at")[:SLICE]


def _seen(row: Row, *, now: datetime) -> Seen:
    seen = Seen(["asked", row["state"]], by=[("asked_by", row["person"]), ("flow", row["flow"])])
    if row["target"]:
        seen.by.append(("target", row["target"]))
    if row["path"] in _PATHS:
        seen.counts.append(row["path"])
    elif row["state"] in (RequestState.APPROVED, RequestState.DENIED):
        seen.times.append(("decide", row["settled_at"] - row["created_at"]))
    _see_review(seen, row, now=now)
    if row["grant__state"] and not row["extends"]:
        _see_access(seen, row)
    if row["state"] == RequestState.PENDING or row["grant__state"] in OPEN:
        seen.counts.append("open")
    return seen


def _see_access(seen: Seen, row: Row) -> None:
    """What became of the access; of what extended it nothing is told again."""
    confirmed_at, reason = row["grant__confirmed_at"], row["grant__end_reason"]
    if row["grant__standing"]:
        seen.counts.append("was_standing")
        return
    if confirmed_at:
        seen.counts.append("held")
        seen.times.append(("begin", confirmed_at - max(row["grant__created_at"], row["grant__starts_at"])))
    failed = {
        "refused": reason == EndReason.REFUSED, "gone": reason == EndReason.GONE,
        "not_verified": row["grant__not_verified"], "outlived": row["outlived"],
    }  # fmt: skip
    seen.counts += [name for name, is_so in failed.items() if is_so]
    if row["grant__activity__is_complete"]:
        seen.counts += ["known", "used"] if row["used"] else ["known"]
    if row["grant__state"] == GrantState.ENDED and confirmed_at and reason in _TIMELY:
        _see_end(seen, row)


def _see_end(seen: Seen, row: Row) -> None:
    if row["grant__not_verified"] or not row["grant__end_due_at"]:
        return
    late = row["grant__ended_at"] - row["grant__end_due_at"]
    seen.times.append(("end", late))
    seen.counts += ["late"] if late > LATE else []


def _see_review(seen: Seen, row: Row, *, now: datetime) -> None:
    deadline, signed_at = row["after_review__deadline"], row["after_review__signed_off_at"]
    if deadline is None:
        return
    seen.counts.append(row["after_review__verdict"] if signed_at else "review_open")
    if (signed_at or now) > deadline:
        seen.counts.append("review_late")


def _count_listed(tallies: Tallies, over: Sequence[date], narrowing: Narrowing, *, now: datetime) -> None:
    """How many memberships that nobody approved Aptible listed at the end of each month; of this one, by now."""
    ends = [min(months.end(month), now) for month in over]
    for name in ("", "target", "person") if narrowing == Narrowing() else ("",):
        for row in _listed(narrowing, *ends, by=name):
            about = Narrowing(**{name: row[name]}).about if name else ""
            for at, month in enumerate(over):
                tallies[month, about].counts[f"listed_{row['kind']}"] += row[f"end_{at}"]


@prepared
def _listed(narrowing: Narrowing, *ends: datetime, by: str) -> QuerySet[Any, Any]:
    found = Finding.objects.filter(narrowing.of_findings(), kind__in=_LISTED).order_by()
    grouped = found.exclude(**{by: None}).values("kind", by) if by else found.values("kind")
    return grouped.annotate(**{f"end_{at}": Count("pk", filter=_open_at(end)) for at, end in enumerate(ends)})


def _open_at(end: datetime) -> Q:
    return Q(first_seen_at__lt=end) & (Q(closed_at=None) | Q(closed_at__gte=end))
