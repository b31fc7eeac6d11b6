"""Whether what was asked for may still be given to whoever asked: looked at again at the approval and at the start."""

from django.utils.translation import gettext as _

from access.models import AccessRequest, DirectoryRole, Flow, Target, User
from access.policy import askers


def why_not(request: AccessRequest) -> str:
    """Say in a sentence why this can't be given any more; empty when it can.

    The requester is active and may ask in the flow, the flow is open, and the target is one that it gives. At most
    four queries.
    """
    person, flow = User.objects.get(pk=request.requester_id), Flow.objects.get(pk=request.flow_id)
    words = {"person": person, "flow": flow, "target": request.subject}
    if not person.is_active:
        return _("%(person)s can no longer sign in.") % words
    if person.is_auditor:
        return _("%(person)s is an auditor now, and auditors hold nothing.") % words
    if not flow.is_active:
        return _("%(flow)s is closed.") % words
    if not askers.open_to(person).filter(pk=flow.pk).exists():
        return _("%(person)s may no longer ask in %(flow)s.") % words
    if request.target and not is_served(flow, request.target):
        return _("%(flow)s no longer gives %(target)s.") % words
    return ""


def is_served(flow: Flow, target: Target) -> bool:
    """Whether the flow's strategy gives this target, and Aptible has its role."""
    if flow.strategy is None or not flow.strategy.targets.filter(pk=target.pk).exists():
        return False
    return not role_is_gone(target)


def role_is_gone(target: Target) -> bool:
    role = DirectoryRole.objects.filter(integration=target.integration_id, external_id=target.role_id)
    return role.filter(gone_at__isnull=False).exists()
