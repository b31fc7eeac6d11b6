"""Who may do what, and in which state. `check_can_x` raises the reason; `can_x` is for templates and the API."""

from collections.abc import Callable, Collection
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from access import policy
from access.errors import Conflict, NotAllowed, Refusal
from access.models import AccessRequest, Flow, Grant, User
from access.states import GrantState, RequestState


def policy_of(flow: Flow, approvers: Collection[User]) -> policy.Policy:
    """Build the policy in force on a flow from its rows."""
    people = sorted(approvers, key=lambda one: (one.name.lower(), one.email))
    return policy.Policy(
        approvers=tuple(policy.Approver(one.pk, str(one), one.email) for one in people),
        approvals_needed=flow.approvals_needed,
        self_approval=flow.self_approval,
    )


def dead_end(in_force: policy.Policy, *, requester_id: int, active_ids: Collection[int]) -> str:
    """Say why this person's request could never be approved, or nothing when it could."""
    if not policy.is_dead_end(in_force, requester_id=requester_id, active_ids=active_ids):
        return ""
    able = policy.eligible(in_force, requester_id=requester_id, active_ids=active_ids)
    names = ", ".join(one.name for one in able)
    others = [one.name for one in in_force.approvers if one.id != requester_id and one.id not in active_ids]
    if able:
        why = ngettext(
            "it needs %(needed)d approvals and only one person could give one: %(names)s.",
            "it needs %(needed)d approvals and only %(able)d people could give one: %(names)s.",
            len(able),
        ) % {"needed": in_force.approvals_needed, "able": len(able), "names": names}
    elif others:
        why = _("those who could decide it can no longer sign in: %(names)s.") % {"names": ", ".join(others)}
    elif in_force.approvers:
        why = _("you are the only approver, and nobody decides what they asked for themselves.")
    else:
        why = _("no approvers are set for it.")
    return _("Nobody could approve this request: %(why)s Tell an admin.") % {"why": why}


def check_can_decide(request: AccessRequest, *, by: User, decided_ids: Collection[int], now: datetime) -> None:
    """Raise NotAllowed when `by` may not decide it, Conflict when it is settled, lapsed, or decided by them already."""
    in_force = policy.read(request.policy)
    if not by.is_active or by.pk not in {one.id for one in in_force.approvers}:
        raise NotAllowed(_("Only the approvers of this request may decide it."))
    if by.pk == request.requester_id and not in_force.self_approval:
        raise NotAllowed(_("You asked for this yourself, so somebody else has to decide it."))
    check_is_pending(request, now=now)
    if not request.requester.is_active:
        raise Conflict(_("%(person)s can no longer sign in, so there is nothing to decide.") % _person(request))
    if by.pk in decided_ids:
        raise Conflict(_("You have already decided this request."))


def _person(request: AccessRequest) -> dict[str, str]:
    return {"person": str(request.requester)}


def check_is_pending(request: AccessRequest, *, now: datetime) -> None:
    if request.state != RequestState.PENDING:
        raise Conflict(
            _("Request %(ref)s is already %(state)s.")
            % {"ref": request.ref, "state": request.get_state_display().lower()}
        )
    if request.due_at is not None and request.due_at <= now:
        raise Conflict(_("Request %(ref)s has lapsed: nobody decided it in time.") % {"ref": request.ref})


def check_can_withdraw(request: AccessRequest, *, by: User, now: datetime) -> None:
    """Raise NotAllowed for anybody but the requester, Conflict when it is settled."""
    if by.pk != request.requester_id:
        raise NotAllowed(_("Only the person who asked can withdraw a request."))
    check_is_pending(request, now=now)


def check_can_end(grant: Grant, *, by: User, approver_ids: Collection[int]) -> None:
    """Raise NotAllowed unless `by` holds it, may approve it, or is an admin; Conflict when it is ending or has ended.

    `approver_ids` are the approvers of every request behind the grant.
    """
    if not (by.is_active and (by.pk == grant.person_id or by.is_admin or by.pk in approver_ids)):
        raise NotAllowed(_("Only the holder, an approver or an admin can end this access."))
    if grant.state == GrantState.ENDED:
        raise Conflict(_("This access has ended already."))
    if grant.state == GrantState.REVOKING:
        raise Conflict(_("This access is ending already."))


def check_can_write_off(grant: Grant, *, by: User) -> None:
    """Raise NotAllowed for anybody but an admin, Conflict when it is not live."""
    if not by.is_admin:
        raise NotAllowed(_("Only an admin can write a grant off."))
    if grant.state not in (GrantState.GRANTING, GrantState.ACTIVE, GrantState.REVOKING):
        raise Conflict(_("Only access that may still be held can be written off."))


def check_can_see_evidence(request: AccessRequest, *, by: User) -> None:
    """Raise NotAllowed for anybody but its approvers and the admins."""
    if not (by.is_admin or (by.is_active and by.pk in approver_ids([request]))):
        raise NotAllowed(_("Only approvers and admins can see the evidence."))


def allowed(check: Callable[..., object], *args: Any, **kwargs: Any) -> bool:
    """Ask a check for a yes or a no."""
    try:
        check(*args, **kwargs)
    except Refusal:
        return False
    return True


def approver_ids(requests: Collection[AccessRequest]) -> set[int]:
    """Who may approve any of these requests, from the policies copied onto them."""
    return {one.id for request in requests for one in policy.read(request.policy).approvers}
