"""Write down what a pass over a target has seen. Only a read-back makes a grant active or ended."""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from django.db import transaction
from django.utils.translation import gettext as _

from access.audit import log
from access.core.states import EndReason, GrantState
from access.grants import lifecycle
from access.grants.begin import is_too_late
from access.grants.claim import Work
from access.models import DirectoryMembership, DirectoryRole, Grant, Target
from integrations.base import Membership, NeedsAttention, ProviderError, ProviderUnavailable

LONGEST_PAUSE: Final = 60.0  # seconds
LOOK_AGAIN: Final = timedelta(seconds=5)


@dataclass(frozen=True)
class Look:
    """What was seen of one grant's account in the role, before and after the changes."""

    at: datetime
    before: tuple[Membership, ...]
    after: tuple[Membership, ...]
    trouble: ProviderError | None = None
    not_reached: bool = False


def is_ours(grant: Grant) -> bool:
    """Whether a membership found at the provider may be the portal's: it was asked for, and was not there before."""
    return grant.asked_at is not None and not grant.standing


@transaction.atomic
def outcome(claimed: Grant, look: Look) -> None:
    """Record what the read-back says of one grant. A grant that somebody changed meanwhile is due again by itself."""
    grant = Grant.objects.select_for_update(of=("self",)).select_related("target").get(pk=claimed.pk)
    _settle_doubt(grant, claimed, look)
    if grant.state != claimed.state:
        return
    if look.not_reached:
        Grant.objects.filter(pk=grant.pk).update(due_at=look.at)
    elif grant.state == GrantState.GRANTING:
        _granting(grant, claimed, look)
    else:
        _revoking(grant, look)


def role_gone(work: Work, *, at: datetime) -> None:
    """Nobody can be in a role that no longer exists: that is a read-back, too."""
    error = ProviderError(_("Aptible no longer has this role."))
    for grant in (*work.granting, *work.revoking):
        outcome(grant, Look(at=at, before=(), after=(), trouble=error))


def nothing_seen(work: Work, error: ProviderError, *, at: datetime) -> None:
    """Aptible could not be asked. Everything stays as it may be, and is tried again."""
    for claimed in (*work.granting, *work.revoking):
        with transaction.atomic():
            grant = Grant.objects.select_for_update(of=("self",)).select_related("target").get(pk=claimed.pk)
            if grant.state == claimed.state:
                _try_later(grant, error, at=at)


@transaction.atomic
def directory(target: Target, members: Mapping[str, Sequence[Membership]]) -> None:
    """Refresh what the pages tell of this role's members."""
    role = DirectoryRole.objects.filter(integration=target.integration_id, external_id=target.role_id).first()
    if role is None:
        return
    DirectoryMembership.objects.filter(role=role).exclude(account_id__in=members).delete()
    rows = [DirectoryMembership(role=role, account_id=account_id) for account_id in members]
    DirectoryMembership.objects.bulk_create(rows, ignore_conflicts=True)


def _settle_doubt(grant: Grant, claimed: Grant, look: Look) -> None:
    """A clear answer leaves only the doubt that was there before the call."""
    lost = isinstance(look.trouble, ProviderUnavailable)
    if grant.unsure_until and not lost and grant.unsure_until != claimed.unsure_until:
        Grant.objects.filter(pk=grant.pk).update(unsure_until=claimed.unsure_until)
        grant.unsure_until = claimed.unsure_until


def _granting(grant: Grant, claimed: Grant, look: Look) -> None:
    if look.after:
        _confirm_start(grant, look, standing=bool(look.before) and claimed.asked_at is None)
    elif look.trouble and not isinstance(look.trouble, ProviderUnavailable | NeedsAttention):
        _refuse(grant, look.trouble.summary, at=look.at)
    else:
        _try_later(grant, look.trouble or _not_listed_yet(), at=look.at)


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
    if look.after and is_ours(grant):
        _put_off(grant, look.trouble or _still_listed(), at=look.at)
    elif grant.unsure_until and look.at < grant.unsure_until:
        # A call whose answer was lost could still add the person: keep looking until it no longer can.
        due_at = min(grant.unsure_until, look.at + LOOK_AGAIN)
        Grant.objects.filter(pk=grant.pk).update(due_at=due_at, last_error=_("An earlier call may still take effect."))
    else:
        _confirm_end(grant, look)


def _confirm_end(grant: Grant, look: Look) -> None:
    # A membership that is there although nothing was asked for was there before, and is left as found.
    standing = grant.standing or bool(look.after)
    evidence = _evidence(grant, look) | {"standing": standing}
    lifecycle.advance(
        grant, GrantState.ENDED, actor=log.SYSTEM, now=look.at, last_error=grant.last_error,
        data={"reason": grant.end_reason, "evidence": evidence},
        ended_at=look.at, standing=standing, end_evidence=evidence, unsure_until=None,
    )  # fmt: skip


def _evidence(grant: Grant, look: Look) -> dict[str, Any]:
    return {
        "seen_at": look.at.isoformat(),
        "role_id": grant.role_id,
        "account_id": grant.account_id,
        "memberships_before": [one.id for one in look.before],
        "memberships_after": [one.id for one in look.after],
    }


def _put_off(grant: Grant, error: ProviderError, *, at: datetime) -> None:
    """Try again after a pause that grows, for ever. The first time and each new kind of trouble go to the log."""
    named = error.retry_after if isinstance(error, ProviderUnavailable) else None
    due_at = at + timedelta(seconds=pause(grant.attempts, named=named))
    Grant.objects.filter(pk=grant.pk).update(due_at=due_at, last_error=error.summary)
    if grant.last_error != error.summary:
        data = {"text": error.summary, "state": grant.state, "attempts": grant.attempts}
        log.append("grant.trouble", actor=log.SYSTEM, now=at, grant=grant, data=data)


def pause(attempts: int, *, named: float | None = None) -> float:
    """Seconds until the next try: doubling from half a second to a minute, with jitter so that tries spread."""
    if named is not None:
        return min(max(named, 0.0), LONGEST_PAUSE)
    longest = min(LONGEST_PAUSE, 0.5 * 2 ** min(attempts, 10))
    return random.uniform(longest / 2, longest)  # noqa: S311  spreads tries, guards nothing


def _not_listed_yet() -> ProviderError:
    return ProviderUnavailable(_("Aptible accepted the change but does not list it yet."))


def _still_listed() -> ProviderError:
    return ProviderUnavailable(_("Aptible still lists the membership."))
