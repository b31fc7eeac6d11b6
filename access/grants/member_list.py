"""Read who is in a role, within the time of one pass. What it had no time for, the next one goes on with."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any, Final

from django.db.models import QuerySet

from access.core.job_clock import Elapsed
from access.core.prepared import prepared, the_one
from access.models import Target
from integrations.base import AccessProvider, Membership, ProviderError

# What was begun longer ago is begun anew.
STALE: Final = timedelta(minutes=10)


@dataclass(frozen=True)
class Seen:
    """What Aptible listed. Nothing of it is older than `since`, less by how much its lists lag.

    Only in a `whole` list not to be there means anything.
    """

    since: datetime
    rows: tuple[Membership, ...] = ()
    nameless: frozenset[str] = frozenset()
    rest: str = ""

    @property
    def whole(self) -> bool:
        return not self.rest

    @cached_property
    def by_account(self) -> Mapping[str, tuple[Membership, ...]]:
        found: dict[str, list[Membership]] = defaultdict(list)
        for one in self.rows:
            found[one.account_id].append(one)
        return {account_id: tuple(rows) for account_id, rows in found.items()}

    def of(self, account_id: str) -> tuple[Membership, ...]:
        return self.by_account.get(account_id, ())


def nothing(clock: Elapsed) -> Seen:
    """What is seen when Aptible lists nothing: no list at all, which is not an empty one."""
    return Seen(since=clock.at(), rest="-")


def go_on(target: Target, *, provider: AccessProvider, clock: Elapsed, until: float) -> Seen:
    """Read on where an earlier pass stopped, or from the start. No page but one is begun after `until` seconds."""
    kept = the_one(_reading(target.pk))
    begun = _kept(kept, target)
    if begun is None or begun.since < clock.at() - STALE:
        begun = Seen(since=clock.at())
    seconds = max(until - clock.seconds, 0.0)
    try:
        listing = provider.read_members(target.role_id, seconds=seconds, rest=begun.rest)
    except ProviderError:
        forget(target, kept)
        raise
    seen = Seen(begun.since, (*begun.rows, *listing.members), begun.nameless | listing.nameless, listing.rest)
    _keep(target, seen, kept)
    return seen


@prepared
def _reading(target: int) -> QuerySet[Target, Any]:
    return Target.objects.filter(pk=target).values_list("reading", flat=True)


def anew(target: Target, *, provider: AccessProvider, clock: Elapsed, until: float) -> Seen:
    """Read from the start, because something was changed."""
    Target.objects.filter(pk=target.pk).exclude(reading=None).update(reading=None)
    return go_on(target, provider=provider, clock=clock, until=until)


def forget(target: Target, kept: object = True) -> None:
    """Begin the next list from its start."""
    if kept is not None:
        Target.objects.filter(pk=target.pk).update(reading=None)


def _keep(target: Target, seen: Seen, kept: object) -> None:
    if seen.whole:
        forget(target, kept)
        return
    rows = [[one.id, one.account_id] for one in seen.rows]
    reading = {"since": seen.since.isoformat(), "rows": rows, "nameless": sorted(seen.nameless), "rest": seen.rest}
    Target.objects.filter(pk=target.pk).update(reading=reading)


def _kept(kept: Any, target: Target) -> Seen | None:
    if not kept:
        return None
    rows = tuple(Membership(id_, target.role_id, account_id) for id_, account_id in kept["rows"])
    return Seen(datetime.fromisoformat(kept["since"]), rows, frozenset(kept["nameless"]), kept["rest"])
