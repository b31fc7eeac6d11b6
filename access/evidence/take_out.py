"""Take out of a role whom nobody approved: decided by an admin, or by the target's setting after its grace time."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from django.conf import settings
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from access.audit import log
from access.core.errors import Invalid
from access.core.job_clock import Elapsed
from access.evidence import findings
from access.evidence.rules import check_can_accept, check_can_be_taken_out, check_can_take_out, why_never, why_not_yet
from access.grants import last_role
from access.models import Finding, Target, User
from integrations.base import AccessProvider, Membership, ProviderError, RoleGone

AGAIN: Final = timedelta(minutes=1)
SOON: Final = timedelta(seconds=1)


@transaction.atomic
def accept(finding: Finding, *, by: User, why: str, now: datetime) -> None:
    """Say that it is right as it is: it alarms nobody any more, and is not taken out.

    Raises NotAllowed, Conflict when it is settled already, Invalid without a reason.
    """
    finding = _locked(finding)
    check_can_accept(finding, by=by)
    if not why.strip():
        raise Invalid({"why": _("Say why this is right as it is.")})
    told = {"accepted_at": now, "accepted_by": by.email, "accepted_why": why.strip(), "take_out_at": None}
    Finding.objects.filter(pk=finding.pk).update(**told)
    _say("finding.accepted", finding, actor=by, now=now, comment=why.strip())


@transaction.atomic
def decide(finding: Finding, *, by: User, now: datetime) -> None:
    """Let the worker take the membership out at once. Raises NotAllowed, or Conflict with why it never is."""
    finding = _locked(finding)
    check_can_take_out(finding, by=by)
    _decide(finding, by=by, now=now)


@transaction.atomic
def decide_in_review(finding: Finding, *, review: str, by: User, why: str, now: datetime) -> None:
    """Do the same because an access review decided it, whose rules say that `by` may. Raises Conflict with why not."""
    finding = _locked(finding)
    check_can_be_taken_out(finding)
    _decide(finding, by=by, now=now, review=review, why=why)


def _decide(finding: Finding, *, by: User, now: datetime, review: str = "", why: str = "") -> None:
    changes = {
        "take_out_at": now,
        "take_out_by": by.email,
        "take_out_review": review,
        "accepted_at": None,
        "accepted_by": "",
        "accepted_why": "",
        "last_error": "",
    }
    Finding.objects.filter(pk=finding.pk).update(**changes)
    finding.take_out_review = review
    more = {"comment": why} if why else {}
    _say("finding.take_out", finding, actor=by, now=now, take_out_at=now.isoformat(), **more)


def due(now: datetime) -> QuerySet[Any, int]:
    """Members of a role whom nobody approved, and whose time to say so is over, by primary key."""
    rows = Finding.objects.filter(take_out_at__lte=now, closed_at=None, accepted_at=None)
    return rows.order_by("take_out_at").values_list("pk", flat=True)


@dataclass
class _Work:
    finding: Finding
    target: Target
    holder: str
    until: datetime
    removed: bool = False  # Aptible accepted the removal of all that it had listed


def carry_out(finding: Finding, *, provider: AccessProvider, now: datetime, holder: str) -> None:
    """Take one membership out that is due, and see at the provider that it is gone; else try again.

    Never raises a ProviderError: what went wrong is written on the finding. An owner and the bot are left in, and
    whoever holds the role by a grant until that has ended.
    """
    work = _take(finding, holder=holder, now=now)
    if work is None:
        return
    clock = Elapsed(now)
    try:
        _carry_out(work, provider, clock)
    finally:
        _release(work)


@transaction.atomic(durable=True)
def _take(finding: Finding, *, holder: str, now: datetime) -> _Work | None:
    """Lease the target, as a pass over it does: nobody else changes its members meanwhile."""
    finding = _locked(finding)
    due = finding.closed_at is None and finding.accepted_at is None and finding.take_out_at is not None
    if not due or finding.target is None or (finding.take_out_at or now) > now:
        return None
    if not finding.take_out_by and finding.target.outsiders != Target.Outsiders.TAKE_OUT:
        Finding.objects.filter(pk=finding.pk).update(take_out_at=None)
        return None
    why = why_never(finding)
    if why:
        _leave(finding, why, now=now)
        return None
    if why := why_not_yet(finding):
        Finding.objects.filter(pk=finding.pk).update(take_out_at=now + AGAIN, last_error=why)
        return None
    until = now + settings.LEASE
    free = Q(leased_until=None) | Q(leased_until__lte=now)
    if not Target.objects.filter(free, pk=finding.target.pk).update(leased_until=until, leased_by=holder):
        Finding.objects.filter(pk=finding.pk).update(take_out_at=now + SOON)
        return None
    Finding.objects.filter(pk=finding.pk).update(take_out_at=until)
    return _Work(finding, finding.target, holder, until)


@transaction.atomic(durable=True)
def _release(work: _Work) -> None:
    held = Target.objects.filter(pk=work.target.pk, leased_by=work.holder, leased_until=work.until)
    held.update(leased_until=None, leased_by="")


def _carry_out(work: _Work, provider: AccessProvider, clock: Elapsed) -> None:
    try:
        why = _ask(work, provider)
        left = _of_finding(work, provider)
        if not (why or left or work.removed):
            why = _in_their_own_roles(work, provider)
    except RoleGone:
        why, left = "", []
    except ProviderError as error:
        why, left = error.summary, None
    _record(work, left, why, at=clock.at())


def _ask(work: _Work, provider: AccessProvider) -> str:
    """Ask for it; return why not, if there is a reason. Raises ProviderError."""
    there = _of_finding(work, provider)
    if there and not _other_roles(work, provider):
        fallback = last_role.fallback_of(work.target.integration)
        if not fallback:
            return _("It is their last role, so Aptible would remove them from the organization.")
        provider.add(role_id=fallback, account_id=work.finding.account_id)
    # What was gone already may be hidden, and not gone.
    gone = [provider.remove(membership) for membership in there]
    work.removed = bool(gone) and all(gone)
    return ""


def _other_roles(work: _Work, provider: AccessProvider) -> frozenset[str]:
    """What else they hold: by their own roles, which is one call; by everybody's where those prove nothing."""
    role_id, account_id = work.target.role_id, work.finding.account_id
    try:
        own = provider.roles_of(account_id)
    except ProviderError:
        own = frozenset()
    if role_id not in own or own == {role_id}:
        own = provider.roles_by_account().get(account_id, frozenset())
    return own - {role_id}


