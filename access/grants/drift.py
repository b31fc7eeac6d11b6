"""What a look at the provider found of access that nobody expected to have changed: gone, or there again."""

from datetime import datetime, timedelta
from typing import Final

from django.conf import settings
from django.db import transaction
from django.db.models import Max

from access.audit import log
from access.core.states import LIVE, EndReason, GrantState
from access.grants import lifecycle
from access.models import Grant, Target
from integrations.base import Membership

# A call whose answer was lost may add somebody as late as this after it was made.
LATE_EFFECT: Final = timedelta(minutes=10)


def is_settled(at: datetime | None, *, now: datetime) -> bool:
    """Whether a change of that time must be in every list that is read from `now` on."""
    return at is not None and at <= now - settings.SETTLING


def last_unsettled(*, now: datetime) -> datetime | None:
    """When access last began or ended, if a list that is read now may lag behind that."""
    times = Grant.objects.aggregate(began=Max("confirmed_at"), ended=Max("ended_at"))
    last = max(filter(None, times.values()), default=None)
    return last if last and not is_settled(last, now=now) else None


def made_by(grant: Grant, membership: Membership) -> bool:
    """Whether this membership is the one that was made for the grant, and not somebody else's."""
    if grant.asked_at is None or grant.standing or membership.account_id != grant.account_id:
        return False
    if grant.start_evidence:
        before = grant.start_evidence.get("memberships_before", ())
        return membership.id in grant.start_evidence.get("memberships_after", ()) and membership.id not in before
    # It was asked for and never seen, so its id is not known: only when it was made tells.
    made_at = membership.created_at
    last_asked = max(filter(None, (grant.asked_at, grant.accepted_at, grant.unsure_until)))
    return made_at is not None and grant.asked_at <= made_at <= last_asked + LATE_EFFECT


@transaction.atomic
def gone(grant: Grant, *, now: datetime) -> bool:
    """End active access as found: the provider does not list it any more. The end is confirmed by the next pass.

    False: it was changed meanwhile, or it is so young that a list may lag behind it.
    """
    grant = Grant.objects.select_for_update(of=("self",)).select_related("target").get(pk=grant.pk)
    if grant.state != GrantState.ACTIVE or not is_settled(grant.confirmed_at, now=now):
        return False
    log.append("grant.gone_while_active", actor=log.SYSTEM, now=now, grant=grant)
    lifecycle.advance(
        grant, GrantState.REVOKING, actor=log.SYSTEM, now=now, data={"reason": EndReason.GONE},
        end_reason=EndReason.GONE, end_due_at=now,
    )  # fmt: skip
    return True


@transaction.atomic
def again(grant: Grant, membership: Membership, *, now: datetime) -> bool:
    """Take access out again that was called ended, and that the provider lists: it counts as overdue since then.

    False: it was changed meanwhile, or somebody holds the role with this account now.
    """
    # A pass over the target takes this lock before it lets anything begin.
    Target.objects.select_for_update(no_key=True).get(pk=grant.target_id)
    grant = Grant.objects.select_for_update(of=("self",)).select_related("target").get(pk=grant.pk)
    if grant.state != GrantState.ENDED or not is_settled(grant.ended_at, now=now) or _is_held(grant):
        return False
    facts = {"membership_id": membership.id, "ended_at": grant.ended_at.isoformat() if grant.ended_at else ""}
    log.append("grant.found_again", actor=log.SYSTEM, now=now, grant=grant, data=facts)
    lifecycle.advance(
        grant, GrantState.REVOKING, actor=log.SYSTEM, now=now, data={"reason": grant.end_reason},
        end_due_at=grant.end_due_at or grant.ended_at, ended_at=None, not_verified=False,
    )  # fmt: skip
    return True


def _is_held(grant: Grant) -> bool:
    same = Grant.objects.filter(role_id=grant.role_id, state__in=LIVE)
    return same.filter(account_id=grant.account_id).exists() or same.filter(person=grant.person_id).exists()
