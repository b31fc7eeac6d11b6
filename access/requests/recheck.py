"""Look again at the approvals of a request that waits: who gave one and could not give it now is not counted."""

from collections.abc import Sequence
from datetime import datetime

from access.audit import log
from access.models import AccessRequest, Decision
from access.policy import approvers, counting, policy
from access.requests import approver_index


def void(request: AccessRequest, decisions: Sequence[Decision], known: approvers.Circles, *, now: datetime) -> bool:
    """Take out of the count each approval whose giver could not give it now, and ask in its stage again.

    For a locked, pending request, all its decisions, and who is who now. Each is an event, which names whose approval
    it was. Returns whether there was any.
    """
    yes = [one for one in decisions if one.counts]
    if not yes:
        return False
    in_force = policy.read(request.policy)
    circle = known.of(request, decisions, now=now)
    gone = [one for one in yes if not counting.counts(in_force, circle, _vote(one))]
    if gone:
        _take_out(request, decisions, gone, now=now)
    return bool(gone)


def _vote(one: Decision) -> counting.Vote:
    return counting.Vote(one.by_id, one.on_behalf_of_id or one.by_id, one.stage)


def _take_out(
    request: AccessRequest, decisions: Sequence[Decision], gone: Sequence[Decision], *, now: datetime
) -> None:
    Decision.objects.filter(pk__in=[one.pk for one in gone]).update(void_at=now)
    for one in gone:
        one.void_at = now
    given, in_force = approvers.given(decisions), policy.read(request.policy)
    approver_index.move_on(request, policy.current(in_force, given, requester_id=request.requester_id), now=now)
    for one in gone:
        data = {"whose": str(one.by), "whose_id": one.by_id, "stage": one.stage}
        log.append("request.approval_void", actor=log.SYSTEM, now=now, request=request, data=data)
