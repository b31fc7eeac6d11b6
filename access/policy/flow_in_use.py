"""Whether a flow has to keep its name: what a passkey signs names it, and so does what was asked for."""

from django.db import connection
from django.utils.translation import gettext as _

from access.core.states import RequestState
from access.models import AccessRequest, Flow


def why_it_keeps_its_name(flow: Flow) -> str:
    """Say why the flow can't be called something else; empty when it may.

    An approval that is signed under another name than its request was asked under proves nothing to who checks the
    log. Within a transaction the answer holds until its end: whoever asks in the flow waits for that.
    """
    if connection.in_atomic_block:
        Flow.objects.select_for_update().filter(pk=flow.pk).first()
    waits = AccessRequest.objects.filter(flow=flow, state=RequestState.PENDING, policy__passkey=True)
    if not waits.exists():
        return ""
    return _("A flow keeps its name while a request waits in it whose approval a passkey has to sign.")
