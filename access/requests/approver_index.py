"""Keep the index of whom a request asks: who is asked at all, and whose turn it is."""

from datetime import datetime, timedelta
from typing import Any

from django.db.models import Case, DateTimeField, Value, When

from access.models import AccessRequest, Asked
from access.policy import policy


def write(request: AccessRequest, *, is_open: bool = True) -> None:
    """Write an entry for each person, group and manager of the copied policy. The first stage begins at once, if any.

    What is settled asks nobody any more, whatever its entries say of whose turn it was.
    """
    rows = [
        Asked(request=request, stage=number, after=pool.after, **whom)
        for number, stage in enumerate(policy.read(request.policy).stages)
        for pool in stage.pools
        for whom in _of(pool)
    ]
    for row in rows:
        row.opens_at, row.due_at = _times(row.after, request.created_at) if is_open and not row.stage else (None, None)
    Asked.objects.bulk_create(rows)


def move_on(request: AccessRequest, stage: int | None, *, now: datetime) -> None:
    """Let the people of another stage be asked from now on, and nobody else; None: nobody at all. One statement."""
    stages = policy.read(request.policy).stages
    afters = {pool.after for pool in stages[stage].pools} if stage is not None else set()
    opens = [When(stage=stage, after=one, then=Value(_times(one, now)[0])) for one in afters]
    due = [When(stage=stage, after=one, then=Value(_times(one, now)[1])) for one in afters if one]
    moment = DateTimeField()
    Asked.objects.filter(request=request).update(
        opens_at=Case(*opens, output_field=moment), due_at=Case(*due, output_field=moment)
    )


def _of(pool: policy.Pool) -> list[dict[str, Any]]:
    people: list[dict[str, Any]] = [{"person_id": one.id} for one in pool.people]
    groups = [{"group_id": one.id} for one in pool.groups]
    return [*people, *groups, *([{"manager": True}] if pool.managers else [])]


def _times(after: int, since: datetime) -> tuple[datetime, datetime | None]:
    """From when on somebody is asked, and when they have to be told: who is asked at once is told along with it."""
    opens_at = since + timedelta(seconds=after)
    return opens_at, opens_at if after else None
