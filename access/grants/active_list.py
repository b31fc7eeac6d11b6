"""The list of active access as a page shows it: counted, read a part at a time, with what it can be narrowed to."""

from datetime import datetime
from typing import Any

from django.db.models import Count, QuerySet, Value

from access.core.prepared import prepared
from access.grants import active
from access.models import Grant, Target, User
from access.policy.decides_for import Reach

Labelled = tuple[str, str]


class Shown:
    """A list of what is seen, narrowed, for a paginator: it is counted, and read a page at a time."""

    def __init__(self, reach: Reach, by: active.Narrowing, *, now: datetime) -> None:
        self._of = (reach, by.person, by.target, now)
        self._state = by.state

    def count(self) -> int:
        [found] = _how_many(*self._of, state=self._state)
        return int(found["number"])

    def __getitem__(self, part: slice) -> list[Grant]:
        return _listed(*self._of, state=self._state, first=part.start, after=part.stop)


@prepared
def _how_many(reach: Reach, person: str, target: str, now: datetime, *, state: str) -> QuerySet[Grant, Any]:
    seen = active.visible_to(reach.person, now=now, reach=reach)
    found = active.narrowed(seen, active.Narrowing(person, target, state), now=now)
    counted = found.order_by().values(number=Count("pk"))
    counted.query.group_by = None  # all of them together
    return counted


@prepared
def _listed(
    reach: Reach, person: str, target: str, now: datetime, *, state: str, first: int, after: int
) -> QuerySet[Grant]:  # fmt: skip
    seen = active.visible_to(reach.person, now=now, reach=reach)
    return active.for_list(active.narrowed(seen, active.Narrowing(person, target, state), now=now))[first:after]


def filters_of(reach: Reach, *, now: datetime) -> tuple[list[Labelled], list[Labelled]]:
    """The people and the targets of what is seen, by name, each as the value and the label of a filter. One query."""
    rows = _filters_of(reach, now)
    return (
        [(email, name or email) for kind, name, email in rows if not kind],
        [(name, label) for kind, label, name in rows if kind],
    )


@prepared
def _filters_of(reach: Reach, now: datetime) -> QuerySet[Any, tuple[int, str, str]]:
    grants = active.visible_to(reach.person, now=now, reach=reach)
    people = User.objects.filter(pk__in=grants.values("person")).annotate(kind=Value(0))
    targets = Target.objects.filter(pk__in=grants.values("target")).annotate(kind=Value(1))
    both = people.values_list("kind", "name", "email").union(targets.values_list("kind", "label", "name"))
    return both.order_by("kind", "name", "email")
