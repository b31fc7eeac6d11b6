"""Read the log as a stream: what comes after a position, and where an event stands."""

from collections.abc import Collection
from datetime import datetime
from typing import Final

from django.db import connection
from django.db.models import Exists, F, OuterRef, Q, QuerySet, Subquery

from access.audit import event_schema, seal
from access.models import AuditEvent, AuditHead, EventLog, Webhook

# The two numbers belong together: in one statement, an event is either sealed or not.
_LENGTH: Final = """
SELECT COALESCE((SELECT seq FROM access_audithead WHERE id = 1), 0)
     + (SELECT COUNT(*) FROM access_auditevent WHERE seq IS NULL)
"""


def head(*, now: datetime) -> int:
    """The number of the last event, after what has committed was sealed; 0 before the first."""
    seal.catch_up(now=now)
    return AuditHead.objects.values_list("seq", flat=True).first() or 0


def length() -> int:
    """How many events have committed, sealed or not: one more with each. Nobody is kept waiting to find out."""
    with connection.cursor() as cursor:
        cursor.execute(_LENGTH)
        return int(cursor.fetchone()[0])


def after(position: int, *, up_to: int, prefixes: Collection[str] = (), most: int) -> list[AuditEvent]:
    """The next events after this position, in order, whose types begin with one of these; with none, all."""
    events = AuditEvent.objects.filter(seq__gt=position, seq__lte=up_to)
    wanted = Q()
    for prefix in prefixes:
        wanted |= Q(type__startswith=prefix)
    return list(events.filter(wanted).order_by("seq")[:most])


def find(text: str) -> AuditEvent | None:
    """The event with this number or id."""
    if text.isascii() and text.isdigit():
        return AuditEvent.objects.filter(seq=int(text[:18])).first()
    hash_ = event_schema.hash_of(text)
    return AuditEvent.objects.filter(hash__startswith=hash_).first() if hash_ else None


def webhooks_due(now: datetime) -> QuerySet[Webhook]:
    """The webhooks that somebody has to look at, the most overdue first."""
    last = AuditHead.objects.values("seq")
    waiting = Webhook.objects.filter(_is_free(now), is_active=True).exclude(sealed="")
    return waiting.annotate(head=Subquery(last)).filter(position__lt=F("head")).order_by("due_at", "pk")


def event_log_due(now: datetime) -> QuerySet[AuditHead]:
    """The end of the log, if lines have to be written. Before the first there is no row."""
    rests = EventLog.objects.filter(~_is_free(now) | Q(position__gte=OuterRef("seq")))
    return AuditHead.objects.filter(~Exists(rests), seq__gt=0)


def _is_free(now: datetime) -> Q:
    return Q(due_at__lte=now) & (Q(leased_until=None) | Q(leased_until__lte=now))
