"""Make a target's members what the grants say: list once, change what differs, list once more, record."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _

from access.core.job_clock import Elapsed
from access.core.prepared import prepared, the_one
from access.core.states import GrantState
from access.directory import connect
from access.grants import begin, claim, doubt, member_list, own_roles, record, removing, verify_before_extend
from access.grants.converge_pass import Call, OutOfTime, Pass
from access.models import Grant, Target
from integrations import pace
from integrations.base import AccessProvider, ProviderError, RoleGone


def due(target_id: int) -> Target:
    """The target with all that it takes to ask about it. Raises ObjectDoesNotExist where it is gone."""
    return the_one(_with_sign_in(target_id))


@prepared
def _with_sign_in(target: int) -> QuerySet[Target]:
    along = ("integration__username_secret", "integration__password_secret")
    return Target.objects.filter(pk=target).select_related(*along)


def target(
    target: Target, *, provider: AccessProvider, now: datetime, holder: str = "", may_grant: bool = True
) -> None:
    """Do everything that is due on one target. Run twice, late, or by two workers, it changes nothing more.

    Who does not know what time it is may not grant, and only ends what is due. Never raises a ProviderError: what
    went wrong is written on the grants, with when they are tried next.
    """
    # Started before the target is taken: waiting for a lock takes time, too.
    clock = Elapsed(now)
    with pace.together():
        _target(target, provider, clock, now=now, holder=holder, may_grant=may_grant)


def _target(
    target: Target, provider: AccessProvider, clock: Elapsed, *, now: datetime, holder: str, may_grant: bool
) -> None:
    held = verify_before_extend.before_extending(target, provider=provider, now=now) if may_grant else None
    work = claim.take(target, holder=holder, now=now, held=held, may_grant=may_grant)
    if work is None:
        return
    try:
        if work:
            with pace.first(bool(work.revoking)):
                _converge(Pass(work, provider, clock))
    finally:
        claim.release(work, took=clock.seconds)


def _converge(run: Pass) -> None:
    try:
        _list(run)
        if run.seen.whole:
            _add(run)
        after = _read_back(run)
    except RoleGone:
        doubts = {one.pk: own_roles.against(run, one, until=settings.LAST_CALL) for one in run.work.revoking}
        record.role_gone(run, doubts)
    except OutOfTime as error:
        record.nothing_seen(run, error)
    except ProviderError as error:
        connect.note_failed(run.work.target.integration, error, now=run.clock.at())
        record.nothing_seen(run, error)
    else:
        _record(run, after)


def _list(run: Pass) -> None:
    """See who is in the role, and take out whose time is up: also when the list can't be had."""
    target, trouble = run.work.target, None
    try:
        run.seen = member_list.go_on(target, provider=run.provider, clock=run.clock, until=settings.FIRST_READ)
    except RoleGone:
        raise
    except ProviderError as error:
        trouble = error
    removing.remove(run)
    if trouble:
        raise trouble


def _read_back(run: Pass) -> member_list.Seen:
    """What is so after the changes. Where nothing was changed, the first list says it."""
    if not run.has_changed:
        return run.seen
    if run.clock.seconds > settings.LAST_CALL:
        # What was read before the changes is no read-back; the next pass begins with one.
        member_list.forget(run.work.target)
        raise run.out_of_time()
    return member_list.anew(run.work.target, provider=run.provider, clock=run.clock, until=settings.LAST_CALL)


def _record(run: Pass, after: member_list.Seen) -> None:
    at = run.clock.at()
    integration = run.work.target.integration
    if run.stuck:
        connect.note_attention(integration, run.stuck, now=at)
    else:
        connect.note_working(integration, now=at)
    if after.whole:
        record.directory(run.work.target, after.by_account)
    for grant in (*run.work.granting, *run.work.revoking):
        record.outcome(grant, _look(run, grant, after, at=at))


