"""Begin a scheduled grant, or let it extend what the person holds already."""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Final

from django.db import transaction
from django.db.models import Q, QuerySet

from access.audit import log
from access.core.prepared import prepared
from access.core.states import LIVE, OPEN, EndReason, GrantState
from access.grants import drift, extension_origin, lifecycle
from access.models import AccessRequest, Grant
from access.policy import still_eligible

# How soon to look again when an earlier grant is just ending.
WAIT_FOR_THE_OLD_ONE: Final = timedelta(milliseconds=500)
# An approval is for now: access that could not be given within a day of its start has to be asked for again.
GRANT_WITHIN: Final = timedelta(days=1)


@transaction.atomic
def begin(grant: Grant, *, now: datetime, held: Collection[str] | None = None) -> None:
    """Move a scheduled grant that is due: to granting, into the live grant it extends, or a moment ahead.

    `held` are the accounts that the role has just been seen to have, if it was looked at. A live grant that it lacks
    ends as found, and this one begins anew after it. Nothing begins for a person who may no longer have it
    (deactivated, out of the group, the flow closed, the target not served), nor long after the start that was approved.

    Nothing happens to one that is no longer scheduled.
    """
    if not _still_waits(grant):
        return
    live = _live_one(grant)
    if why := _why_not(grant):
        _close(grant, EndReason.CANCELLED, why, now=now)
    elif is_too_late(grant, at=now):
        _close(grant, EndReason.REFUSED, "It could not begin within a day of its start.", now=now)
    elif live is None:
        lifecycle.advance(grant, GrantState.GRANTING, actor=log.SYSTEM, now=now)
    elif (
        live.state == GrantState.REVOKING
        or (live.person_id, live.account_id) != (grant.person_id, grant.account_id)
        or (held is not None and live.account_id not in held and drift.gone(live, now=now))
    ):
        Grant.objects.filter(pk=grant.pk).update(due_at=now + WAIT_FOR_THE_OLD_ONE)
    else:
        _merge(grant, into=live, now=now)


def _still_waits(grant: Grant) -> bool:
    """Lock it together with the live one, in the order of everybody who locks several."""
    return dict(_both(*_same(grant))).get(grant.pk) == GrantState.SCHEDULED


def _why_not(grant: Grant) -> str:
    behind = extension_origin.behind(grant)
    return still_eligible.why_not(behind) if behind else ""


def is_too_late(grant: Grant, *, at: datetime) -> bool:
    """Whether the approval is too old to be carried out now."""
    return at > grant.starts_at + GRANT_WITHIN


def _live_one(grant: Grant) -> Grant | None:
    return next(iter(_live(*_same(grant))), None)


def _same(grant: Grant) -> tuple[int, int, str, str]:
    return grant.person_id, grant.target_id, grant.account_id, grant.role_id


@prepared
def _both(person: int, target: int, account_id: str, role_id: str) -> QuerySet[Grant, tuple[int, str]]:
    both = _of_same(person, target, account_id, role_id).filter(state__in=OPEN)
    return both.select_for_update(of=("self",)).values_list("pk", "state")


@prepared
def _live(person: int, target: int, account_id: str, role_id: str) -> QuerySet[Grant]:
    return _of_same(person, target, account_id, role_id).filter(state__in=LIVE)[:1]


def _of_same(person: int, target: int, account_id: str, role_id: str) -> QuerySet[Grant]:
    """What is the same access: of one person to one target, or of one account to one role."""
    same_person, same_account = Q(person=person, target=target), Q(account_id=account_id, role_id=role_id)
    return Grant.objects.filter(same_person | same_account).order_by("pk")


def _close(grant: Grant, why: EndReason, comment: str, *, now: datetime) -> None:
    lifecycle.advance(
        grant, GrantState.ENDED, actor=log.SYSTEM, now=now,
        data={"reason": why, "comment": comment, "not_begun": True}, end_reason=why, ended_at=now,
    )  # fmt: skip


def _merge(grant: Grant, *, into: Grant, now: datetime) -> None:
    refs = sorted(grant.requests.values_list("ref", flat=True))
    AccessRequest.objects.filter(grant=grant).update(grant=into)
    lifecycle.extend(into, seconds=grant.seconds, request_ref=", ".join(refs), actor=log.SYSTEM, now=now)
    lifecycle.advance(
        grant,
        GrantState.ENDED,
        actor=log.SYSTEM,
        now=now,
        end_reason=EndReason.MERGED,
        ended_at=now,
        data={"reason": EndReason.MERGED, "into": into.ref},
    )
