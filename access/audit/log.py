"""The log: append to it, and verify that nothing in it was bent."""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any, Final

from django.db import transaction

from access.models import AccessRequest, AuditEvent, AuditHead, Grant

SYSTEM: Final = "usher"
# The reference of the API token that acts in this thread; see `through`.
_token: Final[ContextVar[str]] = ContextVar("token", default="")


@contextmanager
def through(token_ref: str) -> Iterator[None]:
    """Name this API token in the facts of every event that is appended meanwhile.

    Whose act it was is passed on as the actor. By what is the same for a whole call, whatever the call does.
    """
    before = _token.set(token_ref)
    try:
        yield
    finally:
        _token.reset(before)


@transaction.atomic
def append(
    type: str,
    *,
    actor: str,
    now: datetime,
    request: AccessRequest | None = None,
    grant: Grant | None = None,
    subject: str = "",
    data: Mapping[str, Any] | None = None,
) -> AuditEvent:
    """Write one event at the end of the chain, in the caller's transaction.

    Locks the head of the chain until that transaction ends: take every other lock before.
    """
    head, _ = AuditHead.objects.select_for_update().get_or_create(pk=1)
    event = AuditEvent(
        seq=head.seq + 1,
        at=now,
        actor=actor,
        type=type,
        request_ref=request.ref if request else "",
        grant_ref=grant.ref if grant else "",
        subject=subject or _subject(request, grant),
        data=_with_token(data or {}),
        previous=head.hash,
    )
    event.hash = digest(event)
    event.save()
    AuditHead.objects.filter(pk=1).update(seq=event.seq, hash=event.hash)
    return event


@transaction.atomic
def append_each(
    type: str, *, actor: str, now: datetime, facts: Sequence[tuple[str, Mapping[str, Any]]]
) -> list[AuditEvent]:
    """Write an event of one type for each subject and its data, in this order: two queries and a few inserts.

    Locks the head of the chain, as `append` does.
    """
    head, _ = AuditHead.objects.select_for_update().get_or_create(pk=1)
    events = []
    for subject, data in facts:
        event = AuditEvent(
            seq=head.seq + 1,
            at=now,
            actor=actor,
            type=type,
            subject=subject,
            data=_with_token(data),
            previous=head.hash,
        )
        event.hash = digest(event)
        head.seq, head.hash = event.seq, event.hash
        events.append(event)
    AuditEvent.objects.bulk_create(events)
    head.save()
    return events


def _with_token(data: Mapping[str, Any]) -> dict[str, Any]:
    return {**data, "through": _token.get()} if _token.get() else dict(data)


def _subject(request: AccessRequest | None, grant: Grant | None) -> str:
    target = request.target if request else grant.target if grant else None
    if target:
        return f"target:{target.name}"
    return f"flow:{request.flow.name}" if request else ""


def digest(event: AuditEvent) -> str:
    """Compute an event's SHA-256 over all of its facts and the hash before it; hexadecimal."""
    facts = [
        event.seq,
        event.at.astimezone(UTC).isoformat(timespec="microseconds"),
        event.actor,
        event.type,
        event.request_ref,
        event.grant_ref,
        event.subject,
        event.data,
        event.previous,
    ]
    text = json.dumps(facts, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def first_bad() -> int | None:
    """Read the whole chain. Return the number of the first event that is missing or bent, or None."""
    previous, expected = "", 1
    for event in AuditEvent.objects.order_by("seq").iterator():
        if event.seq != expected or event.previous != previous or event.hash != digest(event):
            return expected
        previous, expected = event.hash, expected + 1
    head = AuditHead.objects.filter(pk=1).first()
    cut = head is not None and (head.seq, head.hash) != (expected - 1, previous)
    return expected if cut else None
