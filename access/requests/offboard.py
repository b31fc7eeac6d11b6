"""A person who was deactivated here, or is an auditor now, holds nothing and waits for nothing."""

from datetime import datetime

from django.db import transaction
from django.db.models import Q

from access.core.states import OPEN, GrantState, RequestState
from access.grants import end_early, lifecycle
from access.models import AccessRequest, Decision, Grant, User
from access.people import delegations, device_logins, invitations, sign_in, tokens
from access.policy import approvers
from access.requests import recheck


@transaction.atomic
def leave(*, user: User, by: User, now: datetime, why: str = "The person was deactivated.") -> None:
    """Withdraw the person's pending requests, take their approvals of others' out of the count, end their access and
    their delegations, revoke their API tokens.

    Called in the transaction that deactivates them, which ends their sessions, too, for good; or makes them an auditor.
    `why` is told to the log.
    Grants that end already go on ending.
    """
    grants = Grant.objects.select_for_update(of=("self",)).select_related("target").order_by("pk")
    pending = _pending(user)
    open_ones = list(grants.filter(person=user, state__in=OPEN).exclude(state=GrantState.REVOKING))
    data = {"comment": why}
    device_logins.drop(user)
    keys = tokens.lock_live(user)
    away = delegations.lock_of(user, now=now)
    for request in pending:
        if request.requester_id == user.pk:
            lifecycle.move_request(request, RequestState.WITHDRAWN, actor=by, now=now, data=data)
        else:
            recheck.void(request, approvers.read_decisions(request), approvers.around(request, now=now), now=now)
    for grant in open_ones:
        end_early.end_one(grant, by=by, now=now, comment=data["comment"])
    for key in keys:
        tokens.revoke_one(key, actor=by, now=now)
    delegations.drop(away, by=by, now=now)
    if not user.is_active:
        invitations.void(user)
        sign_in.end_sessions(user, now=now)


def _pending(user: User) -> list[AccessRequest]:
    """Lock what they have asked for and what they, or somebody for them, have approved, as far as it waits."""
    approved = Decision.objects.filter(verdict=Decision.Verdict.APPROVE, void_at=None)
    theirs = approved.filter(Q(by=user) | Q(on_behalf_of=user)).values("request")
    rows = AccessRequest.objects.select_for_update(of=("self",)).select_related("flow", "target", "requester", "grant")
    waiting = rows.filter(state=RequestState.PENDING).filter(Q(requester=user) | Q(pk__in=theirs))
    return list(waiting.order_by("pk"))
