"""What a look at Aptible found, and nobody had expected, as steps of a request's story."""

from collections import defaultdict

from django.utils.translation import gettext as _

from access.models import AccessRequest, AuditEvent
from access.requests.steps import NOW, TROUBLE, Step


def step(event: AuditEvent, request: AccessRequest) -> Step | None:
    """Put one such event in words; None for any other."""
    about = {"target": request.target, "person": request.requester}
    facts = defaultdict(str, event.data)
    match event.type:
        case "grant.gone_while_active":
            note = _("Aptible no longer lists %(person)s in %(target)s, and Usher did not take them out.") % about
            return Step("", _("Gone at Aptible"), TROUBLE, note=note)
        case "grant.session_outlived":
            note = _("An SSH session on %(resource)s still runs at Aptible, although the access has ended.") % facts
            return Step("", _("A session outlives the access"), TROUBLE, note=note)
        case "grant.session_cancel_asked":
            note = _("Aptible was asked to cancel the session on %(resource)s.") % facts
            return Step("", _("Cancellation asked for"), NOW, note=note)
        case "grant.session_not_cancelled":
            return Step("", _("The session could not be cancelled"), TROUBLE, note=facts.get("text", ""))
        case "grant.session_over":
            note = _("The session on %(resource)s is over: %(status)s.") % facts
            return Step("", _("Session over"), note=note)
        case "grant.found_again":
            note = _("Aptible lists %(person)s in %(target)s, although it had ended. It is taken out again.") % about
            return Step("", _("Found again"), TROUBLE, note=note)
    return None
