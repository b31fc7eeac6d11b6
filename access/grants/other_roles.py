"""Who holds no role in the organization but the one that is about to go, asked with as few calls as can be."""

import logging
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

from django.conf import settings
from django.db.models import Q, QuerySet

from access.core.prepared import prepared
from access.core.states import GrantState
from access.grants.converge_pass import Pass
from access.models import DirectoryMembership, Grant
from integrations.base import ProviderError

logger = logging.getLogger(__name__)

# So many people are asked for one by one, which is less than to read who holds which role in the whole organization;
FEW: Final = 3
# and one more for each so many memberships, which are about what one call lists.
ON_A_PAGE: Final = 500
# The roles of everybody answer for all passes of this process for so long. Aptible's own lists may lag by more.
KEPT: Final = timedelta(seconds=60)

_Roles = Mapping[str, Collection[str]]  # by account
# In memory: there may be tens of thousands, and to unpack them for each pass would take longer than the rest of it.
_read: Final[dict[tuple[int, str], tuple[datetime, _Roles]]] = {}  # by integration and organization


def alone(run: Pass, grants: Sequence[Grant], *, anew: bool = False) -> tuple[set[str], ProviderError | None]:
    """The accounts that hold no other role, or why nobody can say. `anew`: what was read before does not count.

    Roles that Usher itself is taking away count as gone: two that end together must not vouch for each other.
    """
    going = _going(grants, run)
    kept = None if anew else _kept(run)
    doubtful = [one for one in grants if kept is None or not _others(kept.get(one.account_id, ()), one, going)]
    if _may_be_asked_singly(run, doubtful, is_known=kept is not None):
        found = _singly(run, doubtful, going, is_known=kept is not None)
        if found is not None:
            return found, None
    left = settings.LAST_CALL - run.clock.seconds
    if left < settings.HTTP_TIMEOUT:
        return set(), run.out_of_time()
    try:
        roles = run.provider.roles_by_account(seconds=left - settings.HTTP_TIMEOUT)
    except ProviderError as error:
        logger.warning("The last-role check was not possible: %s", error.summary)
        return set(), error
    _read[_key(run)] = run.clock.at(), roles
    return {one.account_id for one in grants if not _others(roles.get(one.account_id, ()), one, going)}, None


def _going(grants: Sequence[Grant], run: Pass) -> _Roles:
    """The roles that these accounts are losing, or have just lost, through Usher: lists may show them still."""
    accounts = {one.account_id for one in grants}
    found = _theirs(accounts, run.work.target.integration_id, run.clock.at() - settings.SETTLING)
    held = {(account_id, role_id) for account_id, role_id, state in found if state == GrantState.ACTIVE}
    going: dict[str, set[str]] = defaultdict(set)
    for account_id, role_id, _state in found:
        if (account_id, role_id) not in held:
            going[account_id].add(role_id)
    return going


@prepared
def _theirs(accounts: Collection[str], integration: int, since: datetime) -> QuerySet[Grant, tuple[str, str, str]]:
    going = Q(state__in=(GrantState.ACTIVE, GrantState.REVOKING)) | Q(state=GrantState.ENDED, removed_at__gte=since)
    theirs = Grant.objects.filter(going, account_id__in=accounts, target__integration=integration, standing=False)
    return theirs.values_list("account_id", "role_id", "state")


def _others(roles: Collection[str], grant: Grant, going: _Roles) -> set[str]:
    return set(roles) - {grant.role_id} - set(going.get(grant.account_id, ()))


def _may_be_asked_singly(run: Pass, doubtful: Sequence[Grant], *, is_known: bool) -> bool:
    """Whether that is less than the list of everybody, which then answers for whoever else is leaving now, too."""
    many = len(doubtful) if is_known else max(_leaving(run), len(doubtful))
    if many <= FEW:
        return True
    listed = DirectoryMembership.objects.filter(role__integration=run.work.target.integration_id).count()
    return many <= FEW + listed // ON_A_PAGE


def _leaving(run: Pass) -> int:
    """How many people's access ends now, on all roles of the organization."""
    due = Q(state=GrantState.ACTIVE, due_at__lte=run.clock.at()) | Q(state=GrantState.REVOKING)
    return Grant.objects.filter(due, target__integration=run.work.target.integration_id).count()


def _singly(run: Pass, doubtful: Sequence[Grant], going: _Roles, *, is_known: bool) -> set[str] | None:
    """Those of them who hold no other role. None: only the list of everybody can say.

    `is_known`: that list has said it already of each of them, so that their own word is enough.
    """
    found: set[str] = set()
    for one in doubtful:
        others = _others_of_one(run, one, going)
        if others is None or not (others or is_known):
            return None
        found |= set() if others else {one.account_id}
    return found


def _others_of_one(run: Pass, grant: Grant, going: _Roles) -> set[str] | None:
    """Which other roles Aptible lists of one person. An answer without the one about to go proves nothing: None."""
    if run.clock.seconds > settings.LAST_CALL - 2 * settings.HTTP_TIMEOUT:
        return None
    try:
        roles = run.provider.roles_of(grant.account_id)
    except ProviderError as error:
        logger.info("The roles of one person could not be read, so all are: %s", error.summary)
        return None
    return _others(roles, grant, going) if grant.role_id in roles else None


def _kept(run: Pass) -> _Roles | None:
    """The roles of everybody, as an earlier pass of this process has read them, if that was just now."""
    at, roles = _read.get(_key(run), (None, {}))
    if at and abs(run.clock.at() - at) < KEPT:
        return roles
    _read.pop(_key(run), None)
    return None


def _key(run: Pass) -> tuple[int, str]:
    integration = run.work.target.integration
    return integration.pk, integration.external_id
