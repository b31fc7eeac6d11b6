"""Read what was done while access was held, and watch sessions that outlive it: after an end, never before it."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from django.conf import settings
from django.db import transaction
from django.db.models import F, QuerySet

from access.audit import log
from access.core import operation_words
from access.core.states import GrantState
from access.evidence import sessions
from access.models import (
    DirectoryEnvironment,
    DirectoryMembership,
    DirectoryPermission,
    DirectoryPerson,
    Grant,
    GrantActivity,
    Operation,
    Target,
)
from integrations import activity as outside
from integrations.base import AccessProvider, ProviderError

WHILE_HELD: Final = timedelta(minutes=5)  # between two readings
SESSION: Final = timedelta(minutes=1)  # while a session outlives the access
LONGEST_PAUSE: Final = timedelta(hours=1)
MOST_NAMES: Final = 20  # asked for in one reading
MOST_TOLD: Final = 100  # in the event
APP: Final = "apps"  # what Aptible calls the kind of resource
MOST_APPS: Final = 500  # remembered of one environment


def due(now: datetime) -> QuerySet[Any, int]:
    """What is to be read of grants, by primary key."""
    return GrantActivity.objects.filter(due_at__lte=now).order_by("due_at").values_list("pk", flat=True)


@transaction.atomic
def note(target: Target, *, now: datetime) -> None:
    """Let the operations of the target's grants be read: now and then while held, and at once after the end."""
    begun = Grant.objects.filter(target=target, confirmed_at__isnull=False, activity=None)
    recent = begun.filter(state=GrantState.ACTIVE) | begun.filter(ended_at__gt=now - timedelta(days=1))
    rows = [GrantActivity(grant=one, due_at=now + WHILE_HELD) for one in recent]
    GrantActivity.objects.bulk_create(rows, ignore_conflicts=True)
    ended = GrantActivity.objects.filter(grant__target=target, grant__state=GrantState.ENDED, end_read_at=None)
    ended.filter(due_at__gt=now, attempts=0).update(due_at=now)


def read(activity: GrantActivity, *, provider: AccessProvider, now: datetime) -> None:
    """Read and keep what the holder's account did between the confirmed start and end, if it is due.

    Never raises a ProviderError: what can't be read is written down, and tried again.
    """
    activity = GrantActivity.objects.select_related("grant__target__integration", "grant__person").get(pk=activity.pk)
    if activity.due_at is None or not _claim(activity, now=now):
        return
    grant = activity.grant
    if not activity.is_complete and not _read_and_keep(activity, provider, now=now):
        return
    if grant.state == GrantState.ENDED:
        sessions.watch(grant, provider=provider, now=now)
    _done(activity, now=now)


def _read_and_keep(activity: GrantActivity, provider: AccessProvider, *, now: datetime) -> bool:
    """False: it could not be read, and is tried again."""
    grant = activity.grant
    try:
        found = [one for place in _places(grant) for one in _of_place(place, grant, provider, now=now)]
        names = _names(grant, found, provider)
    except ProviderError as error:
        _put_off(activity, error.summary, now=now)
        return False
    _keep(grant, found, names)
    return True


@dataclass(frozen=True)
class _Found:
    operation: outside.Operation
    place: DirectoryEnvironment


def _claim(activity: GrantActivity, *, now: datetime) -> bool:
    mine = GrantActivity.objects.filter(pk=activity.pk, due_at=activity.due_at, due_at__lte=now)
    return bool(mine.update(due_at=now + settings.LEASE, attempts=F("attempts") + 1))


def _places(grant: Grant) -> Sequence[DirectoryEnvironment]:
    """The environments that the role opens."""
    integration = grant.target.integration_id
    opened = DirectoryPermission.objects.filter(role__integration=integration, role__external_id=grant.role_id)
    return list(DirectoryEnvironment.objects.filter(pk__in=opened.values("environment")).order_by("name"))


def _of_place(
    place: DirectoryEnvironment, grant: Grant, provider: AccessProvider, *, now: datetime
) -> Iterable[_Found]:
    email, start = _email(grant), grant.confirmed_at
    end = grant.ended_at or now
    for one in provider.operations(place.external_id):
        theirs = bool(email) and one.email == email and one.type not in operation_words.NOISE
        if theirs and start is not None and start <= one.at <= end:
            yield _Found(one, place)


def _email(grant: Grant) -> str:
    rows = DirectoryPerson.objects.filter(integration=grant.target.integration_id, external_id=grant.account_id)
    return (rows.values_list("email", flat=True).first() or "").strip().lower()


def _names(grant: Grant, found: Sequence[_Found], provider: AccessProvider) -> dict[tuple[str, str], str]:
    """What the resources are called: as it was kept before, else asked for, else their number."""
    kept = set(grant.operations.values_list("external_id", flat=True))
    names: dict[tuple[str, str], str] = {}
    for one in (each.operation for each in found if each.operation.id not in kept):
        what = (one.resource_kind, one.resource_id)
        if what in names or not one.resource_id:
            continue
        asked = len(names) < MOST_NAMES
        names[what] = (_handle(provider, *what) if asked else "") or f"#{one.resource_id}"
    return names


