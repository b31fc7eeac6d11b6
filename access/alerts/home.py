"""What a person finds when they come in."""

import hashlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.db.models import QuerySet

from access.alerts.alert import Alert
from access.alerts.alerts import for_admin, for_reviewer
from access.config.first_hour import steps
from access.core.prepared import prepared
from access.core.states import OPEN, GrantState, RequestState
from access.grants import active
from access.models import AccessRequest, Grant, User
from access.policy import askers, decides_for
from access.policy.decides_for import Reach
from access.requests import lists, waiting_counts
from access.requests.waiting_counts import Waiting

RECENT: Final = 6
# Seconds until what is shown may have changed: while something is on its way, and otherwise.
SOON: Final = 2
LATER: Final = 20
NEAR: Final = timedelta(seconds=15)


@dataclass(frozen=True)
class Home:
    to_review: int
    to_look_at: int  # after break-glass
    to_keep: int  # rows of access reviews
    counts: active.Counts
    held: Sequence[active.Row]  # what this person holds or will hold, what ends first on top
    recent: Sequence[AccessRequest]
    again: Collection[int]  # those of them that could be asked again
    alerts: Sequence[Alert]
    looks_again_every: int
    sees_others: bool  # what is counted is not theirs alone
    setup: steps.Progress | None = None  # for an admin, until the first access was confirmed

    @property
    def waiting(self) -> int:
        """How much waits for this person."""
        return self.to_review + self.to_look_at

    @property
    def version(self) -> str:
        """Change whenever what the page tells changes."""
        held = [
            (one.grant.pk, one.grant.state, one.due_at, one.is_overdue, one.trouble, one.can_ask_more)
            for one in self.held
        ]
        recent = [(one.pk, lists.status_of(one), one.pk in self.again) for one in self.recent]
        counts = (self.to_review, self.to_look_at, self.to_keep, self.counts)
        told = (counts, held, recent, self.alerts, self.looks_again_every, self.setup)
        return hashlib.sha256(repr(told).encode()).hexdigest()[:16]


def home(person: User, *, now: datetime, reach: Reach | None = None, waits: Waiting | None = None) -> Home:
    """Read the page of this person, in a fixed number of queries. What is known of them already is not read again."""
    reach = reach or decides_for.of(person, now=now)
    if waits is None or waits.to_keep is None:
        waits = waiting_counts.count(reach, now=now, rows=True)
    held, recent = _held(person), _recent(person)
    offers = askers.offers(person, [*held, *recent])
    counts = active.counts(person, now=now, reach=reach)
    return Home(
        to_review=waits.to_decide,
        to_look_at=waits.to_look_at,
        to_keep=waits.to_keep or 0,
        counts=counts,
        sees_others=person.reads_all or counts.every > counts.mine,
        held=active.rows(held, reader=person, now=now, reach=reach, offers=offers),
        recent=recent,
        again=askers.again(person, recent, offers),
        alerts=_alerts(reach, waits, now=now),
        looks_again_every=_looks_again_every(held, recent, now=now),
        setup=steps.progress() if person.is_admin and not steps.is_over() else None,
    )


@prepared
def _held(person: User) -> QuerySet[Grant]:
    return active.for_list(Grant.objects.filter(person=person, state__in=OPEN))


@prepared
def _recent(person: User) -> QuerySet[AccessRequest]:
    return lists.for_list(AccessRequest.objects.filter(requester=person))[:RECENT]


def _alerts(reach: Reach, waits: Waiting, *, now: datetime) -> list[Alert]:
    for_them = for_reviewer(reach.person, now=now) if waits.to_look_at else []
    return [*(for_admin(now=now) if reach.person.is_admin else []), *for_them]


def _looks_again_every(held: Sequence[Grant], recent: Sequence[AccessRequest], *, now: datetime) -> int:
    moves = any(one.state in (GrantState.GRANTING, GrantState.REVOKING) for one in held)
    near = any(one.due_at is not None and one.due_at <= now + NEAR for one in held)
    waits = any(one.state == RequestState.PENDING for one in recent)
    return SOON if moves or near or waits else LATER
