"""Whether Usher could take somebody out right now: looked at each hour, and before access ends."""

from datetime import datetime, timedelta
from typing import Final

from django.conf import settings
from django.db import transaction
from django.db.models import F, Min
from django.utils.translation import gettext as _

from access.audit import log
from access.core.states import GrantState
from access.models import DirectoryRole, Grant, Integration, Target
from integrations import pace
from integrations.base import AccessProvider, ProviderError

EVERY: Final = timedelta(hours=1)
BEFORE_AN_END: Final = timedelta(minutes=15)
SHORTEST: Final = timedelta(minutes=10)  # between two looks: each of them signs in
AGAIN: Final = timedelta(minutes=1)  # after the first that failed
ALARM_AFTER: Final = 2  # failures in a row


def look(integration: Integration, *, provider: AccessProvider, now: datetime) -> str:
    """Try the bot's sign-in, rights and reach, and write down what stands in the way; nothing when all is well.

    One failure may pass: it is looked at again after a minute, and told when it lasts.
    """
    if not _claim(integration, now=now):
        return integration.canary_trouble
    # It is looked at before somebody's access ends, and has to be known by then.
    with pace.first():
        why = _why_not(integration, provider, now=now)
    _record(integration, why, now=now)
    return why


@transaction.atomic(durable=True)
def _claim(integration: Integration, *, now: datetime) -> bool:
    due = Integration.objects.filter(pk=integration.pk, canary_due_at__lte=now)
    return bool(due.update(canary_due_at=now + settings.LEASE))


def _why_not(integration: Integration, provider: AccessProvider, *, now: datetime) -> str:
    report = provider.check(now=now)
    if not report.ok:
        return " ".join(one.text for one in report.findings if not one.ok)
    targets = {one.role_id: str(one) for one in Target.objects.filter(integration=integration)}
    there = DirectoryRole.objects.filter(integration=integration, gone_at=None).values_list("external_id", flat=True)
    try:
        beyond = provider.out_of_reach(set(targets) & set(there))
    except ProviderError as error:
        return error.summary
    if not beyond:
        return ""
    names = ", ".join(sorted(targets[role_id] for role_id in beyond))
    return _("The bot can't change who is in: %(names)s. Make it a Deploy Owner, or an admin of these roles.") % {
        "names": names
    }


@transaction.atomic
def _record(integration: Integration, why: str, *, now: datetime) -> None:
    row = Integration.objects.select_for_update(no_key=True).get(pk=integration.pk)
    failures = row.canary_failures + 1 if why else 0
    told = why if failures >= ALARM_AFTER else ("" if not why else row.canary_trouble)
    Integration.objects.filter(pk=row.pk).update(
        canary_at=now, canary_failures=failures, canary_trouble=told,
        canary_due_at=now + AGAIN if 0 < failures < ALARM_AFTER else next_look(row, now=now),
    )  # fmt: skip
    subject = f"integration:{row.name}"
    if told and told != row.canary_trouble:
        log.append("integration.canary_failed", actor=log.SYSTEM, now=now, subject=subject, data={"text": told})
    elif row.canary_trouble and not why:
        log.append("integration.canary_works", actor=log.SYSTEM, now=now, subject=subject)


def next_look(integration: Integration, *, now: datetime) -> datetime:
    """An hour later, or a while before the next access ends, but never so soon that sign-ins pile up."""
    active = Grant.objects.filter(target__integration=integration, state=GrantState.ACTIVE)
    ends_at = active.filter(ends_at__gt=now + BEFORE_AN_END + SHORTEST).aggregate(first=Min(F("ends_at")))["first"]
    before = ends_at - BEFORE_AN_END if ends_at else now + EVERY
    return min(now + EVERY, before)
