"""Write down what a pass over a target has seen. Only a read-back makes a grant active or ended."""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from access.audit import log
from access.core.prepared import prepared, the_one
from access.core.states import EndReason, GrantState
from access.grants import doubt, drift, lifecycle
from access.grants.begin import is_too_late
from access.grants.converge_pass import Call, Pass
from access.models import DirectoryMembership, DirectoryRole, Grant, Target
from integrations.base import AlreadyMember, Membership, NeedsAttention, ProviderError, ProviderUnavailable
from integrations.http import LONGEST_NAMED

LONGEST_PAUSE: Final = 60.0  # seconds
KEPT_SHORT: Final = timedelta(seconds=10)  # a shorter pause is not worth a word
LOOK_AGAIN: Final = timedelta(seconds=5)


@dataclass(frozen=True)
class Look:
    """What was seen of one grant's account in the role, before and after the changes, and what was asked for."""

    at: datetime
    listed_at: datetime  # when the list that shows `after` was asked for
    before: tuple[Membership, ...] = ()
    after: tuple[Membership, ...] | None = ()  # None: the list was not read to its end, and does not show it so far
    nameless: bool = False  # one of those listed does not say whose it is
    call: Call | None = None
    intended: datetime | None = None  # the `unsure_until` that this pass has written
    removed: bool = False
    role_gone: bool = False
    trouble: ProviderError | None = None


def is_ours(grant: Grant) -> bool:
    """Whether a membership found at the provider may be the portal's: it was asked for, and was not there before."""
    return grant.asked_at is not None and not grant.standing


@transaction.atomic
def outcome(claimed: Grant, look: Look) -> None:
    """Record what the read-back says of one grant. A grant that somebody changed meanwhile is due again by itself."""
    grant = the_one(_locked(claimed.pk))
    _answered(grant, claimed, look)
    if grant.state != claimed.state:
        return
    if grant.state == GrantState.GRANTING and _may_have_had_it_all(grant, at=look.at):
        _expire_unseen(grant, at=look.at)
    elif look.after is None:
        _try_later(grant, look.trouble or _not_read(), at=look.at)
    elif grant.state == GrantState.GRANTING:
        _granting(grant, look)
    else:
        _revoking(grant, look)


@prepared
def _locked(grant: int) -> QuerySet[Grant]:
    """The row as it is now, with its target, locked by the transaction at hand."""
    return Grant.objects.select_for_update(of=("self",)).select_related("target").filter(pk=grant)


def role_gone(run: Pass, doubts: Mapping[int, ProviderError | None]) -> None:
    """Nobody can be in a role that no longer exists: that is a read-back, too, but for whom there are doubts."""
    error, at = ProviderError(_("Aptible no longer has this role.")), run.clock.at()
    for grant in (*run.work.granting, *run.work.revoking):
        against = doubts.get(grant.pk)
        look = Look(
            at=at, listed_at=at, call=run.calls.get(grant.pk), intended=run.intended.get(grant.pk), role_gone=True,
            after=None if against else (), trouble=against or error,
        )  # fmt: skip
        outcome(grant, look)


def nothing_seen(run: Pass, error: ProviderError) -> None:
    """Aptible could not be asked. Everything stays as it may be, and is tried again."""
    at = run.clock.at()
    for grant in (*run.work.granting, *run.work.revoking):
        look = Look(
            at=at, listed_at=at, after=None, call=run.calls.get(grant.pk), intended=run.intended.get(grant.pk),
            removed=grant.pk in run.removed, trouble=run.troubles.get(grant.pk) or error,
        )  # fmt: skip
        outcome(grant, look)


@transaction.atomic
def directory(target: Target, members: Mapping[str, Sequence[Membership]]) -> None:
    """Refresh what the pages tell of this role's members, by what is different: roles may have thousands."""
    role = next(iter(_listed_role(target.integration_id, target.role_id)), None)
    if role is None:
        return
    known = set(_listed_accounts(role.pk))
    if gone := known - members.keys():
        DirectoryMembership.objects.filter(role=role, account_id__in=gone).delete()
    rows = [DirectoryMembership(role=role, account_id=account_id) for account_id in members.keys() - known]
    DirectoryMembership.objects.bulk_create(rows, ignore_conflicts=True)


