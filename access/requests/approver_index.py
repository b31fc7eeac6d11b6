"""Keep the index of whom a request asks: who is asked at all, and whose turn it is."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from access.models import AccessRequest, Asked
from access.policy import policy


def write(request: AccessRequest) -> None:
    """Write an entry for each person, group and manager of the copied policy. The first stage begins at once."""
    rows = [
        Asked(request=request, stage=number, after=pool.after, **whom)
        for number, stage in enumerate(policy.read(request.policy).stages)
        for pool in stage.pools
        for whom in _of(pool)
    ]
    _open(rows, 0, request.created_at)
    Asked.objects.bulk_create(rows)


def move_on(request: AccessRequest, *, stage: int | None, now: datetime) -> None:
    """Let the people of another stage be asked from now on, and nobody else; None: nobody at all."""
    rows = list(Asked.objects.filter(request=request))
    _open(rows, stage, now)
    Asked.objects.bulk_update(rows, ["opens_at", "due_at"])


def _of(pool: policy.Pool) -> list[dict[str, Any]]:
    people: list[dict[str, Any]] = [{"person_id": one.id} for one in pool.people]
    groups = [{"group_id": one.id} for one in pool.groups]
    return [*people, *groups, *([{"manager": True}] if pool.managers else [])]


def _open(rows: Iterable[Asked], stage: int | None, since: datetime) -> None:
    for row in rows:
        row.opens_at = since + timedelta(seconds=row.after) if row.stage == stage else None
        # Those who are asked at once are told along with what begins the stage.
        row.due_at = row.opens_at if row.after else None
