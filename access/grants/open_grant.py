"""Approve a request for good: the one place where a request becomes access, if access is what it asks for."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from access.audit import log
from access.core import refs
from access.core.states import RequestState
from access.grants import lifecycle
from access.models import AccessRequest, Grant, Target


def open_grant(
    request: AccessRequest, *, actor: log.Actor, now: datetime, data: Mapping[str, Any], **changes: Any
) -> Grant | None:
    """Approve the request and open its grant, due at its start, in the caller's transaction.

    The worker begins the grant, or extends what this person holds by then. A request without a target is only
    approved: None. `changes` are written on the request. Raises Conflict when the request is settled already.
    """
    grant = _scheduled(request, request.target, now=now) if request.target else None
    with log.together():
        lifecycle.move_request(request, RequestState.APPROVED, actor=actor, now=now, data=data, grant=grant, **changes)
        if grant:
            log.append("grant.scheduled", actor=log.SYSTEM, now=now, request=request, grant=grant)
    return grant


def _scheduled(request: AccessRequest, target: Target, *, now: datetime) -> Grant:
    starts_at = max(request.starts_at or now, now)
    return Grant.objects.create(
        ref=refs.fresh(Grant, "G"),
        person_id=request.requester_id,
        target=target,
        role_id=target.role_id,
        account_id=request.account_id,
        seconds=int(request.duration.total_seconds()),
        created_at=now,
        starts_at=starts_at,
        due_at=starts_at,
    )