@prepared
def _listed_role(integration: int, role_id: str) -> QuerySet[DirectoryRole]:
    return DirectoryRole.objects.filter(integration=integration, external_id=role_id)


@prepared
def _listed_accounts(role: int) -> QuerySet[DirectoryMembership, str]:
    return DirectoryMembership.objects.filter(role=role).values_list("account_id", flat=True)


def _answered(grant: Grant, claimed: Grant, look: Look) -> None:
    """Write down what Aptible answered, whatever the lists say. Without an answer the doubt stays as it is."""
    changes: dict[str, datetime | None] = {"removed_at": look.at} if look.removed else {}
    accepted = look.call.at if look.call and _was_accepted(look.call, claimed) else None
    if accepted:
        changes["accepted_at"] = max(accepted, grant.accepted_at or accepted)
    # A worker that was frozen past its lease must not take back what another has asked for since.
    is_own = look.intended is not None and grant.unsure_until == look.intended
    if is_own and (look.call is None or _is_clear(look.call.error)):
        changes["unsure_until"] = claimed.unsure_until
        if not accepted and grant.accepted_at is None:
            # Nothing was added by this pass: what turns up in the role now is not ours by it.
            changes["asked_at"] = claimed.asked_at
    Grant.objects.filter(pk=grant.pk).update(**changes)
    for name, value in changes.items():
        setattr(grant, name, value)


def _is_clear(error: ProviderError | None) -> bool:
    return not isinstance(error, ProviderUnavailable) or error.nothing_done


def _was_accepted(call: Call | None, claimed: Grant) -> bool:
    """Also "already a member" in answer to another try: the first, whose answer was lost, may have done it."""
    if call is None:
        return False
    return call.error is None or (isinstance(call.error, AlreadyMember) and claimed.asked_at is not None)


def _granting(grant: Grant, look: Look) -> None:
    if look.after:
        # What is there although nothing was added by the portal was there before, or came by somebody else.
        _confirm_start(grant, look, standing=grant.asked_at is None)
    elif look.trouble and _is_no(look.trouble) and (look.role_gone or grant.accepted_at is None):
        _refuse(grant, look.trouble.summary, at=look.at)
    else:
        # After an accepted add no later no is a refusal: the person may be in, and not be listed yet.
        _try_later(grant, look.trouble or _not_listed_yet(), at=look.at)


def _may_have_had_it_all(grant: Grant, *, at: datetime) -> bool:
    """Whether somebody may have been in for as long as was approved, and longer, although nobody has seen it."""
    return grant.asked_at is not None and at > grant.asked_at + grant.duration + drift.LATE_EFFECT


def _expire_unseen(grant: Grant, *, at: datetime) -> None:
    text = _("It was asked for, and nobody could see it begin within its time: it ends, as they may have been in.")
    due = grant.asked_at and grant.asked_at + grant.duration
    lifecycle.advance(
        grant, GrantState.REVOKING, actor=log.SYSTEM, now=at, data={"reason": EndReason.EXPIRED, "text": text},
        end_reason=EndReason.EXPIRED, end_due_at=due, last_error=text,
    )  # fmt: skip


def _is_no(error: ProviderError) -> bool:
    return not isinstance(error, ProviderUnavailable | NeedsAttention | AlreadyMember)


def _try_later(grant: Grant, error: ProviderError, *, at: datetime) -> None:
    if grant.state == GrantState.GRANTING and is_too_late(grant, at=at):
        _refuse(grant, _("It could not be granted within a day: %(why)s") % {"why": error.summary}, at=at)
    else:
        _put_off(grant, error, at=at)


def _refuse(grant: Grant, text: str, *, at: datetime) -> None:
    """Close a grant that will not be given: by revoking, since an attempt whose answer was lost may have succeeded."""
    lifecycle.advance(
        grant, GrantState.REVOKING, actor=log.SYSTEM, now=at, data={"reason": EndReason.REFUSED, "text": text},
        end_reason=EndReason.REFUSED, end_due_at=at, last_error=text,
    )  # fmt: skip


