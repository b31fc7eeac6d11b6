"""When people who let somebody wait are reminded: after pauses that grow, until the request is settled or lapses."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count
from typing import Final

from access.models import AccessRequest, Kind, Notification
from access.states import RequestState

FIRST: Final = timedelta(hours=1)
LONGEST: Final = timedelta(days=1)
# A request that lapses soon is reminded of sooner: the first time when this part of its time is over.
PART: Final = 4


@dataclass(frozen=True)
class Reminder:
    at: datetime
    key: str


def first(request: AccessRequest, *, now: datetime) -> Reminder | None:
    """Say when the first reminder later than `now` is due. None when the request lapses before, or is settled."""
    if request.state != RequestState.PENDING or request.due_at is None:
        return None
    pause = min(FIRST, (request.due_at - request.created_at) / PART)
    at = request.created_at
    for number in count(1):
        at += pause
        if at >= request.due_at:
            return None
        if at > now:
            return Reminder(at, f"{Kind.REMINDER}:{request.ref}:{number}")
        pause = min(pause * 2, LONGEST)
    return None


def write_next(sent: Notification, *, now: datetime) -> None:
    """Write the reminder that follows on this one, for the same person."""
    following = first(sent.request, now=now) if sent.request else None
    if following is None:
        return
    row = Notification(
        recipient=sent.recipient,
        channel=sent.channel,
        kind=Kind.REMINDER,
        topic=sent.topic,
        key=following.key,
        request=sent.request,
        facts=sent.facts,
        created_at=now,
        due_at=following.at,
    )
    Notification.objects.bulk_create([row], ignore_conflicts=True)
