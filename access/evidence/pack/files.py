"""What the files of a pack are made of: tables, JSON, and a seal behind the events."""

import csv
import io
import json
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Final

from django.db.models import QuerySet

from access.audit import export, seal, sentences
from access.audit.head import Unsealable
from access.core.csv_cells import guarded, iso
from access.models import AuditEvent, AuditSeal

EVENTS: Final = ("number", "at", "actor", "type", "subject", "request", "grant", "text", "hash")


def seal_behind(events: QuerySet[AuditEvent], *, now: datetime) -> None:
    """A seal behind the last of the events, unless there is one: a pack made again is the same.

    What has committed gets its number before.
    """
    seal.catch_up(now=now)
    last = events.filter(seq__isnull=False).order_by("-seq").values_list("seq", flat=True).first()
    if last and not AuditSeal.objects.filter(sealed_seq__gte=last).exists():
        try:
            seal.sign(now=now)
        except Unsealable:
            return  # the page of the log says why, and verify_audit.py that there is no seal


def events(found: QuerySet[AuditEvent]) -> Iterator[bytes]:
    """Events as a table."""
    return table(EVENTS, (_event(one) for part in export.slices(found) for one in part))


def _event(one: AuditEvent) -> Sequence[object]:
    text = sentences.sentence(one)
    return (one.number, iso(one.at), one.actor, one.type, one.subject, one.request_ref, one.grant_ref, text, one.hash)


def table(header: Sequence[str], rows: Iterable[Sequence[object]]) -> Iterator[bytes]:
    yield _csv(header)
    for row in rows:
        yield _csv([guarded(value) for value in row])


def as_json(told: object) -> bytes:
    return pretty(told).encode() + b"\n"


def as_line(told: object) -> bytes:
    return json.dumps(told, ensure_ascii=False, sort_keys=True, default=plain).encode() + b"\n"


def pretty(told: object) -> str:
    return json.dumps(told, ensure_ascii=False, indent=2, sort_keys=True, default=plain)


def _csv(row: Sequence[object]) -> bytes:
    line = io.StringIO()
    csv.writer(line).writerow(row)
    return line.getvalue().encode()


def plain(value: object) -> str:
    """A value as text: a time in UTC."""
    return iso(value) if isinstance(value, datetime) else str(value)
