"""How much waits for a person: decisions, looks at break-glass afterwards, and rows of access reviews."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, QuerySet, Subquery
from django.db.models.functions import Coalesce

from access.core.prepared import prepared
from access.models import User
from access.policy import access_reviewers
from access.policy.decides_for import Reach
from access.requests import approval_queue, break_glass_reviews


@dataclass(frozen=True)
class Waiting:
    to_decide: int
    to_look_at: int
    to_keep: int | None = None  # rows of access reviews, where they were counted

    @property
    def together(self) -> int:
        return self.to_decide + self.to_look_at


def count(reach: Reach, *, now: datetime, rows: bool = False) -> Waiting:
    """Count in one query: nothing but what is pending, or not signed off, is read. Of access reviews only on demand."""
    [found] = _counts(reach, now, rows=rows)
    return Waiting(*found)


@prepared
def _counts(reach: Reach, now: datetime, *, rows: bool) -> QuerySet[User, tuple[int, ...]]:
    decide = _count(approval_queue.waiting_for(reach.person, now=now, reach=reach))
    look_at = _count(break_glass_reviews.waiting_for(reach.person, reach=reach))
    more = [_count(access_reviewers.waiting(reach.person, reach=reach))] if rows else []
    return User.objects.filter(pk=reach.person.pk).values_list(decide, look_at, *more)


def _count(rows: QuerySet[Any]) -> Coalesce:
    """The number of rows, as a value of another query."""
    counted = rows.order_by().values(all=Count("*")).values("all")
    counted.query.group_by = None
    return Coalesce(Subquery(counted), 0)
