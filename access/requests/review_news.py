"""What has happened to the requests that an approver has on the screen, and how many came since."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db.models import Q, QuerySet

from access.core.states import GrantState, RequestState
from access.models import AccessRequest, AuditEvent, User
from access.policy.decides_for import Reach
from access.requests import approval_queue, lists

# It waits, but not for the reader.
PASSED: Final = "passed"
# What will be something else soon; the rest is settled, and looked at no more.
MOVES: Final = (RequestState.PENDING, PASSED, GrantState.SCHEDULED, GrantState.GRANTING, GrantState.REVOKING)


@dataclass(frozen=True)
class News:
    fresh: int  # how many came since
    changed: Sequence[tuple[AccessRequest, str]]  # those on the screen that are told to be something else by now
    left: Sequence[tuple[str, str]]  # by reference what is still to be looked at, and what it is
    moments: Sequence[datetime | None] = ()

    @property
    def version(self) -> str:
        """Change whenever there is something to tell."""
        told = (self.fresh, [(one.pk, what) for one, what in self.changed])
        return hashlib.sha256(repr(told).encode()).hexdigest()[:16]


NOTHING: Final = News(0, (), ())


def news(
    shown: Mapping[str, str], *, since: datetime, waits: QuerySet[AccessRequest], reader: User, now: datetime,
    reach: Reach | None = None,
) -> News:  # fmt: skip
    """Tell of those with these references and what they were told to be, and of what has come to `waits` since."""
    fresh = waits.exclude(ref__in=shown).filter(Q(created_at__gt=since) | Q(ref__in=_passed_on(since))).count()
    still = set(waits.filter(ref__in=shown).values_list("pk", flat=True))
    seen = lists.visible_to(reader, now=now, reach=reach).filter(ref__in=shown)
    found = [(one, what(one, still)) for one in lists.with_facts(seen).order_by("pk")]
    return News(
        fresh=fresh,
        changed=[(one, state) for one, state in found if state != shown[one.ref]],
        left=to_look_at((one.ref, state) for one, state in found),
        moments=[one.due_at for one, _state in found],
    )


def what(request: AccessRequest, waiting: set[int]) -> str:
    """What a row tells of it: its status, or that it waits for others."""
    status = lists.status_of(request)
    return PASSED if status == RequestState.PENDING and request.pk not in waiting else status


def to_look_at(told: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    return [(ref, state) for ref, state in told if state in MOVES]


def rows(told: News, *, reader: User, now: datetime) -> list[approval_queue.Row]:
    """What the rows of those show that changed."""
    found = [one for one, _state in told.changed]
    return approval_queue.rows(found, reader=reader, now=now) if found else []


def _passed_on(since: datetime) -> QuerySet[AuditEvent, str]:
    """Those that ask more people than before."""
    return AuditEvent.objects.filter(type="request.passed_on", at__gt=since).values_list("request_ref", flat=True)
