"""The review after break-glass: it comes due again and again until somebody signs it off."""

from datetime import datetime, timedelta
from typing import Any, Final

from django.db import transaction
from django.utils.translation import gettext as _

from access.audit import log
from access.core.errors import Conflict, Invalid, NotAllowed
from access.models import AccessRequest, AfterReview, User
from access.policy import approvers, policy
from access.requests.rules import check_can_sign_off

# People are told again after pauses that double, for ever, in the end once a day.
FIRST_PAUSE: Final = timedelta(hours=1)
LONGEST_PAUSE: Final = timedelta(days=1)


@transaction.atomic
def come_due(review: AfterReview, *, now: datetime) -> None:
    """Remind before the deadline, escalate from then on, and say when next. The log tells it to people.

    Raises Conflict when it is not due, because somebody signed it off or another worker was faster.
    """
    review = _locked(review.request)
    if review.due_at is None or review.due_at > now:
        raise Conflict(_("The review of %(ref)s is not due.") % {"ref": review.request.ref})
    if now < review.deadline:
        _tell("review.reminded", review, now=now, due_at=review.deadline)
    else:
        times = review.escalations + 1
        _tell("review.escalated", review, now=now, due_at=now + pause(times), escalations=times)


def _tell(type_: str, review: AfterReview, *, now: datetime, **changes: Any) -> None:
    AfterReview.objects.filter(pk=review.pk).update(**changes)
    data = {"deadline": review.deadline.isoformat(), "times": changes.get("escalations", 0)}
    request = review.request
    log.append(type_, actor=log.SYSTEM, now=now, request=request, grant=request.grant, data=data)


def pause(times: int) -> timedelta:
    """How long after the escalation of this number the next one follows."""
    doublings: int = 2 ** min(times - 1, 10)
    return min(FIRST_PAUSE * doublings, LONGEST_PAUSE)


@transaction.atomic
def sign_off(*, request: AccessRequest, by: User, verdict: str, comment: str, now: datetime) -> AfterReview:
    """Close the review of a break-glass with what `by` found. Access itself is not changed.

    Raises NotAllowed for the requester and for strangers, Conflict when somebody was first or there is nothing to
    review, Invalid without a verdict or a comment.
    """
    review = _locked(request)
    in_force = policy.read(review.request.policy)
    requester = review.request.requester
    # Read after the lock is taken: who is in a group, and who is active, as of now.
    circle = approvers.circles([in_force], [requester]).around(requester)
    check_can_sign_off(review, by=by, circle=circle)
    errors = _errors(verdict, comment)
    if errors:
        raise Invalid(errors)
    found = {"verdict": verdict, "comment": comment.strip()}
    open_row = AfterReview.objects.filter(pk=review.pk, signed_off_at=None)
    open_row.update(due_at=None, signed_off_at=now, signed_off_by=by, **found)
    log.append("review.signed_off", actor=by, now=now, request=review.request, grant=review.request.grant, data=found)
    review.refresh_from_db()
    return review


@transaction.atomic
def lift(*, request: AccessRequest, by: User, reason: str, now: datetime) -> AfterReview:
    """Let the person use break-glass on the flow again, although a review found theirs not to be justified.

    Raises NotAllowed for anybody but another admin, Conflict when nothing blocks them, Invalid without a reason.
    """
    review = _locked(request)
    if not by.is_admin or by.pk == review.request.requester_id:
        raise NotAllowed(_("Only an admin can lift this, and nobody for themselves."))
    if not review.blocks:
        raise Conflict(_("Nothing keeps %(person)s from break-glass.") % {"person": review.request.requester})
    if not reason.strip():
        raise Invalid({"reason": _("Say why they may use break-glass again; it is kept with the request.")})
    AfterReview.objects.filter(pk=review.pk).update(lifted_at=now, lifted_by=by, lifted_because=reason.strip())
    data = {"reason": reason.strip(), "flow": review.request.flow.name}
    log.append("review.lifted", actor=by, now=now, request=review.request, grant=review.request.grant, data=data)
    review.refresh_from_db()
    return review


def _locked(request: AccessRequest) -> AfterReview:
    # Who signed it off is read later: a row joined here would be as it was before the lock was had.
    rows = AfterReview.objects.select_for_update(of=("self",)).select_related(
        "request__requester", "request__target", "request__grant", "request__flow"
    )
    review = rows.filter(request=request).first()
    if review is None:
        raise Conflict(_("Request %(ref)s needs no review afterwards.") % {"ref": request.ref})
    return review


def _errors(verdict: str, comment: str) -> dict[str, str]:
    errors = {}
    if verdict not in AfterReview.Verdict.values:
        errors["verdict"] = _("Choose whether it was justified.")
    if not comment.strip():
        errors["comment"] = _("Say what you found; it is kept with the request.")
    return errors
