"""The log as a list: narrowed, the newest first, and in parts that cost the same wherever they are."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db.models import Q, QuerySet

from access.core import few
from access.models import AccessRequest, AuditEvent, User

# What the types of events begin with, in the order in which they are offered.
KINDS: Final = (
    "request", "grant", "review", "access_review", "finding", "person", "token", "mapping", "delegation", "flow",
    "target", "strategy", "integration", "schedule", "secret", "webhook", "config", "notification", "announcement",
    "audit",
)  # fmt: skip


@dataclass(frozen=True)
class Wanted:
    """Empty: all. `who` is a name or an e-mail, `what` the beginning of a type, `request` a reference."""

    who: str = ""
    what: str = ""
    kind: str = ""
    target: str = ""
    flow: str = ""
    request: str = ""
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True)
class Part:
    """Some events, the newest first, and the ids to go on from; 0 at the ends."""

    events: Sequence[AuditEvent]
    newer_than: int = 0
    older_than: int = 0


def narrowed(by: Wanted) -> QuerySet[AuditEvent]:
    found = AuditEvent.objects.all()
    if by.who:
        found = found.filter(_by(by.who))
    for beginning in filter(None, (by.what, f"{by.kind}." if by.kind else "")):
        found = found.filter(type__startswith=beginning)
    if by.target:
        found = found.filter(subject=f"target:{by.target}")
    if by.flow:
        asked = AccessRequest.objects.filter(flow__name=by.flow).values_list("ref", flat=True)
        found = found.filter(Q(subject=f"flow:{by.flow}") | Q(request_ref__in=few.named(asked)))
    if by.request:
        found = found.filter(Q(request_ref=by.request) | Q(grant_ref=by.request))
    if by.since:
        found = found.filter(at__gte=by.since)
    return found.filter(at__lt=by.until) if by.until else found


def part(by: Wanted, *, older_than: int = 0, newer_than: int = 0, size: int) -> Part:
    """One query for the events, at any place of a log of any size. One that is not sealed yet is among them."""
    found = narrowed(by)
    if newer_than:
        rows = list(found.filter(id__gt=newer_than).order_by("id")[: size + 1])
        events = list(reversed(rows[:size]))
        has_newer, has_older = len(rows) > size, True
    else:
        rows = list((found.filter(id__lt=older_than) if older_than else found).order_by("-id")[: size + 1])
        events = rows[:size]
        has_newer, has_older = bool(older_than), len(rows) > size
    if not events:
        return Part([])
    return Part(events, events[0].pk if has_newer else 0, events[-1].pk if has_older else 0)


def _by(who: str) -> Q:
    """Whoever acted, or whom it is about; people as they are called now and were then."""
    people = User.objects.filter(Q(email__iexact=who) | Q(name__icontains=who)).values_list("pk", flat=True)[:50]
    pks = list(people)
    return Q(actor_id__in=pks) | Q(person_id__in=pks) | Q(actor=who)
