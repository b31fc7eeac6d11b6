"""Look whether requests that wait could still be approved by those who are here."""

from datetime import datetime

from django.db import transaction

from access.audit import log
from access.core.states import RequestState
from access.models import AccessRequest
from access.policy import circles, dead_ends, policy


@transaction.atomic
def check(request: AccessRequest, *, now: datetime) -> str:
    """Keep on a pending request why it can no longer be approved, for the admins and the requester to see.

    Writes to the log when it has come to a dead end, and when it works again. Returns the sentence, empty when
    nothing is wrong.
    """
    rows = AccessRequest.objects.select_for_update(of=("self",)).select_related("requester", "target", "flow")
    locked = rows.filter(pk=request.pk, state=RequestState.PENDING).first()
    if locked is None:
        return ""
    given, circle = circles.standing(locked, now=now)
    in_force = policy.read(locked.policy)
    dead_end = policy.dead_end(in_force, circle, given)
    found = dead_ends.why_dead(in_force, dead_end, person=str(locked.requester)) if dead_end else ""
    if found == locked.dead_end:
        return found
    since = (locked.dead_end_since or now) if found else None
    AccessRequest.objects.filter(pk=locked.pk).update(dead_end=found, dead_end_since=since)
    if found and not locked.dead_end:
        log.append("request.dead_end", actor=log.SYSTEM, now=now, request=locked, data={"text": found})
    elif not found:
        log.append("request.works_again", actor=log.SYSTEM, now=now, request=locked)
    return found
