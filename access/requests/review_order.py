"""The order in which an approver looks at what waits."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from django.db.models import Count, QuerySet
from django.db.models.functions import Coalesce, Lower
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from access.core.prepared import prepared
from access.directory import accounts, roles
from access.models import AccessRequest
from access.policy.decides_for import Reach
from access.requests import approval_queue, history, lists, risk

LAPSES, RISK = "lapses", "risk"
_BY: Final[Mapping[str, Sequence[Any]]] = {
    LAPSES: ("due_at",),
    "asked": ("created_at",),
    "person": (Lower("requester__name"), "requester__email"),
    "target": (Lower(Coalesce("target__label", "flow__label")),),
}
ORDERS: Final[list[tuple[str, str | Promise]]] = [
    (LAPSES, _("What lapses soonest")),
    ("asked", _("What has waited longest")),
    ("person", _("Person")),
    ("target", _("Target")),
    (RISK, _("Risk, the highest first")),
]
# More than anybody has waiting; of these the risk is judged to put them in order.
MOST_JUDGED: Final = 1000


class Waiting:
    """What waits for somebody who decides for nobody else, narrowed and in this order, for a paginator."""

    def __init__(self, reach: Reach, by: lists.Narrowing, order: str, *, now: datetime) -> None:
        self._of, self._by, self._order = (reach, now, lists.Typed.of(by)), by, order

    def count(self) -> int:
        [found] = _how_many(*self._of, status=self._by.status, state=self._by.state)
        return int(found["number"])

    def __getitem__(self, part: slice) -> list[AccessRequest]:
        states = (self._by.status, self._by.state)
        return _part(*self._of, states=states, order=self._order, first=part.start, after=part.stop)


@prepared
def _how_many(reach: Reach, now: datetime, by: lists.Typed, *, status: str, state: str) -> QuerySet[AccessRequest, Any]:
    waiting = approval_queue.waiting_for(reach.person, now=now, reach=reach)
    counted = lists.fitting(waiting, by, status=status, state=state).order_by().values(number=Count("pk"))
    counted.query.group_by = None  # all of them together
    return counted


@prepared
def _part(
    reach: Reach, now: datetime, by: lists.Typed, *, states: tuple[str, str], order: str, first: int, after: int
) -> QuerySet[AccessRequest]:
    status, state = states
    waiting = approval_queue.waiting_for(reach.person, now=now, reach=reach)
    return _in_order(lists.fitting(waiting, by, status=status, state=state), order)[first:after]


def _in_order(waiting: QuerySet[AccessRequest], by: str) -> QuerySet[AccessRequest]:
    return lists.for_reviews(waiting).order_by(*_BY.get(by, _BY[LAPSES]), "due_at", "pk")


def ordered(
    waiting: QuerySet[AccessRequest], by: str, *, now: datetime
) -> QuerySet[AccessRequest] | list[AccessRequest]:
    """Put what waits in this order, with what its rows tell. By risk it is read whole, in a fixed number of queries."""
    if by != RISK:
        return _in_order(waiting, by)
    every = list(lists.for_reviews(waiting).order_by("due_at", "pk")[:MOST_JUDGED])
    judged = _judged(every, now=now)
    return sorted(every, key=lambda one: -judged[one.pk].points)


def _judged(requests: Sequence[AccessRequest], *, now: datetime) -> dict[int, risk.Risk]:
    known = roles.of_targets([target for one in requests for target in one.targets])
    before, whose = history.of_requests(requests, now=now), accounts.of_requests(requests)
    return {
        one.pk: risk.of(
            one,
            role=known.get(one.target_id) if one.target_id else None,
            history=before.get(one.pk, history.NEVER),
            account=whose.get(one.pk),
        )
        for one in requests
    }
