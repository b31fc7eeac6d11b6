"""Look at the role before an approved request extends what somebody is believed to hold."""

from datetime import datetime, timedelta

from django.db.models import F, Q

from access.core.states import GrantState
from access.grants import record
from access.models import Grant, Target
from integrations.base import AccessProvider, ProviderError, ProviderUnavailable, RoleGone


def before_extending(target: Target, *, provider: AccessProvider, now: datetime) -> frozenset[str] | None:
    """List the accounts in the role, if an approved request is due that would extend active access; else None.

    Where the provider can't be asked, what would extend waits: it is put off, and tried again.
    """
    waiting = _would_extend(target, now=now)
    if not waiting:
        return None
    try:
        return frozenset(one.account_id for one in provider.members(target.role_id))
    except RoleGone:
        return frozenset()
    except ProviderError as error:
        for grant in waiting:
            _put_off(grant, error, now=now)
        return None


def _would_extend(target: Target, *, now: datetime) -> list[Grant]:
    due = Grant.objects.filter(target=target, state=GrantState.SCHEDULED, due_at__lte=now)
    if not due.exists():
        return []
    active = Grant.objects.filter(target=target, state=GrantState.ACTIVE)
    return list(due.filter(Q(person__in=active.values("person")) | Q(account_id__in=active.values("account_id"))))


def _put_off(grant: Grant, error: ProviderError, *, now: datetime) -> None:
    named = error.retry_after if isinstance(error, ProviderUnavailable) else None
    due_at = now + timedelta(seconds=record.pause(grant.attempts, named=named))
    mine = Grant.objects.filter(pk=grant.pk, state=GrantState.SCHEDULED, due_at=grant.due_at)
    mine.update(due_at=due_at, attempts=F("attempts") + 1, last_error=error.summary)
