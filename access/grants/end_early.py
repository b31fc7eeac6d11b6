"""End access before its time: given back, taken back, cancelled, or written off."""

from collections.abc import Collection
from datetime import datetime
from typing import Final

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from access.audit import log
from access.core.errors import Conflict, Invalid
from access.core.prepared import prepared, read_along, the_one
from access.core.states import OPEN, EndReason, GrantState
from access.grants import lifecycle
from access.grants.rules import check_can_end, check_can_write_off
from access.models import AccessRequest, Grant, Target, User
from access.policy import approvers

# So many grants are ended in one transaction.
AT_ONCE: Final = 50


@transaction.atomic
def end(*, grant: Grant, by: User, now: datetime, comment: str = "") -> Grant:
    """Let access end now. It is gone only when a read-back at the provider has shown it.

    A grant that is only scheduled is cancelled at once. Returns it as it is then, with its person, target and requests.
    Raises NotAllowed, or Conflict when it ends already.
    """
    grant = the_one(_locked(grant.pk))
    _read_requests(grant)
    check_can_end(grant, by=by, approves=_approves(by, grant, now=now))
    end_one(grant, by=by, now=now, comment=comment)
    return grant


@prepared
def _locked(grant: int) -> QuerySet[Grant]:
    return Grant.objects.select_for_update(of=("self",)).select_related("target", "person").filter(pk=grant)


def _read_requests(grant: Grant) -> None:
    found = _requests(grant.pk)
    for one in found:
        one.grant = grant
    read_along(grant, "requests", found)


@prepared
def _requests(grant: int) -> QuerySet[AccessRequest]:
    return AccessRequest.objects.filter(grant=grant)


def end_all(*, target: Target, by: User, confirmation: str, now: datetime) -> int:
    """End every open grant of a target that is not ending yet; return how many.

    Some at a time, each time in a transaction of their own, so that nobody waits for all of them. Raises Invalid when
    the confirmation is not the target's name, NotAllowed, with nothing ended, unless `by` may end each of them.
    """
    if confirmation.strip() != target.name:
        raise Invalid({"confirmation": _("Type %(name)s to confirm.") % {"name": target.name}})
    chosen = list(_to_end(target).prefetch_related("requests"))
    approves = approvers.approves_of(by, chosen, now=now)
    for grant in chosen:
        check_can_end(grant, by=by, approves=approves)
    parts = [chosen[start : start + AT_ONCE] for start in range(0, len(chosen), AT_ONCE)]
    return sum(_end_some(target, [one.pk for one in part], by=by, now=now) for part in parts)


@transaction.atomic
def _end_some(target: Target, pks: Collection[int], *, by: User, now: datetime) -> int:
    """End those of these grants that nobody has ended meanwhile, and ask the rule again under the lock."""
    rows = _to_end(target).filter(pk__in=pks).select_for_update(of=("self",)).prefetch_related("requests")
    found = list(rows.select_related("target"))
    approves = approvers.approves_of(by, found, now=now)
    for grant in found:
        check_can_end(grant, by=by, approves=approves)
    with log.together():
        for grant in found:
            end_one(grant, by=by, now=now, comment="")
    return len(found)


def _to_end(target: Target) -> QuerySet[Grant]:
    states = [state for state in OPEN if state is not GrantState.REVOKING]
    return Grant.objects.filter(target=target, state__in=states).order_by("pk")


@transaction.atomic
def write_off(*, grant: Grant, by: User, reason: str, now: datetime) -> None:
    """End a grant that the provider can never be asked about again. It is marked as not verified for good.

    Raises NotAllowed for anybody but an admin, Conflict when it is not live, Invalid without a reason.
    """
    grant = Grant.objects.select_for_update(of=("self",)).select_related("target").get(pk=grant.pk)
    check_can_write_off(grant, by=by)
    if not reason.strip():
        raise Invalid({"reason": _("Say why nobody can check at Aptible that this access is gone.")})
    data = {"not_verified": True, "comment": reason.strip()}
    if grant.state != GrantState.REVOKING:
        _revoke(grant, actor=by, why=EndReason.REVOKED, now=now, comment=reason)
    lifecycle.advance(
        grant, GrantState.ENDED, actor=by, now=now, data=data, not_verified=True, ended_at=now,
        **log.signed("ended_by", by),
    )  # fmt: skip


def _approves(by: User, grant: Grant, *, now: datetime) -> set[int]:
    """The requests behind it that `by` may approve, where that matters: the holder and an admin may end it anyway."""
    if by.is_admin or by.pk == grant.person_id:
        return set()
    return approvers.approves(by, grant.requests.all(), now=now)


def end_one(grant: Grant, *, by: User, now: datetime, comment: str) -> None:
    """Let one locked grant end, on behalf of `by`, who was found to be allowed to."""
    why = EndReason.RETURNED if by.pk == grant.person_id else EndReason.REVOKED
    end_as(grant, actor=by, why=why, now=now, comment=comment)


def end_as(grant: Grant, *, actor: log.Actor, why: EndReason, now: datetime, comment: str) -> None:
    """Let one locked grant end, whoever wants it; a command names itself as the actor. Raises Conflict."""
    if grant.state == GrantState.SCHEDULED:
        lifecycle.advance(
            grant, GrantState.ENDED, actor=actor, now=now, data={"comment": comment},
            end_reason=EndReason.CANCELLED, ended_at=now, **log.signed("ended_by", actor),
        )  # fmt: skip
        return
    _revoke(grant, actor=actor, why=why, now=now, comment=comment)


def _revoke(grant: Grant, *, actor: log.Actor, why: EndReason, now: datetime, comment: str) -> None:
    if grant.state not in (GrantState.GRANTING, GrantState.ACTIVE):
        raise Conflict(_("This access is ending already."))
    lifecycle.advance(
        grant, GrantState.REVOKING, actor=actor, now=now, data={"reason": why, "comment": comment},
        end_reason=why, end_due_at=now, **log.signed("ended_by", actor),
    )  # fmt: skip
