"""The order in which an approver looks at what waits."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from django.db.models import QuerySet
from django.db.models.functions import Coalesce, Lower
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from access.directory import accounts, roles
from access.models import AccessRequest
from access.requests import history, lists, risk

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


def ordered(
    waiting: QuerySet[AccessRequest], by: str, *, now: datetime
) -> QuerySet[AccessRequest] | list[AccessRequest]:
    """Put what waits in this order, with what its rows tell. By risk it is read whole, in a fixed number of queries."""
    found = lists.with_facts(waiting)
    if by != RISK:
        return found.order_by(*_BY.get(by, _BY[LAPSES]), "due_at", "pk")
    every = list(found.order_by("due_at", "pk")[:MOST_JUDGED])
    judged = _judged(every, now=now)
    return sorted(every, key=lambda one: -judged[one.pk].points)


def _judged(requests: Sequence[AccessRequest], *, now: datetime) -> dict[int, risk.Risk]:
    known = roles.of_targets([target for one in requests for target in one.targets])
    before, whose = history.of_requests(requests, now=now), accounts.of_requests(requests)
    return {
        one.pk: risk.of(
            one,
            role=known.get(one.target_id) if one.target_id else None,
            history=before.get((one.requester_id, one.target_id), history.NEVER),
            account=whose.get(one.pk),
        )
        for one in requests
    }
