"""The log: append to it, and verify that nothing in it was bent."""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any, Final, TypeAlias

from django.db import transaction

from access.models import AccessRequest, AuditEvent, AuditHead, Grant, User

# Who acts: a person, or the name of what is none, such as a command.
Actor: TypeAlias = User | str
SYSTEM: Final = "usher"
# The reference of the API token that acts in this thread; see `through`.
_token: Final[ContextVar[str]] = ContextVar("token", default="")


def named(actor: Actor) -> str:
    """What the log calls whoever acts: a person by their address of today."""
    return actor.email if isinstance(actor, User) else actor


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
    actor: Actor,
    now: datetime,
    request: AccessRequest | None = None,
    grant: Grant | None = None,
    subject: User | str = "",
    data: Mapping[str, Any] | None = None,
) -> AuditEvent:
    """Write one event at the end of the chain, in the caller's transaction.

    Locks the head of the chain until that transaction ends: take every other lock before.
    """
    about = subject or _subject(request, grant)
    event = _event(type, actor=actor, now=now, subject=about, data=data or {})
    event.request_ref = request.ref if request else ""
    event.grant_ref = grant.ref if grant else ""
    event.person_id = event.person_id or _concerned(request, grant)
    head, _ = AuditHead.objects.select_for_update().get_or_create(pk=1)
    _chain(event, head)
    event.save()
    head.save()
    return event


@transaction.atomic
def append_each(
    type: str, *, actor: Actor, now: datetime, facts: Sequence[tuple[User | str, Mapping[str, Any]]]
) -> list[AuditEvent]:
    """Write an event of one type for each subject and its data, in this order: two queries and a few inserts.

    Locks the head of the chain, as `append` does.
    """
    head, _ = AuditHead.objects.select_for_update().get_or_create(pk=1)
    events = []
    for subject, data in facts:
        event = _event(type, actor=actor, now=now, subject=subject, data=data)
        _chain(event, head)
        events.append(event)
    AuditEvent.objects.bulk_create(events)
    head.save()
    return events


def _event(type: str, *, actor: Actor, now: datetime, subject: User | str, data: Mapping[str, Any]) -> AuditEvent:
    event = AuditEvent(at=now, type=type, actor=named(actor), data=_with_token(data))
    if isinstance(actor, User):
        event.actor_id, event.actor_name = actor.pk, str(actor)
    if isinstance(subject, User):
        event.subject, event.person_id = f"person:{subject.email}", subject.pk
    else:
        event.subject = subject
    return event


def _chain(event: AuditEvent, head: AuditHead) -> None:
    """Make the event the last one of the chain, and the head point to it."""
    event.seq, event.previous = head.seq + 1, head.hash
    event.hash = digest(event)
    head.seq, head.hash = event.seq, event.hash


def _with_token(data: Mapping[str, Any]) -> dict[str, Any]:
    return {**data, "through": _token.get()} if _token.get() else dict(data)


def _subject(request: AccessRequest | None, grant: Grant | None) -> str:
    target = request.target if request else grant.target if grant else None
    if target:
        return f"target:{target.name}"
    return f"flow:{request.flow.name}" if request else ""


def _concerned(request: AccessRequest | None, grant: Grant | None) -> int | None:
    return request.requester_id if request else grant.person_id if grant else None


def digest(event: AuditEvent) -> str:
    """Compute an event's SHA-256 over all of its facts and the hash before it; hexadecimal.

    Events that were written before people were kept by their ids have none, and hash as they did.
    """
    facts: list[Any] = [
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
    if (people := [event.actor_id, event.actor_name, event.person_id]) != [None, None, None]:
        facts.append(people)
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
