"""Whether a target has to stay what it is: by its name people ask, approve and hold, and by its role they get it."""

from django.db import connection
from django.utils.translation import gettext as _

from access.core.states import RequestState
from access.models import AccessRequest, Target


def why_it_keeps_its_role(target: Target) -> str:
    """Say why the target can't be of another role; empty when it may.

    While a request waits, some of those who decide it may have said yes to the role that it is now. Within a
    transaction the answer holds until its end: whoever asks for the target waits for that.
    """
    if connection.in_atomic_block:
        # The strongest lock: rows that refer to this one would go past another.
        Target.objects.select_for_update().filter(pk=target.pk).first()
    if target.grants.exists():
        return _("A target keeps its role once somebody has held it.")
    waits = AccessRequest.objects.filter(target=target, state=RequestState.PENDING)
    return _("A target keeps its role while a request for it waits.") if waits.exists() else ""