def _handle(provider: AccessProvider, kind: str, id_: str) -> str:
    try:
        return provider.handle(kind, id_)[:200]
    except ProviderError:
        return ""  # it may be gone by now


@transaction.atomic
def _keep(grant: Grant, found: Sequence[_Found], names: dict[tuple[str, str], str]) -> None:
    known = {one.external_id: one for one in grant.operations.all()}
    keeps_commands = all(one.flow.keeps_commands for one in grant.requests.select_related("flow"))
    rows = []
    for each in found:
        one = each.operation
        if one.id in known:
            Operation.objects.filter(pk=known[one.id].pk).exclude(status=one.status).update(status=one.status[:20])
            continue
        rows.append(
            Operation(
                grant=grant, external_id=one.id, at=one.at, type=one.type[:60], status=one.status[:20],
                environment=each.place.name[:200], resource_kind=one.resource_kind[:60],
                resource=names.get((one.resource_kind, one.resource_id), ""),
                command=one.command if keeps_commands else "",
            )
        )  # fmt: skip
    Operation.objects.bulk_create(rows, ignore_conflicts=True)
    for _pk, place in sorted({each.place.pk: each.place for each in found}.items()):
        here = [each.operation for each in found if each.place.pk == place.pk]
        _note_apps(place, {names.get((APP, one.resource_id), "") for one in here})


def _note_apps(place: DirectoryEnvironment, names: Collection[str]) -> None:
    """Remember which apps there are, so that people find the role that opens one by its name."""
    fresh = {one for one in names if one and not one.startswith("#")} - set(place.apps)
    if not fresh:
        return
    row = DirectoryEnvironment.objects.select_for_update().filter(pk=place.pk).first()
    if row is not None:
        apps = sorted({*row.apps, *fresh})[:MOST_APPS]
        DirectoryEnvironment.objects.filter(pk=row.pk).update(apps=apps)


@transaction.atomic
def _done(activity: GrantActivity, *, now: datetime) -> None:
    """Write down that it was read, and when it is read next: never again once all of it must have been seen."""
    grant = activity.grant
    changes: dict[str, object] = {
        "read_at": now, "attempts": 0, "last_error": "", "other_role": activity.other_role or _has_other_role(grant),
    }  # fmt: skip
    running = grant.operations.filter(outlived_at__isnull=False, over_at=None).exists()
    if grant.state != GrantState.ENDED:
        changes["due_at"] = now + WHILE_HELD
    elif activity.end_read_at is None:
        changes |= {"end_read_at": now, "due_at": now + min(SESSION, settings.SETTLING)}
    elif now < activity.end_read_at + settings.SETTLING:
        changes["due_at"] = now + SESSION
    else:
        changes |= {"is_complete": True, "due_at": now + SESSION if running else None}
        if not activity.is_complete:
            _say(grant, now=now)
    GrantActivity.objects.filter(pk=activity.pk).update(**changes)


def _say(grant: Grant, *, now: datetime) -> None:
    """Tell the log, and so everybody who reads it, what was done: once, when it is complete."""
    done = list(grant.operations.order_by("at", "pk"))
    told = [
        {
            "id": one.external_id, "at": one.at.isoformat(), "type": one.type, "status": one.status,
            "environment": one.environment, "resource": f"{one.resource_kind} {one.resource}".strip(),
        }
        for one in done[:MOST_TOLD]
    ]  # fmt: skip
    log.append("grant.activity", actor=log.SYSTEM, now=now, grant=grant, data={"count": len(done), "operations": told})


def _put_off(activity: GrantActivity, why: str, *, now: datetime) -> None:
    pause = min(LONGEST_PAUSE, SESSION * 2 ** min(activity.attempts, 6))
    GrantActivity.objects.filter(pk=activity.pk).update(due_at=now + pause, last_error=why)


def _has_other_role(grant: Grant) -> bool:
    """Whether the account could have done it with another role."""
    places: Collection[int] = [one.pk for one in _places(grant)]
    others = DirectoryMembership.objects.filter(
        role__integration=grant.target.integration_id, account_id=grant.account_id
    ).exclude(role__external_id=grant.role_id)
    return DirectoryPermission.objects.filter(environment__in=places, role__in=others.values("role")).exists()


@dataclass(frozen=True)
class Usage:
    """Of how many accesses it is known what was done with them, and how many of those were used at all."""

    known: int
    used: int


def usage(grants: QuerySet[Grant]) -> Usage:
    """Count, among these grants, the ended ones that were read to their end. Two queries."""
    known = grants.filter(activity__is_complete=True)
    used = known.filter(pk__in=Operation.objects.values("grant"))
    return Usage(known.count(), used.count())
