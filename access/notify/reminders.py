"""When people who let somebody wait are reminded: after pauses that grow, until the request is settled or lapses."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count
from typing import Final

from django.utils.dateparse import parse_datetime

from access.core.states import RequestState
from access.models import AccessRequest, Kind, Notification

FIRST: Final = timedelta(hours=1)
LONGEST: Final = timedelta(days=1)
# A request that lapses soon is reminded of sooner: the first time when this part of its time is over.
PART: Final = 4


@dataclass(frozen=True)
class Reminder:
    at: datetime
    key: str


def first(request: AccessRequest, *, stage: int, since: datetime, now: datetime) -> Reminder | None:
    """Say when those who were asked at `since` are reminded for the first time later than `now`.

    None when the request lapses before, or is settled.
    """
    if request.state != RequestState.PENDING or request.due_at is None:
        return None
    pause = min(FIRST, (request.due_at - since) / PART)
    at = since
    for number in count(1):
        at += pause
        if at >= request.due_at:
            return None
        if at > now:
            return Reminder(at, f"{Kind.REMINDER}:{request.ref}:{stage}:{number}")
        pause = min(pause * 2, LONGEST)
    return None


def write_next(sent: Notification, *, now: datetime) -> None:
    """Write the reminder that follows on this one, for the same person."""
    request, since = sent.request, parse_datetime(sent.facts.get("since", ""))
    if request is None:
        return
    following = first(
        request, stage=int(sent.facts.get("stage", 0)), since=since or request.created_at, now=now
    )  # fmt: skip
    if following is None:
        return
    row = Notification(
        recipient=sent.recipient,
        channel=sent.channel,
        kind=Kind.REMINDER,
        topic=sent.topic,
        key=following.key,
        request=request,
        facts=sent.facts,
        created_at=now,
        due_at=following.at,
    )
    Notification.objects.bulk_create([row], ignore_conflicts=True)
