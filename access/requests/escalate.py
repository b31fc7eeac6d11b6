"""Write to the log that a request was passed on to those who are asked only after a while."""

from dataclasses import replace
from datetime import datetime

from django.db import transaction

from access.audit import log
from access.core.states import RequestState
from access.models import AccessRequest, Asked
from access.policy import approvers, asked_by_name, policy


@transaction.atomic
def pass_on(request: AccessRequest, *, now: datetime) -> None:
    """Tell of each pool whose time has come, once. From the log its people are told; see notify/audience.

    A request that is settled meanwhile is only forgotten about. Twice or late changes nothing more.
    """
    request = AccessRequest.objects.select_for_update(of=("self",)).select_related("requester").get(pk=request.pk)
    due = Asked.objects.filter(request=request, due_at__lte=now)
    afters = sorted(set(due.values_list("after", flat=True)))
    due.update(due_at=None)
    if request.state != RequestState.PENDING or request.due_at is None or request.due_at <= now:
        return
    given, circle = approvers.standing(request, now=now)
    for after in afters:
        _tell(request, after, given, circle, now=now)


def _tell(request: AccessRequest, after: int, given: dict[int, int], circle: policy.Circle, *, now: datetime) -> None:
    stage, able = _asked_by(request, after, given, circle)
    if stage is None:
        return
    fresh = [pool for pool in policy.read(request.policy).stages[stage].pools if pool.after == after]
    everybody = [group.name for pool in fresh for group in pool.groups if group.everybody]
    names = ", ".join([*(one.name for one in able), *everybody])
    data = {"stage": stage, "after": after, "people": names}
    log.append("request.passed_on", actor=log.SYSTEM, now=now, request=request, data=data)


def asked_by(request: AccessRequest, after: int, *, now: datetime) -> tuple[policy.Approver, ...]:
    """Who is told once its stage has waited for so many seconds, and was not asked before."""
    return _asked_by(request, after, *approvers.standing(request, now=now))[1]


def _asked_by(
    request: AccessRequest, after: int, given: dict[int, int], circle: policy.Circle
) -> tuple[int | None, tuple[policy.Approver, ...]]:
    in_force = asked_by_name.by_name(policy.read(request.policy))
    stage = policy.current(in_force, given, requester_id=request.requester_id)
    if stage is None:
        return None, ()
    before = {one.id for one in policy.candidates(in_force, stage, replace(circle, waited=after - 1), given)}
    able = policy.candidates(in_force, stage, replace(circle, waited=after), given)
    return stage, tuple(one for one in able if one.id not in before)