def _in_their_own_roles(work: _Work, provider: AccessProvider) -> str:
    """Why one list that does not show them proves nothing; no answer says nothing."""
    try:
        held = provider.roles_of(work.finding.account_id)
    except ProviderError:
        return ""
    text = _("Aptible's list of the role does not show the person, but their own roles do.")
    return text if work.target.role_id in held else ""


def _of_finding(work: _Work, provider: AccessProvider) -> list[Membership]:
    return [one for one in provider.members(work.target.role_id) if one.account_id == work.finding.account_id]


@transaction.atomic
def _record(work: _Work, left: list[Membership] | None, why: str, *, at: datetime) -> None:
    finding = _locked(work.finding)
    if left == [] and not why:
        told = {"closed_at": at, "last_seen_at": at, "taken_out_at": at, "take_out_at": None, "last_error": ""}
        Finding.objects.filter(pk=finding.pk, closed_at=None).update(**told)
        _say("finding.taken_out", finding, actor=log.SYSTEM, now=at)
    elif left and why:
        _leave(finding, why, now=at)
    else:
        why = why or _("Aptible still lists the membership.")
        Finding.objects.filter(pk=finding.pk).update(take_out_at=at + AGAIN, last_error=why)


def _leave(finding: Finding, why: str, *, now: datetime) -> None:
    """Give it up, and say so: it stays a finding."""
    Finding.objects.filter(pk=finding.pk).update(take_out_at=None, last_error=why)
    _say("finding.left_in", finding, actor=log.SYSTEM, now=now, text=why)


def _say(type_: str, finding: Finding, *, actor: log.Actor, now: datetime, **more: str) -> None:
    data = {**findings.facts(finding), **more}
    log.append(type_, actor=actor, now=now, subject=findings.subject(finding), data=data)


def _locked(finding: Finding) -> Finding:
    rows = Finding.objects.select_for_update(of=("self",)).select_related("target__integration", "integration")
    return rows.select_related("target__integration", "integration", "person").get(pk=finding.pk)
