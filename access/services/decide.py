"""Approve or deny a request."""

from datetime import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from access import audit, policy, refs, rules
from access.errors import Conflict, Invalid
from access.models import AccessRequest, Decision, Grant, User
from access.services import lifecycle
from access.states import RequestState


@transaction.atomic
def approve(
    *,
    request: AccessRequest,
    by: User,
    comment: str,
    now: datetime,
    seconds: int | None = None,
    place: str = Decision.Place.WEB,
) -> Decision:
    """Record one approval, and open the grant when it was the last one needed.

    `seconds` shortens the duration, to one of the flow's. Raises NotAllowed when `by` may not decide this
    request, Conflict when it is settled already, Invalid when it would become longer.
    """
    request = _locked(request, by=by, now=now)
    shortened = _check_shortened(request, seconds)
    decision = _record(request, by=by, verdict=Decision.Verdict.APPROVE, comment=comment, place=place, now=now)
    if shortened:
        AccessRequest.objects.filter(pk=request.pk).update(approved_seconds=shortened)
        request.refresh_from_db()
    approved_by = request.decisions.filter(verdict=Decision.Verdict.APPROVE).values_list("by", flat=True)
    in_force = policy.read(request.policy)
    data = {"comment": comment, "place": place, "seconds": int(request.duration.total_seconds())}
    if not policy.is_met(in_force, requester_id=request.requester_id, approved_by=approved_by):
        audit.append("request.approval", actor=by.email, now=now, request=request, data=data)
        return decision
    _open_grant(request, by=by, now=now, data=data)
    return decision


@transaction.atomic
def deny(*, request: AccessRequest, by: User, comment: str, now: datetime, place: str = Decision.Place.WEB) -> Decision:
    """Deny the request: one denial ends it. Raises NotAllowed, Conflict, or Invalid without a comment."""
    request = _locked(request, by=by, now=now)
    if not comment.strip():
        raise Invalid({"comment": _("Say why you deny it; the requester reads this.")})
    decision = _record(request, by=by, verdict=Decision.Verdict.DENY, comment=comment, place=place, now=now)
    data = {"comment": comment, "place": place}
    lifecycle.move_request(request, RequestState.DENIED, actor=by.email, now=now, data=data)
    return decision


def _locked(request: AccessRequest, *, by: User, now: datetime) -> AccessRequest:
    """Take the request's row and check the rule again under the lock, naming whoever was first."""
    request = (
        AccessRequest.objects.select_for_update(of=("self",))
        .select_related("flow", "target", "requester")
        .get(pk=request.pk)
    )
    decisions = list(request.decisions.select_related("by").order_by("at", "pk"))
    try:
        rules.check_can_decide(request, by=by, decided_ids={one.by_id for one in decisions}, now=now)
    except Conflict:
        if decisions and request.state in (RequestState.APPROVED, RequestState.DENIED):
            raise Conflict(_settled_by(request, decisions[-1])) from None
        raise
    return request


def _settled_by(request: AccessRequest, last: Decision) -> str:
    return _("%(person)s was first: %(ref)s was %(state)s on %(time)s.") % {
        "person": last.by,
        "ref": request.ref,
        "state": request.get_state_display().lower(),
        "time": date_format(timezone.localtime(last.at), "j F Y, H:i e"),
    }


def _check_shortened(request: AccessRequest, seconds: int | None) -> int | None:
    if seconds is None or seconds == request.duration.total_seconds():
        return None
    if seconds not in request.flow.allowed_durations or seconds > request.duration.total_seconds():
        raise Invalid({"duration": _("You may shorten the duration to one that is offered, not make it longer.")})
    return seconds


def _record(request: AccessRequest, *, by: User, verdict: str, comment: str, place: str, now: datetime) -> Decision:
    return Decision.objects.create(
        request=request, by=by, verdict=verdict, comment=comment.strip(), place=place, at=now
    )


def _open_grant(request: AccessRequest, *, by: User, now: datetime, data: dict[str, object]) -> None:
    """Open the grant, due at its start. The worker begins it, or extends what this person holds by then."""
    starts_at = max(request.starts_at or now, now)
    grant = Grant.objects.create(
        ref=refs.fresh(Grant, "G"),
        person_id=request.requester_id,
        target=request.target,
        role_id=request.target.role_id,
        account_id=request.account_id,
        seconds=int(request.duration.total_seconds()),
        created_at=now,
        starts_at=starts_at,
        due_at=starts_at,
    )
    lifecycle.move_request(request, RequestState.APPROVED, actor=by.email, now=now, data=data, grant=grant)
    audit.append("grant.scheduled", actor=audit.SYSTEM, now=now, request=request, grant=grant)
