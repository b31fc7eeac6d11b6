"""Ask those once more who can decide and have not: at most once an hour, by whoever asked."""

from collections.abc import Collection
from datetime import datetime
from typing import Final

from django.db import transaction
from django.utils.translation import gettext as _

from access.audit import log
from access.core.errors import Conflict
from access.models import AccessRequest, AuditEvent, User
from access.policy import approvers, policy
from access.requests.rules import check_can_remind

REMINDED: Final = "request.reminded"


@transaction.atomic
def remind(*, request: AccessRequest, by: User, now: datetime) -> tuple[policy.Approver, ...]:
    """Remind those who can decide it now, and return them; the log tells, and messages follow from it.

    Raises NotAllowed for anybody but the requester; Conflict when it is settled, when nobody can decide it at the
    moment, and within an hour of the last time.
    """
    locked = AccessRequest.objects.select_for_update(of=("self",)).select_related("target", "requester", "flow")
    request = locked.get(pk=request.pk)
    check_can_remind(request, by=by, last=last_of([request]).get(request.ref), now=now)
    able, names = approvers.deciders(request, now=now), approvers.names(request, now=now)
    if not able:
        _check_can_be_told(request, names)
    log.append(REMINDED, actor=by, now=now, request=request, data={"people": ", ".join(names)})
    return able


def _check_can_be_told(request: AccessRequest, names: Collection[str]) -> None:
    """Where everybody may decide nobody is told by name: a channel can be reminded, or nobody."""
    if not names:
        raise Conflict(_("Nobody can decide it at the moment, so there is nobody to remind."))
    if not request.slack_posts.filter(person=None).exists():
        raise Conflict(_("Everybody may decide it, so nobody is reminded by name, and no channel was told of it."))


def last_of(requests: Collection[AccessRequest]) -> dict[str, datetime]:
    """When their requesters reminded last, by reference. One query."""
    rows = AuditEvent.objects.filter(request_ref__in=[one.ref for one in requests], type=REMINDED).order_by("id")
    return {one.request_ref: one.at for one in rows}