def _confirm_start(grant: Grant, look: Look, *, standing: bool) -> None:
    ends_at = look.at + grant.duration
    evidence = _evidence(grant, look) | {"standing": standing}
    lifecycle.advance(
        grant, GrantState.ACTIVE, actor=log.SYSTEM, now=look.at, due_at=ends_at, data={"evidence": evidence},
        confirmed_at=look.at, ends_at=ends_at, standing=standing, start_evidence=evidence,
    )  # fmt: skip


def _revoking(grant: Grant, look: Look) -> None:
    believed_from = doubt.believed_from(grant)
    if look.after and is_ours(grant):
        _put_off(grant, look.trouble or _still_listed(), at=look.at)
    elif believed_from and look.listed_at < believed_from and not look.role_gone:
        # What was asked for could still show: keep looking until it no longer can.
        due_at = max(look.at, min(believed_from, look.at + LOOK_AGAIN))
        text = _("An earlier call may still take effect, or not be listed yet, until %(at)s UTC.")
        Grant.objects.filter(pk=grant.pk).update(due_at=due_at, last_error=text % {"at": f"{believed_from:%H:%M:%S}"})
    elif look.nameless and is_ours(grant) and not (doubt.own_memberships(grant) or grant.removed_at):
        _put_off(grant, _nameless(), at=look.at)
    else:
        _confirm_end(grant, look)


def _confirm_end(grant: Grant, look: Look) -> None:
    # A membership that is there although nothing was asked for was there before, and is left as found.
    standing = grant.standing or bool(look.after)
    evidence = _evidence(grant, look) | {"standing": standing}
    lifecycle.advance(
        grant, GrantState.ENDED, actor=log.SYSTEM, now=look.at, last_error=grant.last_error,
        data={"reason": grant.end_reason, "evidence": evidence},
        ended_at=look.at, standing=standing, end_evidence=evidence,
    )  # fmt: skip


def _evidence(grant: Grant, look: Look) -> dict[str, Any]:
    return {
        "seen_at": look.at.isoformat(),
        "listed_at": look.listed_at.isoformat(),
        "role_id": grant.role_id,
        "account_id": grant.account_id,
        "memberships_before": [one.id for one in look.before],
        "memberships_after": [one.id for one in look.after or ()],
    }


def _put_off(grant: Grant, error: ProviderError, *, at: datetime) -> None:
    """Try again after a pause that grows, for ever. The first time and each new kind of trouble go to the log."""
    named = error.retry_after if isinstance(error, ProviderUnavailable) else None
    due_at = at + timedelta(seconds=pause(grant.attempts, named=named))
    text = error.summary
    if named is not None and due_at > at + KEPT_SHORT and grant.state == GrantState.REVOKING:
        words = {"why": text, "at": f"{due_at:%H:%M:%S}"}
        text = _("%(why)s It asks to wait until %(at)s UTC, and until then the access stays.") % words
    Grant.objects.filter(pk=grant.pk).update(due_at=due_at, last_error=text)
    if not grant.last_error.startswith(error.summary):
        data = {"text": text, "state": grant.state, "attempts": grant.attempts}
        log.append("grant.trouble", actor=log.SYSTEM, now=at, grant=grant, data=data)


def pause(attempts: int, *, named: float | None = None) -> float:
    """Seconds until the next try: doubling from half a second to a minute, with jitter so that tries spread.

    A pause that Aptible names is kept, up to five minutes.
    """
    if named is not None:
        return min(max(named, 0.0), LONGEST_NAMED)
    longest = min(LONGEST_PAUSE, 0.5 * 2 ** min(attempts, 10))
    return random.uniform(longest / 2, longest)  # noqa: S311  spreads tries, guards nothing


def _not_listed_yet() -> ProviderError:
    return ProviderUnavailable(_("Aptible accepted the change but does not list it yet."))


def _still_listed() -> ProviderError:
    return ProviderUnavailable(_("Aptible still lists the membership."))


def _not_read() -> ProviderError:
    return ProviderUnavailable(_("Aptible's list of the role was not read to its end."), retry_after=0.0)


def _nameless() -> ProviderError:
    text = _("Aptible lists a membership that does not say whose it is; it may be this one. Look at the role there.")
    return ProviderUnavailable(text)
