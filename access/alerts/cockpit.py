"""What a person may want to do next: for what they wait, what they could have, and what of others they may end."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from access.core.errors import allowed
from access.core.states import GrantState, RequestState
from access.grants import active
from access.models import AccessRequest
from access.policy.decides_for import Reach
from access.requests import approval_queue, choices, lists, offered, remind
from access.requests.offered import Offer
from access.requests.rules import check_can_remind

MOST: Final = 5
USUAL: Final = 6


@dataclass(frozen=True)
class Pending:
    """A request of the reader's own that waits, with who can decide it."""

    row: approval_queue.Row
    reminded_at: datetime | None
    can_remind: bool


@dataclass(frozen=True)
class Cockpit:
    pending: Sequence[Pending]
    usual: Sequence[Offer]
    others: Sequence[active.Row]  # what others hold that the reader may end, what ends first on top


def cockpit(reach: Reach, *, now: datetime) -> Cockpit:
    """Read it for this reader, in a fixed number of queries."""
    return Cockpit(_pending(reach, now=now), _usual(reach, now=now), _others(reach, now=now))


def _pending(reach: Reach, *, now: datetime) -> list[Pending]:
    mine = AccessRequest.objects.filter(requester=reach.person, state=RequestState.PENDING)
    found = list(lists.for_list(mine)[:MOST])
    last = remind.last_of(found)
    rows = approval_queue.rows(found, reader=reach.person, now=now) if found else []
    return [
        Pending(
            row,
            last.get(row.request.ref),
            allowed(check_can_remind, row.request, by=reach.person, last=last.get(row.request.ref), now=now)
            and bool(row.can_still),
        )
        for row in rows
    ]


def _usual(reach: Reach, *, now: datetime) -> list[Offer]:
    """What they could have and do not, what they ask for often first."""
    every = offered.offers(choices.flows(reach.person, with_questions=False), reach.person, now=now)
    return [one for one in every if one.is_free][:USUAL]


def _others(reach: Reach, *, now: datetime) -> list[active.Row]:
    if reach.person.is_auditor:
        return []
    seen = active.visible_to(reach.person, now=now, reach=reach).exclude(person=reach.person)
    held = seen.filter(state__in=(GrantState.GRANTING, GrantState.ACTIVE))
    rows = active.rows(list(active.for_list(held)[:MOST]), reader=reach.person, now=now, reach=reach)
    return [one for one in rows if one.can_end]
