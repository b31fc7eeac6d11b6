"""What the API answers with. Times are in UTC, lengths of time in seconds.

All of it is made of the types themselves, so nothing has to be looked for in other objects, as the framework's own
schemas do.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from pydantic import BaseModel

from access.audit.sentences import sentence
from access.grants.trouble import trouble
from access.models import AccessRequest, AuditEvent, Decision, Grant, User
from portal import links


class Problem(BaseModel):
    """A refusal (RFC 9457). `errors` has a sentence for each field that is wrong."""

    type: str
    title: str
    status: int
    detail: str
    errors: dict[str, str] = {}


class Person(BaseModel):
    email: str
    name: str


class DecisionOut(BaseModel):
    """`on_behalf_of` was away and had named `by` to decide for them."""

    by: Person
    on_behalf_of: Person | None
    verdict: str
    comment: str
    place: str
    at: datetime


class GrantState(BaseModel):
    ref: str
    state: str
    confirmed_at: datetime | None
    ends_at: datetime | None
    ended_at: datetime | None


class AnswerOut(BaseModel):
    """What was answered to one of the flow's own questions."""

    name: str
    label: str
    type: str
    value: Any


class RequestOut(BaseModel):
    """One request. `duration` is what was asked for, `approved_duration` what an approver made of it.

    Without a target, an approval was all that was asked for. `path` says who settles it: people, a fast_track rule,
    or break_glass. `assistant` is what asked in the requester's name; empty where they asked themselves.
    """

    ref: str
    url: str
    state: str
    path: str
    flow: str
    target: str | None
    requester: Person
    assistant: str
    duration: int
    approved_duration: int | None
    reason: str
    ticket: str
    fields: list[AnswerOut]
    starts_at: datetime | None
    created_at: datetime
    settled_at: datetime | None
    lapses_at: datetime | None
    decisions: list[DecisionOut]
    grant: GrantState | None


class GrantOut(GrantState):
    person: Person
    target: str
    requests: list[str]
    duration: int
    starts_at: datetime
    due_to_end_at: datetime | None
    end_reason: str
    ended_by: str
    ended_by_id: int | None
    ended_by_called: str
    standing: bool
    not_verified: bool
    trouble: str


class EventOut(BaseModel):
    seq: int
    at: datetime
    actor: str
    type: str
    request: str
    grant: str
    subject: str
    text: str
    data: dict[str, Any]
    actor_id: int | None
    actor_name: str | None
    person_id: int | None
    previous: str
    hash: str
    format: int


class Requests(BaseModel):
    items: list[RequestOut]
    next_cursor: str | None


class Grants(BaseModel):
    items: list[GrantOut]
    next_cursor: str | None


class Events(BaseModel):
    """`next_cursor` is always there: what is appended later follows it."""

    items: list[EventOut]
    next_cursor: str | None


def person(user: User) -> Person:
    return Person(email=user.email, name=user.name)


def request(asked: AccessRequest, decisions: Iterable[Decision]) -> RequestOut:
    """Tell of a request whose flow, target, requester and grant were read, and of these decisions about it."""
    return RequestOut(
        ref=asked.ref,
        url=links.to(asked),
        state=asked.state,
        path=asked.path,
        flow=asked.flow.name,
        target=asked.target.name if asked.target else None,
        requester=person(asked.requester),
        assistant=asked.assistant,
        duration=asked.seconds,
        approved_duration=asked.approved_seconds,
        reason=asked.reason,
        ticket=asked.ticket,
        fields=[_answer(one) for one in asked.answers],
        starts_at=asked.starts_at,
        created_at=asked.created_at,
        settled_at=asked.settled_at,
        lapses_at=asked.due_at,
        decisions=[_decision(one) for one in decisions],
        grant=GrantState(**_of_grant(asked.grant)) if asked.grant else None,
    )


def grant(held: Grant, behind: Sequence[str], *, now: datetime) -> GrantOut:
    """Tell of a grant whose person and target were read; `behind` are the references of its requests."""
    found = trouble(held, now=now)
    return GrantOut(
        **_of_grant(held),
        person=person(held.person),
        target=held.target.name,
        requests=sorted(behind),
        duration=held.seconds,
        starts_at=held.starts_at,
        due_to_end_at=held.end_due_at or held.ends_at,
        end_reason=held.end_reason,
        ended_by=held.ended_by,
        ended_by_id=held.ended_by_id,
        ended_by_called=held.ended_by_called,
        standing=held.standing,
        not_verified=held.not_verified,
        trouble=found.text if found else "",
    )


def event(one: AuditEvent) -> EventOut:
    return EventOut(
        seq=one.number,
        at=one.at,
        actor=one.actor,
        type=one.type,
        request=one.request_ref,
        grant=one.grant_ref,
        subject=one.subject,
        text=sentence(one),
        data=one.data,
        actor_id=one.actor_id,
        actor_name=one.actor_name,
        person_id=one.person_id,
        format=one.format,
        previous=one.previous,
        hash=one.hash or "",
    )


def _answer(one: Mapping[str, Any]) -> AnswerOut:
    return AnswerOut(name=one["name"], label=one["label"], type=one["type"], value=one["value"])


def _decision(one: Decision) -> DecisionOut:
    away = person(one.on_behalf_of) if one.on_behalf_of else None
    return DecisionOut(
        by=person(one.by), on_behalf_of=away, verdict=one.verdict, comment=one.comment, place=one.place, at=one.at
    )


def _of_grant(held: Grant) -> dict[str, Any]:
    return {
        "ref": held.ref,
        "state": held.state,
        "confirmed_at": held.confirmed_at,
        "ends_at": held.ends_at,
        "ended_at": held.ended_at,
    }
