"""What the home in Slack shows to one person, in a fixed number of queries."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from django.conf import settings
from django.utils.translation import gettext as _

from access.core import durations
from access.core.states import OPEN, GrantState, RequestState
from access.grants import active
from access.models import AccessRequest, Grant, User
from access.notify.slack.card import address
from access.policy import approvers, askers, policy
from access.requests import approval_queue
from integrations.slack import home

# One more than is shown is enough to say that there are more; they are counted on the page.
_READ: Final = 100


def of(person: User, *, now: datetime) -> home.View:
    """Say what this person can ask for, holds and has to decide."""
    grants = list(active.for_list(Grant.objects.filter(person=person, state__in=OPEN))[:_READ])
    mine = AccessRequest.objects.filter(requester=person, state=RequestState.PENDING).order_by("-created_at", "-pk")
    asked = list(approvers.with_decisions(mine.select_related("target", "flow"))[:_READ])
    flows = list(askers.open_to(person).values_list("break_glass", flat=True))
    waiting = list(approval_queue.waiting_for(person, now=now).select_related("flow", "requester", "target")[:_READ])
    return home.view(
        home.Home(
            can_ask=bool(flows),
            can_break_glass=any(flows) and not person.is_bot,
            held=[_held(one) for one in active.rows(grants, reader=person, now=now)],
            waiting=_waiting(waiting, person, now=now),
            asked=[_asked(one) for one in asked],
            url=settings.BASE_URL,
        )
    )


def _held(row: active.Row) -> home.Held:
    grant, latest = row.grant, row.latest
    holds = grant.state == GrantState.ACTIVE
    asks_again = row.can_end and grant.state in (GrantState.GRANTING, GrantState.ACTIVE)
    return home.Held(
        ref=grant.ref,
        what=str(grant.target),
        status=_("until") if holds else str(GrantState(grant.state).label),
        until=row.due_at if holds else None,
        can_end=row.can_end,
        extend_by=durations.shown(row.free_seconds) if row.free_seconds else "",
        ask_again=latest.ref if latest and latest.flow.is_active and asks_again else "",
    )


def _asked(request: AccessRequest) -> home.Asked:
    given = sum(one.counts for one in request.decisions.all())
    needed = policy.read(request.policy).approvals_needed
    return home.Asked(
        ref=request.ref,
        what=request.subject,
        progress=_("%(given)d of %(needed)d") % {"given": given, "needed": needed},
        url=address(request),
    )


def _waiting(requests: Sequence[AccessRequest], person: User, *, now: datetime) -> list[home.Waiting]:
    return [
        home.Waiting(
            ref=row.request.ref,
            what=row.request.subject,
            who=str(row.request.requester),
            reason=row.request.reason,
            length=durations.shown(row.as_asked) if row.request.gives_access else "",
            progress=_("%(given)d of %(needed)d") % {"given": row.approvals, "needed": row.needed},
            url=address(row.request),
            signed=row.in_force.passkey,
        )
        for row in approval_queue.rows(requests, reader=person, now=now)
    ]