def _look(run: Pass, grant: Grant, after: member_list.Seen, *, at: datetime) -> record.Look:
    removed = _just_removed(grant, since=after.since) if grant.state == GrantState.GRANTING else frozenset()
    shown = tuple(one for one in doubt.listed(grant, after) if one.id not in removed)
    against = None if shown else _against(run, grant, after)
    return record.Look(
        at=at,
        listed_at=after.since,
        before=doubt.listed(grant, run.seen),
        after=None if against else shown,
        nameless=bool(after.nameless),
        call=run.calls.get(grant.pk),
        intended=run.intended.get(grant.pk),
        removed=grant.pk in run.removed,
        trouble=run.troubles.get(grant.pk) or against,
    )


def _against(run: Pass, grant: Grant, after: member_list.Seen) -> ProviderError | None:
    """Why it proves nothing that this list does not show the person, if so. A removal that went wrong proves no end."""
    if not after.whole:
        return run.out_of_time()
    if grant.state != GrantState.REVOKING or not doubt.is_late_enough(grant, since=after.since):
        return None
    return own_roles.against(run, grant, until=settings.LAST_CALL)


def _just_removed(grant: Grant, *, since: datetime) -> frozenset[str]:
    """Memberships of this account that Aptible has removed for us: a list that still shows one of them lags.

    One asked for later than lists may lag shows what was never removed, whatever was answered.
    """
    rows = _removed(grant.role_id, grant.account_id, grant.pk, since - settings.SETTLING)
    lists = [(start or {}).get("memberships_after", []) for start, _end in rows]
    lists += [(end or {}).get("memberships_before", []) for _start, end in rows]
    return frozenset(id_ for ids in lists for id_ in ids)


@prepared
def _removed(role_id: str, account_id: str, but: int, since: datetime) -> QuerySet[Grant, tuple[Any, Any]]:
    same = Grant.objects.filter(role_id=role_id, account_id=account_id, removed_at__gt=since).exclude(pk=but)
    return same.order_by("-removed_at").values_list("start_evidence", "end_evidence")[:5]


def _add(run: Pass) -> None:
    missing = [one for one in run.work.granting if _is_missing(one, run) and not _is_too_late(one, run)]
    for grant in _intend([one for one in missing if run.may_call(one, until=settings.CALL_WINDOW)], run):
        if not run.may_call(grant, until=settings.CALL_WINDOW):
            continue
        run.has_changed = True
        try:
            run.provider.add(role_id=grant.role_id, account_id=grant.account_id)
        except RoleGone:
            raise
        except ProviderError as error:
            run.troubles[grant.pk] = error
            run.calls[grant.pk] = Call(run.clock.at(), error)
        else:
            run.calls[grant.pk] = Call(run.clock.at())


def _is_missing(grant: Grant, run: Pass) -> bool:
    """Whether the list calls for an add: one that Aptible accepted lately need not be in it yet."""
    listed = {one.id for one in doubt.listed(grant, run.seen)}
    if listed and listed - _just_removed(grant, since=run.seen.since):
        return False
    return doubt.may_be_asked_again(grant, since=run.seen.since)


def _is_too_late(grant: Grant, run: Pass) -> bool:
    """Whether nobody waits for this any more: then it is refused, as what was not added."""
    late = begin.is_too_late(grant, at=run.clock.at())
    if late:
        run.troubles[grant.pk] = ProviderError(_("It could not be granted within a day of its start."))
    return late


def _intend(grants: Sequence[Grant], run: Pass) -> list[Grant]:
    """Write down that these are about to be asked for, and leave out those that somebody ended meanwhile."""
    ids = [one.pk for one in grants]
    if not ids:
        return []
    with transaction.atomic(durable=True):
        still = Grant.objects.filter(pk__in=ids, state="granting")
        unsure_until = run.work.until + settings.SETTLING
        # Since the first of these calls they may be in: a later one moves nothing.
        still.update(asked_at=Coalesce("asked_at", run.clock.at()), unsure_until=unsure_until)
        kept = set(still.values_list("pk", flat=True))
    run.intended |= dict.fromkeys(kept, unsure_until)
    return [one for one in grants if one.pk in kept]
