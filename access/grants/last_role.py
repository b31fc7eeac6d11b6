"""Aptible removes a person from the organization when their last role goes. Keep them in, or say it loudly."""

import logging
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from access.audit import log
from access.core.prepared import prepared
from access.grants import other_roles
from access.grants.converge_pass import Pass
from access.models import AuditEvent, Grant, Integration, Target
from integrations.base import AlreadyMember, ProviderError, ProviderUnavailable

logger = logging.getLogger(__name__)

# Access may outlive its end by so much while it is not known whether the person would lose the organization.
LONGEST_WAIT: Final = timedelta(seconds=60)
ASK_AGAIN: Final = 5.0  # seconds
UNKNOWN: Final = "grant.last_role_unknown"


def keep_in_organization(run: Pass, leaving: Sequence[Grant]) -> Mapping[int, ProviderError]:
    """Add the fallback role to those whose last role is about to go. Returns who has to wait, and why.

    Where no answer comes, or the fallback role is not listed yet, the removal waits and is asked again, for at most
    a minute after the end that was agreed. Without a fallback role nobody waits: it is only said.
    """
    alone, unknown = other_roles.alone(run, leaving)
    if unknown:
        return _wait_or_go(run, leaving, unknown)
    last = [one for one in leaving if one.account_id in alone]
    added = [one for one in last if _add_fallback(run, one)]
    if not added:
        return {}
    alone, unknown = other_roles.alone(run, added, anew=True)
    missing = [one for one in added if unknown or one.account_id in alone]
    text = _("The fallback role was asked for, and Aptible does not list it yet.")
    return _wait_or_go(run, missing, unknown or ProviderUnavailable(text))


def say_unknown(run: Pass, grant: Grant) -> None:
    """Say that the person may be out of the organization now, where that could not be found out in time."""
    if grant.pk in run.unanswered:
        _say(grant, UNKNOWN, at=run.clock.at(), text=run.unanswered[grant.pk])


def _wait_or_go(run: Pass, grants: Sequence[Grant], why: ProviderError) -> dict[int, ProviderError]:
    waits: dict[int, ProviderError] = {}
    for grant in grants:
        if fallback_of(grant.target.integration) and _may_wait(grant, at=run.clock.at()):
            waits[grant.pk] = _waiting(grant, why)
        else:
            run.unanswered[grant.pk] = why.summary
    return waits


def _may_wait(grant: Grant, *, at: datetime) -> bool:
    return grant.end_due_at is not None and at < grant.end_due_at + LONGEST_WAIT


def _waiting(grant: Grant, why: ProviderError) -> ProviderUnavailable:
    until = grant.end_due_at + LONGEST_WAIT if grant.end_due_at else None
    text = _("Whether this is their last role in the organization is asked first, until %(until)s UTC: %(why)s")
    return ProviderUnavailable(text % {"until": f"{until:%H:%M:%S}", "why": why.summary}, retry_after=ASK_AGAIN)


def _add_fallback(run: Pass, grant: Grant) -> bool:
    """Add the fallback role, or say that the organization will be lost. True: added, and nobody has seen it yet."""
    fallback, at = fallback_of(grant.target.integration), run.clock.at()
    if not fallback:
        _say(grant, "grant.last_role_lost", at=at, text="No fallback role is set on the integration.")
        return False
    run.has_changed = True
    try:
        run.provider.add(role_id=fallback, account_id=grant.account_id)
    except AlreadyMember:
        return True
    except ProviderUnavailable:
        return True  # It may have been added: what is listed then says.
    except ProviderError as error:
        _say(grant, "grant.last_role_lost", at=at, text=error.summary)
        return False
    _say(grant, "grant.fallback_role_added", at=at, text="")
    return True


def fallback_of(integration: Integration) -> str:
    """The role to add. One that people have to ask for is never given for good by the way."""
    role_id = integration.fallback_role_id
    return "" if role_id and _asked_for(integration.pk, role_id) else role_id


@prepared
def _asked_for(integration: int, role_id: str) -> QuerySet[Target, int]:
    return Target.objects.filter(integration=integration, role_id=role_id).values_list("pk", flat=True)[:1]


@transaction.atomic
def _say(grant: Grant, type: str, *, at: datetime, text: str) -> None:
    """A removal that is tried again is not told again."""
    if _said(grant.ref, type):
        return
    logger.warning("%s for %s", type, grant.ref)
    data: dict[str, object] = {"text": text, "fallback_role_id": grant.target.integration.fallback_role_id}
    data |= {"unknown": True} if type == UNKNOWN else {}
    log.append(type, actor=log.SYSTEM, now=at, grant=grant, data=data)


@prepared
def _said(ref: str, type: str) -> QuerySet[AuditEvent, int]:
    return AuditEvent.objects.filter(grant_ref=ref, type=type).values_list("pk", flat=True)[:1]
