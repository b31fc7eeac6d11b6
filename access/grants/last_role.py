"""Aptible removes a person from the organization when their last role goes. Keep them in, or say it loudly."""

import logging
from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from access.audit import log
from access.models import Grant, Target
from integrations.base import AccessProvider, ProviderError

logger = logging.getLogger(__name__)


def would_be_left_without(provider: AccessProvider, grants: Sequence[Grant]) -> set[str]:
    """Find the accounts that hold no role in the organization but the one that is about to go.

    When Aptible does not say, nobody is found: access still ends on time.
    """
    try:
        roles = provider.roles_by_account()
    except ProviderError as error:
        logger.warning("The last-role check was not possible: %s", error.summary)
        return set()
    return {one.account_id for one in grants if not roles.get(one.account_id, frozenset()) - {one.role_id}}


def keep_in_organization(grant: Grant, *, provider: AccessProvider, at: datetime) -> None:
    """Add the integration's fallback role first. Without one, or if that fails, only say what will happen now."""
    fallback = _fallback(grant)
    if not fallback:
        _say(grant, "grant.last_role_lost", at=at, text="No fallback role is set on the integration.")
        return
    try:
        provider.add(role_id=fallback, account_id=grant.account_id)
    except ProviderError as error:
        _say(grant, "grant.last_role_lost", at=at, text=error.summary)
    else:
        _say(grant, "grant.fallback_role_added", at=at, text="")


def _fallback(grant: Grant) -> str:
    """The role to add. One that people have to ask for is never given for good by the way."""
    integration = grant.target.integration
    is_target = Target.objects.filter(integration=integration, role_id=integration.fallback_role_id).exists()
    return "" if is_target else integration.fallback_role_id


@transaction.atomic
def _say(grant: Grant, type: str, *, at: datetime, text: str) -> None:
    logger.warning("%s for %s", type, grant.ref)
    data = {"text": text, "fallback_role_id": grant.target.integration.fallback_role_id}
    log.append(type, actor=log.SYSTEM, now=at, grant=grant, data=data)
