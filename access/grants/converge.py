"""Make a target's members what the grants say: list once, change what differs, list once more, record."""

from dataclasses import dataclass, field
from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from access.core.elapsed import Elapsed
from access.directory import connect
from access.grants import begin, claim, last_role, record
from access.grants.claim import Work
from access.models import Grant, Target
from integrations.base import (
    AccessProvider,
    Membership,
    NeedsAttention,
    ProviderError,
    RoleGone,
)


@dataclass
class Pass:
    """One pass over a target: what is due, whom to ask, and what went wrong for which grant."""

    work: Work
    provider: AccessProvider
    clock: Elapsed
    before: dict[str, list[Membership]] = field(default_factory=dict)  # by account id
    troubles: dict[int, ProviderError] = field(default_factory=dict)  # by the grant's primary key
    not_reached: set[int] = field(default_factory=set)  # grants that this pass had no time for

    @property
    def role_id(self) -> str:
        return self.work.target.role_id

    def may_call(self, grant: Grant) -> bool:
        """Whether there is time left for a call, and nothing stands in the way of every call."""
        stuck = next((one for one in self.troubles.values() if isinstance(one, NeedsAttention)), None)
        if stuck:
            self.troubles[grant.pk] = stuck
            return False
        if self.clock.seconds > settings.CALL_WINDOW:
            self.not_reached.add(grant.pk)
            return False
        return True


def target(target: Target, *, provider: AccessProvider, now: datetime, holder: str = "") -> None:
    """Do everything that is due on one target. Run twice, late, or by two workers, it changes nothing more.

    Never raises a ProviderError: what went wrong is written on the grants, with when they are tried next.
    """
    # Started before the target is taken: waiting for a lock takes time, too.
    clock = Elapsed(now)
    work = claim.take(target, holder=holder, now=now)
    if work is None:
        return
    try:
        if work:
            _converge(Pass(work, provider, clock))
    finally:
        claim.release(work)


def _converge(run: Pass) -> None:
    try:
        run.before = _by_account(run.provider.members(run.role_id))
        _remove(run)
        _add(run)
        after = _by_account(run.provider.members(run.role_id))
    except RoleGone:
        record.role_gone(run.work, at=run.clock.at())
    except ProviderError as error:
        _note_attention(run, error)
        record.nothing_seen(run.work, error, at=run.clock.at())
    else:
        _record(run, after)


def _record(run: Pass, after: dict[str, list[Membership]]) -> None:
    at = run.clock.at()
    integration = run.work.target.integration
    stuck = next((one for one in run.troubles.values() if isinstance(one, NeedsAttention)), None)
    if stuck:
        connect.note_attention(integration, stuck, now=at)
    else:
        connect.note_working(integration, now=at)
    record.directory(run.work.target, after)
    for grant in (*run.work.granting, *run.work.revoking):
        look = record.Look(
            at=at,
            before=tuple(run.before.get(grant.account_id, ())),
            after=tuple(after.get(grant.account_id, ())),
            trouble=run.troubles.get(grant.pk),
            not_reached=grant.pk in run.not_reached,
        )
        record.outcome(grant, look)


def _add(run: Pass) -> None:
    missing = [one for one in run.work.granting if one.account_id not in run.before and not _is_too_late(one, run)]
    for grant in _intend(missing, run):
        if not run.may_call(grant):
            continue
        try:
            run.provider.add(role_id=grant.role_id, account_id=grant.account_id)
        except RoleGone:
            raise
        except ProviderError as error:
            run.troubles[grant.pk] = error


def _is_too_late(grant: Grant, run: Pass) -> bool:
    """Whether nobody waits for this any more: then it is refused, as what was not added."""
    late = begin.is_too_late(grant, at=run.clock.at())
    if late:
        run.troubles[grant.pk] = ProviderError(_("It could not be granted within a day of its start."))
    return late


def _intend(grants: list[Grant], run: Pass) -> list[Grant]:
    """Write down that these are about to be asked for, and leave out those that somebody ended meanwhile."""
    ids = [one.pk for one in grants]
    if not ids:
        return []
    with transaction.atomic(durable=True):
        still = Grant.objects.filter(pk__in=ids, state="granting")
        still.update(asked_at=run.clock.at(), unsure_until=run.work.until)
        kept = set(still.values_list("pk", flat=True))
    return [one for one in grants if one.pk in kept]


def _remove(run: Pass) -> None:
    leaving = [one for one in run.work.revoking if record.is_ours(one) and one.account_id in run.before]
    if not leaving:
        return
    alone = last_role.would_be_left_without(run.provider, leaving)
    for grant in leaving:
        if not run.may_call(grant):
            continue
        try:
            if grant.account_id in alone:
                last_role.keep_in_organization(grant, provider=run.provider, at=run.clock.at())
            for membership in run.before[grant.account_id]:
                run.provider.remove(membership)
        except ProviderError as error:
            run.troubles[grant.pk] = error


def _by_account(members: tuple[Membership, ...]) -> dict[str, list[Membership]]:
    found: dict[str, list[Membership]] = {}
    for one in members:
        found.setdefault(one.account_id, []).append(one)
    return found


def _note_attention(run: Pass, error: ProviderError) -> None:
    if isinstance(error, NeedsAttention):
        connect.note_attention(run.work.target.integration, error, now=run.clock.at())
