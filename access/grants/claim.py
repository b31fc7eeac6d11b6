"""Take a target for one lease, so that one worker at a time changes its members."""

from collections.abc import Collection
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q, QuerySet

from access.audit import log
from access.core.prepared import prepared
from access.core.states import EndReason, GrantState
from access.grants import begin, lifecycle
from access.models import Grant, Target

# Between the name of a worker and that of one of its processes, where a process holds a lease.
PROCESS: Final = "/"
# A target whose last pass took longer keeps no quick one from its turn.
SLOW_PASS: Final = 3.0  # seconds
# So many grants start to end in one transaction.
AT_ONCE: Final = 50


@dataclass(frozen=True)
class Work:
    """What is due on one target: grants that should become true at the provider, and grants that should not."""

    target: Target
    holder: str
    until: datetime
    granting: tuple[Grant, ...]
    revoking: tuple[Grant, ...]

    def __bool__(self) -> bool:
        return bool(self.granting or self.revoking)


def take(
    target: Target, *, holder: str, now: datetime, held: Collection[str] | None = None, may_grant: bool = True
) -> Work | None:
    """Lease the target and everything due on it. None: another worker is at it.

    Scheduled grants that are due begin, active ones whose time is up start to end, in small transactions one after the
    other: however much is due, nobody waits for all of it. Each due grant is put a lease ahead, so that a worker that
    dies now delays it and never loses it. `held` are the accounts that the role has just been seen to have, if it was
    looked at. Who may not grant takes only what ends.
    """
    until = now + settings.LEASE
    free = Q(leased_until=None) | Q(leased_until__lte=now)
    taken = Target.objects.filter(free, pk=target.pk).update(leased_until=until, leased_by=holder, queued_until=None)
    if not taken:
        return None
    with ExitStack() as stack:
        stack.callback(release, Work(target, holder, until, (), ()))
        # Scheduled ones first: what extends a grant must not find that it has just begun to end.
        if may_grant:
            _begin_due(target, now=now, held=held)
        while _expire_some(target, now=now):
            pass
        work = _claim(target, now=now, holder=holder, until=until, may_grant=may_grant)
        stack.pop_all()
    return work


def _begin_due(target: Target, *, now: datetime, held: Collection[str] | None) -> None:
    """Begin what is due on the target, each in a transaction of its own."""
    for grant in _scheduled(target.pk, now):
        begin.begin(grant, now=now, held=held)


@prepared
def _scheduled(target: int, now: datetime) -> QuerySet[Grant]:
    due = Grant.objects.filter(target=target, state=GrantState.SCHEDULED, due_at__lte=now)
    return due.select_related("target", "person").order_by("pk")


@transaction.atomic(durable=True)
def _expire_some(target: Target, *, now: datetime) -> bool:
    """Let the next active grants whose time is up start to end. Returns whether there may be more."""
    found = _over(target.pk, now, most=AT_ONCE)
    if found:
        lifecycle.advance_each(
            found, GrantState.REVOKING, actor=log.SYSTEM, now=now, data={"reason": EndReason.EXPIRED},
            end_reason=EndReason.EXPIRED, end_due_at=F("ends_at"),
        )  # fmt: skip
    return len(found) == AT_ONCE


@prepared
def _over(target: int, now: datetime, *, most: int) -> QuerySet[Grant]:
    active = Grant.objects.filter(target=target, state=GrantState.ACTIVE, due_at__lte=now).order_by("pk")
    return active.select_for_update(of=("self",)).select_related("target")[:most]


@transaction.atomic(durable=True)
def _claim(target: Target, *, now: datetime, holder: str, until: datetime, may_grant: bool) -> Work:
    claimed = _moving(target.pk, now, may_grant=may_grant)
    if claimed:
        rows = Grant.objects.filter(pk__in=[one.pk for one in claimed])
        rows.update(due_at=until, attempts=F("attempts") + 1)
    for one in claimed:
        one.target = target  # with its integration, which would be read anew for each
        one.due_at, one.attempts = until, one.attempts + 1
    granting = tuple(one for one in claimed if one.state == GrantState.GRANTING)
    return Work(target, holder, until, granting, tuple(one for one in claimed if one.state == GrantState.REVOKING))


@prepared
def _moving(target: int, now: datetime, *, may_grant: bool) -> QuerySet[Grant]:
    states = (GrantState.GRANTING, GrantState.REVOKING) if may_grant else (GrantState.REVOKING,)
    moving = Grant.objects.filter(target=target, state__in=states, due_at__lte=now).order_by("pk")
    return moving.select_for_update(of=("self",))


@transaction.atomic(durable=True)
def release(work: Work, *, took: float = 0.0) -> None:
    """Give the target free, unless the lease ran out and somebody else has it now. The pass took so many seconds."""
    held = Target.objects.filter(pk=work.target.pk, leased_by=work.holder, leased_until=work.until)
    held.update(leased_until=None, leased_by="", pass_seconds=max(round(took, 1), 0.1))


@transaction.atomic(durable=True)
def release_all_of(holder: str, *, now: datetime) -> int:
    """Give free what a worker, or one of its processes, held that is known to be dead; return how many targets.

    Its grants become due at once. What its last call did stays unsure until the lease would have ended.
    """
    mine = Q(leased_by=holder) | Q(leased_by__startswith=f"{holder}{PROCESS}")
    targets = list(Target.objects.select_for_update(no_key=True).filter(mine).order_by("pk"))
    for target in targets:
        held = Grant.objects.filter(target=target, due_at=target.leased_until)
        held.filter(state__in=(GrantState.GRANTING, GrantState.REVOKING)).update(due_at=now)
    Target.objects.filter(pk__in=[target.pk for target in targets]).update(leased_until=None, leased_by="")
    return len(targets)
