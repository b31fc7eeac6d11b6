"""Verify the log on a schedule and on demand, in slices: a job may not run for long, and the log may be long."""

from datetime import datetime, timedelta
from typing import Any, Final

from django.conf import settings
from django.db import transaction
from django.db.models import Q, QuerySet

from access.audit import head, log, seal, verify
from access.core.job_clock import Elapsed
from access.models import AuditCheck

EVERY: Final = timedelta(days=1)
WINDOW_SECONDS: Final = 15.0


def due(now: datetime) -> QuerySet[AuditCheck]:
    return AuditCheck.objects.filter(Q(leased_until=None) | Q(leased_until__lte=now), due_at__lte=now)


def state() -> AuditCheck:
    """How the last verification went, and how far the one that runs has come."""
    return AuditCheck.objects.filter(pk=1).first() or AuditCheck()


def schedule(*, now: datetime) -> None:
    """Let the log be verified once a day from now on, if it is not already."""
    AuditCheck.objects.get_or_create(pk=1, defaults={"due_at": now})


def ask(*, by: log.Actor, now: datetime) -> None:
    """Let the log be verified as soon as a worker is free. Nothing changes while that is done already."""
    row, _made = AuditCheck.objects.get_or_create(pk=1, defaults={"due_at": now})
    AuditCheck.objects.filter(pk=row.pk, started_at=None).update(due_at=now, asked_by=log.named(by))


def go_on(*, now: datetime) -> None:
    """Go on with the verification for a while, if it is due and nobody else is at it. A crash repeats a slice."""
    clock = Elapsed(now)
    claimed = _claim(now)
    if claimed is None:
        return
    seal.catch_up(now=now)
    end = head.seen()
    walk = verify.Walk(claimed.seq, claimed.hash, claimed.witness_at)
    trusted = verify.trusted_keys()
    while verify.on(walk, end, trusted=trusted):
        _note(claimed, walk)
        if clock.seconds >= WINDOW_SECONDS:
            _held(claimed).update(leased_until=None)
            return
    bad = walk.bad or verify.check_end(walk, end)
    _finish(claimed, walk, bad, at=clock.at())


@transaction.atomic(durable=True)
def _claim(now: datetime) -> AuditCheck | None:
    AuditCheck.objects.get_or_create(pk=1, defaults={"due_at": now})
    row = due(now).select_for_update().first()
    if row is None:
        return None
    if row.started_at is None:
        row.started_at, row.seq, row.hash, row.witness_at = now, 0, "", None
    row.leased_until = now + settings.LEASE
    row.save()
    return row


def _held(claimed: AuditCheck) -> QuerySet[AuditCheck]:
    return AuditCheck.objects.filter(pk=1, leased_until=claimed.leased_until)


def _note(claimed: AuditCheck, walk: verify.Walk) -> None:
    _held(claimed).update(seq=walk.seq, hash=walk.hash, witness_at=walk.sealed_at)


@transaction.atomic(durable=True)
def _finish(claimed: AuditCheck, walk: verify.Walk, bad: verify.Bad | None, *, at: datetime) -> None:
    seconds = (at - claimed.started_at).total_seconds() if claimed.started_at else 0.0
    found: dict[str, Any] = {"bad_seq": bad.seq if bad else None, "why": bad.why if bad else ""}
    done = _held(claimed).update(
        leased_until=None, started_at=None, due_at=at + EVERY, asked_by="", finished_at=at,
        events=walk.seq, seconds=seconds, **found,
    )  # fmt: skip
    if done:
        tell(walk.seq, bad, actor=claimed.asked_by or log.SYSTEM, now=at)


def tell(events: int, bad: verify.Bad | None, *, actor: str, now: datetime) -> None:
    """Write into the log what a verification has found."""
    if bad:
        log.append("audit.bent", actor=actor, now=now, subject="audit:log", data={"event": bad.seq, "text": bad.why})
    else:
        log.append("audit.verified", actor=actor, now=now, subject="audit:log", data={"events": events})
