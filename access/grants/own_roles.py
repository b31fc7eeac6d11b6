"""What a person's own roles say, where the list of a role's members does not show them and nobody took them out.

One list alone proves little: somebody is missing on it, too, who moved to a page before while the pages were read, or
whom it hides. Whom the portal has taken out itself, or has never added, is not asked about.
"""

import logging

from django.utils.translation import gettext as _

from access.grants import doubt, record
from access.grants.converge_pass import Pass
from access.models import Grant
from integrations.base import ProviderError, ProviderUnavailable

logger = logging.getLogger(__name__)


def against(run: Pass, grant: Grant, *, until: float) -> ProviderError | None:
    """Say what stands against a list that does not show the person, if anything does.

    Their own roles show the role; or there was no time to ask for them before `until`, which proves nothing. No answer
    counts against nothing, unless a removal has just gone wrong. They are asked for once in a pass.
    """
    if grant.pk in run.removed or doubt.was_removed(grant) or not record.is_ours(grant):
        return None
    if grant.pk not in run.own_roles:
        if run.clock.seconds > until:
            return run.out_of_time()
        run.own_roles[grant.pk] = _show_it(run, grant)
    shown = run.own_roles[grant.pk]
    if shown is None:
        return run.troubles.get(grant.pk)
    return _contradiction() if shown else None


def _show_it(run: Pass, grant: Grant) -> bool | None:
    """Whether the role is among the person's own. None: nobody answers."""
    try:
        held = run.provider.roles_of(grant.account_id)
    except ProviderError as error:
        logger.info("The roles of one person could not be read, so the role's list counts alone: %s", error.summary)
        return None
    return grant.role_id in held


def _contradiction() -> ProviderUnavailable:
    return ProviderUnavailable(_("Aptible's list of the role does not show the person, but their own roles do."))
