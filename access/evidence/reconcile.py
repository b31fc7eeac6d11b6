"""Make true again what Aptible and the portal do not agree about, as far as that is ours to do; tell the rest."""

import logging
from collections.abc import Iterable, Sequence
from datetime import datetime

from access.audit import log
from access.core.states import GrantState
from access.directory import sync as directory_sync
from access.evidence import findings
from access.evidence.access_reviews import look as access_reviews
from access.evidence.compare import Drift, Kind, compare
from access.grants import drift
from access.models import Integration
from integrations.base import AccessProvider, Directory, Membership, ProviderError, RoleGone

logger = logging.getLogger(__name__)


def sync(*, integration: Integration, provider: AccessProvider, actor: log.Actor, now: datetime) -> Directory:
    """Read the organization once, keep what the pages need of it, and hold its members against the grants.

    Raises ProviderError when the organization can't be read; then nothing is changed but the time of the next try.
    """
    directory, _drifts = _sync(integration, provider=provider, actor=actor, now=now)
    return directory


def sync_and_tell(
    *, integration: Integration, provider: AccessProvider, actor: log.Actor, now: datetime
) -> list[Drift]:
    """Do the same, and return all that differs."""
    _directory, drifts = _sync(integration, provider=provider, actor=actor, now=now)
    return drifts


def _sync(
    integration: Integration, *, provider: AccessProvider, actor: log.Actor, now: datetime
) -> tuple[Directory, list[Drift]]:
    directory = directory_sync.sync(integration=integration, provider=provider, actor=actor, now=now)
    return directory, hold(integration, directory, provider=provider, now=now)


def hold(integration: Integration, directory: Directory, *, provider: AccessProvider, now: datetime) -> list[Drift]:
    """Hold what was read against the grants. Returns all that differs, each kept as a finding.

    Active access that is gone ends as found, and what was called ended and is there is taken out again: after one
    more look, at the role alone. `now` is a moment before the directory was read.
    """
    drifts = compare(integration, directory, now=now)
    findings.keep(integration, drifts, now=now)
    _act(drifts, provider=provider, now=now)
    access_reviews.after_sync(integration, now=now)
    return drifts


def _act(drifts: Sequence[Drift], *, provider: AccessProvider, now: datetime) -> None:
    ours = [one for one in drifts if one.kind in (Kind.GONE, Kind.STILL_THERE) and one.grant]
    for role_id in sorted({one.grant.role_id for one in ours if one.grant}):
        try:
            members = provider.members(role_id)
        except RoleGone:
            members = ()
        except ProviderError as error:
            logger.warning("What was found in role %s could not be looked at again: %s", role_id, error.summary)
            continue
        for one in ours:
            if one.grant and one.grant.role_id == role_id:
                _act_on(one, members, now=now)


def _act_on(one: Drift, members: Iterable[Membership], *, now: datetime) -> None:
    if one.grant is None:
        return
    there = [member for member in members if member.account_id == one.grant.account_id]
    if one.kind == Kind.GONE and not there:
        drift.gone(one.grant, now=now)
    elif one.kind == Kind.STILL_THERE and one.grant.state == GrantState.ENDED:
        mine = next((member for member in there if drift.made_by(one.grant, member)), None)
        if mine:
            drift.again(one.grant, mine, now=now)
