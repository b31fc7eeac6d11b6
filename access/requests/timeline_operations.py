"""What was done at Aptible while the access of a request was held, as steps of its story."""

from collections.abc import Sequence
from typing import Final

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from access.core import operation_words
from access.core.states import GrantState
from access.models import AccessRequest, Grant, GrantActivity, Operation
from access.requests.steps import DONE, TROUBLE, Step

MOST: Final = 25  # on the page; the log's event has more


def of(request: AccessRequest) -> list[Operation]:
    """Read what was done while its access was held: nothing where access was never confirmed. One query.

    None where the grant was read with its activity and Aptible was never asked: nothing can have been told then.
    """
    grant = request.grant
    if grant is None or grant.confirmed_at is None or _activity(grant) is None:
        return []
    return list(Operation.objects.filter(grant=grant).order_by("at", "pk"))


def _activity(grant: Grant) -> GrantActivity | None:
    return getattr(grant, "activity", None)


def with_operations(told: Sequence[Step], done: Sequence[Operation]) -> list[Step]:
    """Put what was done among the steps, by its time."""
    if not done:
        return list(told)
    steps = [_step(one) for one in done[:MOST]]
    if len(done) > MOST:
        more = len(done) - MOST
        text = ngettext("%(count)d more operation", "%(count)d more operations", more) % {"count": more}
        steps.append(Step("operation", text, DONE, at=done[MOST].at))
    # What is still to come has no time, and stays at the end.
    past, to_come = [one for one in told if one.at], [one for one in told if not one.at]
    return sorted([*past, *steps], key=lambda one: (one.at is None, one.at)) + to_come


def remark(request: AccessRequest, done: Sequence[Operation]) -> str:
    """What has to be known to read these steps rightly. No query where the grant was read with its activity."""
    grant = request.grant
    activity = _activity(grant) if grant and grant.confirmed_at else None
    if grant is None or activity is None or activity.read_at is None:
        return activity.last_error if activity else ""
    parts = [_("What was done while this access was held is as Aptible tells it. Open tunnels can't be seen.")]
    if activity.other_role:
        parts.append(_("The account held another role there, too, and may have used that one."))
    if activity.end_read_at and not done:
        parts.append(_("This access was not used."))
    return " ".join([*parts, activity.last_error]).strip()


def running(request: AccessRequest, done: Sequence[Operation]) -> bool:
    """Whether a session outlives the access."""
    grant = request.grant
    return grant is not None and grant.state == GrantState.ENDED and any(map(_outlives, done))


def _outlives(one: Operation) -> bool:
    return one.outlived_at is not None and one.over_at is None


def _step(one: Operation) -> Step:
    title = operation_words.sentence(one.type, kind=one.resource_kind, name=one.resource)
    return Step("operation", title, TROUBLE if _outlives(one) else DONE, at=one.at, note=_note(one), quote=one.command)


def _note(one: Operation) -> str:
    words = {"environment": one.environment or "?", "status": one.status, "id": one.external_id}
    text = _("In %(environment)s: %(status)s (operation %(id)s).") % words
    if _outlives(one):
        return f"{text} {_('It still ran when the access had ended.')}"
    return text
