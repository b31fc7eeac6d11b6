"""Look whether requests that wait could still be approved by those who are here, and given to whoever asked."""

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction

from access.audit import log
from access.core.states import RequestState
from access.models import AccessRequest
from access.policy import approvers, dead_ends, policy, still_eligible
from access.requests import recheck


@transaction.atomic
def check(request: AccessRequest, *, now: datetime) -> str:
    """Keep on a pending request why it can no longer be approved, for the admins and the requester to see.

    Writes to the log when it has come to a dead end, and when it works again. Returns the sentence, empty when
    nothing is wrong.
    """
    rows = AccessRequest.objects.select_for_update(of=("self",)).select_related("requester", "target", "flow")
    locked = approvers.with_decisions(rows).filter(pk=request.pk, state=RequestState.PENDING).first()
    if locked is None:
        return ""
    decisions, known = list(locked.decisions.all()), approvers.around(locked, now=now)
    recheck.void(locked, decisions, known, now=now)
    barred = still_eligible.why_not(locked)
    found = barred or _dead_end(locked, approvers.given(decisions), known.of(locked, decisions, now=now))
    if (found, barred) == (locked.dead_end, locked.barred):
        return found
    since = (locked.dead_end_since or now) if found else None
    AccessRequest.objects.filter(pk=locked.pk).update(dead_end=found, dead_end_since=since, barred=barred)
    if found and (barred or not locked.dead_end):
        data = {"text": found, "barred": bool(barred)}
        log.append("request.dead_end", actor=log.SYSTEM, now=now, request=locked, data=data)
    elif not found:
        log.append("request.works_again", actor=log.SYSTEM, now=now, request=locked)
    return found


def _dead_end(request: AccessRequest, given: Mapping[int, int], circle: policy.Circle) -> str:
    in_force = policy.read(request.policy)
    found = policy.dead_end(in_force, circle, given)
    return dead_ends.why_dead(in_force, found, person=str(request.requester)) if found else ""
