"""What a person's own roles say, where the list of a role's members does not show them and nobody took them out.

One list alone proves little: somebody is missing on it, too, who moved to a page before while the pages were read, or
whom it hides. Whom the portal has taken out itself, or has never added, is not asked about.
"""

import logging
from typing import Final

from django.utils.translation import gettext as _

from access.grants import doubt, record
from access.grants.converge_pass import Pass
from access.models import Grant
from integrations.base import ProviderError, ProviderUnavailable

logger = logging.getLogger(__name__)

# Where Aptible is in trouble over that question, so many passes wait for an answer: about a minute.
PATIENCE: Final = 6


def against(run: Pass, grant: Grant, *, until: float) -> ProviderError | None:
    """Say what stands against a list that does not show the person, if anything does.

    Their own roles show the role; or there was no time to ask for them before `until`, which proves nothing. They are
    asked for once in a pass. No answer counts against a list for about a minute, and where a removal has just gone
    wrong; a refusal, which is there to stay, does in that case alone.
    """
    if grant.pk in run.removed or doubt.was_removed(grant) or not record.is_ours(grant):
        return None
    if grant.pk not in run.own_roles:
        if run.clock.seconds > until:
            return run.out_of_time()
        run.own_roles[grant.pk] = _show_it(run, grant)
    said = run.own_roles[grant.pk]
    if isinstance(said, ProviderError):
        is_worth_a_wait = isinstance(said, ProviderUnavailable) and grant.attempts <= PATIENCE
        return run.troubles.get(grant.pk) or (said if is_worth_a_wait else None)
    return _contradiction() if said else None


def _show_it(run: Pass, grant: Grant) -> bool | ProviderError:
    """Whether the role is among the person's own, or why nobody says."""
    try:
        held = run.provider.roles_of(grant.account_id)
    except ProviderError as error:
        logger.info("The roles of one person could not be read: %s", error.summary)
        return error
    return grant.role_id in held


def _contradiction() -> ProviderUnavailable:
    return ProviderUnavailable(_("Aptible's list of the role does not show the person, but their own roles do."))
