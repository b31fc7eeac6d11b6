"""Look at the role before an approved request extends what somebody is believed to hold."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from django.db.models import F, Q, QuerySet
from django.utils.translation import gettext as _

from access.core.prepared import prepared
from access.core.states import GrantState
from access.grants import record
from access.models import Grant, Target
from integrations.base import AccessProvider, ProviderError, ProviderUnavailable, RoleGone

LONGEST: Final = 3.0  # seconds for the list, but for one page


def before_extending(target: Target, *, provider: AccessProvider, now: datetime) -> frozenset[str] | None:
    """List the accounts in the role, if an approved request is due that would extend active access; else None.

    Where the provider can't be asked, or not all of the list is had within `LONGEST`, what would extend waits and is
    tried again. So it does while somebody is to be taken out: no look comes before that.
    """
    waiting = _would_extend(target.pk, now)
    if not waiting:
        return None
    if _somebody_has_to_go(target, waiting, now=now):
        _wait(waiting, _("Somebody is taken out of the role first."), now=now)
        return None
    try:
        listing = provider.read_members(target.role_id, seconds=LONGEST)
    except RoleGone:
        return frozenset()
    except ProviderError as error:
        named = error.retry_after if isinstance(error, ProviderUnavailable) else None
        _wait(waiting, error.summary, now=now, named=named)
        return None
    if listing.rest or listing.nameless:
        _wait(waiting, _("Not all of the role's members could be read."), now=now)
        return None
    return frozenset(one.account_id for one in listing.members)


@prepared
def _would_extend(target: int, now: datetime) -> QuerySet[Grant]:
    due = Grant.objects.filter(target=target, state=GrantState.SCHEDULED, due_at__lte=now)
    active = Grant.objects.filter(target=target, state=GrantState.ACTIVE)
    return due.filter(Q(person__in=active.values("person")) | Q(account_id__in=active.values("account_id")))


def _somebody_has_to_go(target: Target, waiting: Sequence[Grant], *, now: datetime) -> bool:
    """Whether access of anybody else is due to end."""
    due = Grant.objects.filter(target=target, state__in=(GrantState.ACTIVE, GrantState.REVOKING), due_at__lte=now)
    return due.exclude(person__in=[one.person_id for one in waiting]).exists()


def _wait(waiting: Sequence[Grant], why: str, *, now: datetime, named: float | None = None) -> None:
    for grant in waiting:
        due_at = now + timedelta(seconds=record.pause(grant.attempts, named=named))
        mine = Grant.objects.filter(pk=grant.pk, state=GrantState.SCHEDULED, due_at=grant.due_at)
        mine.update(due_at=due_at, attempts=F("attempts") + 1, last_error=why)
