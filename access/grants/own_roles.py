"""What a person's own roles say, where the list of a role's members does not show them and nobody took them out.

One list alone proves little: somebody is missing on it, too, who moved to a page before while the pages were read, or
whom it hides. Whom the portal has taken out itself, or has never added, is not asked about.
"""

import logging

from django.conf import settings

from access.grants import doubt, record
from access.grants.converge_pass import Pass
from access.models import Grant
from integrations.base import ProviderError

logger = logging.getLogger(__name__)


def contradict(run: Pass, grant: Grant) -> bool:
    """Whether the role is among the person's own, as far as anybody can say: no answer contradicts nothing."""
    taken_out = grant.pk in run.removed or doubt.was_removed(grant)
    if taken_out or not record.is_ours(grant) or run.clock.seconds > settings.LAST_CALL:
        return False
    try:
        held = run.provider.roles_of(grant.account_id)
    except ProviderError as error:
        logger.info("The roles of one person could not be read, so the role's list counts alone: %s", error.summary)
        return False
    return grant.role_id in held
