"""Look again at the approvals of a request that waits: who gave one and could not give it now is not counted."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from access.audit import log
from access.core.states import RequestState
from access.models import AccessRequest, Decision
from access.policy import approvers, counting, policy
from access.requests import approver_index


@transaction.atomic
def look(request: AccessRequest, *, now: datetime) -> list[Decision]:
    """Do as `void` on a request that may be pending, in a transaction of its own: a refusal that follows keeps it."""
    rows = AccessRequest.objects.select_for_update(of=("self",)).select_related("requester", "flow", "target")
    locked = rows.filter(pk=request.pk, state=RequestState.PENDING).first()
    return void(locked, now=now) if locked else []


def void(request: AccessRequest, *, now: datetime) -> list[Decision]:
    """Take out of the count each approval whose giver could not give it now, and ask in its stage again.

    For a locked, pending request. Each is an event, which names whose approval it was. Returns them.
    """
    decisions = list(request.decisions.filter(void_at=None).select_related("by", "on_behalf_of"))
    yes = [one for one in decisions if one.verdict == Decision.Verdict.APPROVE]
    if not yes:
        return []
    in_force = policy.read(request.policy)
    circle = approvers.circles([in_force], [request.requester], now=now).of(request, decisions, now=now)
    gone = [one for one in yes if not counting.counts(in_force, circle, _vote(one))]
    if gone:
        _take_out(request, gone, now=now)
    return gone


def _vote(one: Decision) -> counting.Vote:
    return counting.Vote(one.by_id, one.on_behalf_of_id or one.by_id, one.stage)


def _take_out(request: AccessRequest, gone: Sequence[Decision], *, now: datetime) -> None:
    Decision.objects.filter(pk__in=[one.pk for one in gone]).update(void_at=now)
    approver_index.move_on(request, stage=approvers.stage_of(request), now=now)
    for one in gone:
        data = {"whose": str(one.by), "whose_id": one.by_id, "stage": one.stage}
        log.append("request.approval_void", actor=log.SYSTEM, now=now, request=request, data=data)
