"""The list of active access as a page shows it: counted, read a part at a time, with what it can be narrowed to."""

from datetime import datetime
from functools import cached_property
from typing import Any

from django.db.models import Count, QuerySet, Value, Window

from access.core.prepared import prepared
from access.grants import active
from access.models import Grant, Target, User
from access.policy.decides_for import Reach

Labelled = tuple[str, str]


class Shown:
    """A list of what is seen, narrowed, for a paginator: counted with its first page, and read a page at a time."""

    def __init__(self, reach: Reach, by: active.Narrowing, *, size: int, now: datetime) -> None:
        self._of = (reach, by.person, by.target, now)
        self._state, self._size = by.state, size

    def count(self) -> int:
        return int(self._first[0].every) if self._first else 0

    def __getitem__(self, part: slice) -> list[Grant]:
        return self._read(part.start, part.stop) if part.start else self._first[: part.stop]

    @cached_property
    def _first(self) -> list[Any]:
        return self._read(0, self._size)

    def _read(self, first: int, after: int) -> list[Grant]:
        found = _listed(*self._of, state=self._state, first=first, after=after)
        active.read_requests(found)
        return found


@prepared
def _listed(
    reach: Reach, person: str, target: str, now: datetime, *, state: str, first: int, after: int
) -> QuerySet[Grant]:  # fmt: skip
    """A part of it. Each grant tells how many there are on `every` page together."""
    seen = active.visible_to(reach.person, now=now, reach=reach)
    found = active.in_order(active.narrowed(seen, active.Narrowing(person, target, state), now=now))
    return found.annotate(every=Window(Count("pk")))[first:after]


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
