"""The log: append to it. An event commits with the change it tells of, and is sealed within a second after that."""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime
from typing import Any, Final, TypeAlias

from access.audit import digest, keys
from access.models import AccessRequest, AuditEvent, Grant, User

# Who acts: a person, or the name of what is none, such as a command.
Actor: TypeAlias = User | str
SYSTEM: Final = "usher"
LARGE: Final = 1e15
# The reference of the API token that acts in this thread; see `through`.
_token: Final[ContextVar[str]] = ContextVar("token", default="")
_recorder: Final[ContextVar[list[AuditEvent] | None]] = ContextVar("recorder", default=None)
# What is written at the end of `together`; None: each event at once.
_waiting: Final[ContextVar[list[AuditEvent] | None]] = ContextVar("waiting", default=None)


def named(actor: Actor) -> str:
    """What the log calls whoever acts: a person by their address of today."""
    return actor.email if isinstance(actor, User) else actor


def signed(column: str, actor: Actor) -> dict[str, Any]:
    """What a row keeps of whoever acts, in the columns of this name: the address, the id for ever, the name of now."""
    person = actor if isinstance(actor, User) else None
    return {
        column: named(actor), f"{column}_id": person.pk if person else None,
        f"{column}_name": person.called if person else "",
    }  # fmt: skip


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


@contextmanager
def together() -> Iterator[None]:
    """Write what is appended meanwhile by one insert at the end, in the same order and in the caller's transaction.

    Within another one it is left to that.
    """
    if _waiting.get() is not None:
        yield
        return
    events: list[AuditEvent] = []
    before = _waiting.set(events)
    try:
        yield
        if events:
            AuditEvent.objects.bulk_create(events)
    finally:
        _waiting.reset(before)


@contextmanager
def recorded() -> Iterator[list[AuditEvent]]:
    """Collect every event that is appended meanwhile in this thread, be it kept or taken back later."""
    events: list[AuditEvent] = []
    before = _recorder.set(events)
    try:
        yield events
    finally:
        _recorder.reset(before)


def append(
    type: str,
    *,
    actor: Actor,
    now: datetime,
    request: AccessRequest | None = None,
    grant: Grant | None = None,
    subject: User | str = "",
    concerns: int | None = None,
    data: Mapping[str, Any] | None = None,
) -> AuditEvent:
    """Write one event, in the caller's transaction: one insert, and no lock that others wait for.

    `concerns` is the person it is about where neither the subject nor a row says so. Its number and its hash come
    when it is sealed; see `access/audit/seal.py`.
    """
    about = subject or _subject(request, grant)
    event = _event(type, actor=actor, now=now, subject=about, data=data or {})
    event.request_ref = request.ref if request else ""
    event.grant_ref = grant.ref if grant else ""
    event.person_id = event.person_id or _concerned(request, grant) or concerns
    _mark(event)
    _record(event)
    if (waiting := _waiting.get()) is None:
        event.save()
    else:
        waiting.append(event)
    return event


def append_each(
    type: str, *, actor: Actor, now: datetime, facts: Sequence[tuple[User | str, Mapping[str, Any]]]
) -> list[AuditEvent]:
    """Write an event of one type for each subject and its data, in this order, by a few inserts."""
    events = [_event(type, actor=actor, now=now, subject=subject, data=data) for subject, data in facts]
    for event in events:
        _mark(event)
        _record(event)
    return AuditEvent.objects.bulk_create(events)


def _event(type: str, *, actor: Actor, now: datetime, subject: User | str, data: Mapping[str, Any]) -> AuditEvent:
    event = AuditEvent(at=now, type=type, actor=named(actor), data=_with_token(data))
    if isinstance(actor, User):
        event.actor_id, event.actor_name = actor.pk, actor.called
    if isinstance(subject, User):
        event.subject, event.person_id = f"person:{subject.email}", subject.pk
    else:
        event.subject = subject
    return event


def _record(event: AuditEvent) -> None:
    heard = _recorder.get()
    if heard is not None:
        heard.append(event)


def _mark(event: AuditEvent) -> None:
    """Show that the portal wrote it: only such events are sealed."""
    event.format = digest.FORMAT
    event.mark = keys.ring().newest.mark(digest.of_facts(digest.facts_of(event)))


def _with_token(data: Mapping[str, Any]) -> dict[str, Any]:
    """As the database gives it back, so that it has the same digest then."""
    facts: dict[str, Any] = json.loads(json.dumps(dict(data)), parse_float=_number)
    return {**facts, "through": _token.get()} if _token.get() else facts


def _number(text: str) -> float | int:
    """PostgreSQL knows no negative zero, and writes a large number without an exponent."""
    number = float(text)
    return int(number) if number.is_integer() and (number == 0 or abs(number) >= LARGE) else number


def _subject(request: AccessRequest | None, grant: Grant | None) -> str:
    target = request.target if request else grant.target if grant else None
    if target:
        return f"target:{target.name}"
    return f"flow:{request.flow.name}" if request else ""


def _concerned(request: AccessRequest | None, grant: Grant | None) -> int | None:
    return request.requester_id if request else grant.person_id if grant else None
