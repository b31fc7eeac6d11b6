"""Approve or deny a request."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.db import transaction
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from access.audit import log
from access.core import texts
from access.core.errors import Conflict, Invalid
from access.core.states import RequestState
from access.grants import lifecycle
from access.grants.open_grant import open_grant
from access.models import AccessRequest, Decision, User
from access.policy import approvers, delegated, limits, policy, still_eligible
from access.requests import approver_index, recheck
from access.requests.rules import check_can_approve, check_can_decide


@dataclass(frozen=True)
class InSlack:
    """From which Slack account a decision came, and how that one was mapped to its person."""

    account_id: str = ""
    method: str = ""  # of UserMapping.Method

    @property
    def facts(self) -> dict[str, str]:
        return {"slack_id": self.account_id, "slack_method": self.method} if self.account_id else {}


ELSEWHERE: Final = InSlack()


@dataclass(frozen=True)
class _Turn:
    """A request whose row is locked, and the decision that this person may make on it now."""

    request: AccessRequest
    stage: int
    given: Mapping[int, int]
    away: User | None  # for whom they decide; None: for themselves

    @property
    def facts(self) -> dict[str, Any]:
        away = {"on_behalf_of": self.away.email, "on_behalf_of_id": self.away.pk} if self.away else {}
        return {"stage": self.stage, **away}


def approve(
    *,
    request: AccessRequest,
    by: User,
    comment: str,
    now: datetime,
    seconds: int | None = None,
    place: str = Decision.Place.WEB,
    slack: InSlack = ELSEWHERE,
) -> Decision:
    """Record one approval, and open the grant when it was the last one needed.

    `seconds` shortens the duration, to one of the flow's. Raises NotAllowed when `by` may not decide this
    request, Conflict when it is settled already or may no longer be given, Invalid when it would become longer.
    An earlier approval counts only if whoever gave it could give it now; that it doesn't stays, whatever becomes of
    this one.
    """
    recheck.look(request, now=now)
    yes = Decision(verdict=Decision.Verdict.APPROVE, comment=comment, place=place, **slack.facts)
    return _approve(yes, request, by=by, now=now, seconds=seconds)


@transaction.atomic
def _approve(yes: Decision, request: AccessRequest, *, by: User, now: datetime, seconds: int | None) -> Decision:
    turn = _locked(request, check_can_approve, by=by, now=now)
    check_text(yes.comment)
    request, stage = turn.request, turn.stage
    shortened = _check_shortened(request, seconds)
    _record(yes, turn, by=by, now=now)
    if shortened:
        AccessRequest.objects.filter(pk=request.pk).update(approved_seconds=shortened)
        request.refresh_from_db()
    data = {**_facts(yes), "seconds": int(request.duration.total_seconds()), **turn.facts}
    next_stage = policy.current(
        policy.read(request.policy), {**turn.given, by.pk: stage}, requester_id=request.requester_id
    )  # fmt: skip
    if next_stage != stage:
        approver_index.move_on(request, stage=next_stage, now=now)
    if next_stage is None:
        open_grant(request, actor=by, now=now, data=data)
    else:
        log.append("request.approval", actor=by, now=now, request=request, data=data)
    return yes


@transaction.atomic
def deny(
    *, request: AccessRequest, by: User, comment: str, now: datetime, place: str = Decision.Place.WEB,
    slack: InSlack = ELSEWHERE,
) -> Decision:  # fmt: skip
    """Deny the request: one denial ends it. Raises NotAllowed, Conflict, or Invalid without a comment."""
    turn = _locked(request, check_can_decide, by=by, now=now)
    check_comment(comment)
    no = Decision(verdict=Decision.Verdict.DENY, comment=comment, place=place, **slack.facts)
    _record(no, turn, by=by, now=now)
    data = {**_facts(no), **turn.facts}
    lifecycle.move_request(turn.request, RequestState.DENIED, actor=by, now=now, data=data)
    return no


def _facts(one: Decision) -> dict[str, str]:
    slack = {"slack_id": one.slack_id, "slack_method": one.slack_method} if one.slack_id else {}
    return {"comment": one.comment, "place": one.place, **slack}


def check_comment(comment: str) -> None:
    """Raise Invalid for a denial that does not say why."""
    check_text(comment)
    if not comment.strip():
        raise Invalid({"comment": _("Say why you deny it; the requester reads this.")})


def check_text(comment: str) -> None:
    """Raise Invalid for a comment that can't be kept."""
    if unfit := texts.wrong(comment=comment):
        raise Invalid(unfit)


def _locked(request: AccessRequest, check: Callable[..., int], *, by: User, now: datetime) -> _Turn:
    """Take the request's row and check the rule again under the lock, naming whoever was first.

    Groups, managers and delegations are read after the lock is taken, so that they are those of this moment.
    """
    request = (
        AccessRequest.objects.select_for_update(of=("self",))
        .select_related("flow", "target", "requester")
        .get(pk=request.pk)
    )
    if request.state == RequestState.PENDING:
        request.barred = still_eligible.why_not(request)
        recheck.void(request, now=now)
    decisions = list(request.decisions.select_related("by", "on_behalf_of").order_by("at", "pk"))
    in_force, given = policy.read(request.policy), approvers.given(decisions)
    circle = approvers.circles([in_force], [request.requester], now=now).of(request, decisions, now=now)
    try:
        stage = check(request, by=by, given=given, circle=circle, now=now)
    except Conflict:
        if decisions and request.state in (RequestState.APPROVED, RequestState.DENIED):
            raise Conflict(_settled_by(request, decisions[-1])) from None
        raise
    whose = delegated.voice(in_force, circle, given, by.pk)
    away = None if whose in (None, by.pk) else User.objects.get(pk=whose)
    return _Turn(request, stage, given, away)


def _settled_by(request: AccessRequest, last: Decision) -> str:
    return _("%(person)s was first: %(ref)s was %(state)s on %(time)s.") % {
        "person": last.by,
        "ref": request.ref,
        "state": request.get_state_display().lower(),
        "time": date_format(timezone.localtime(last.at), "j F Y, H:i e"),
    }


def _check_shortened(request: AccessRequest, seconds: int | None) -> int | None:
    targets, asked = request.targets, int(request.duration.total_seconds())
    # The maximum of a target may have become lower since it was asked for.
    if too_long := limits.why_too_long(seconds or asked, targets):
        raise Invalid({"duration": too_long})
    if seconds is None or seconds == asked:
        return None
    if seconds not in limits.offered(request.flow, targets) or seconds > asked:
        raise Invalid({"duration": _("You may shorten the duration to one that is offered, not make it longer.")})
    return seconds


def _record(decision: Decision, turn: _Turn, *, by: User, now: datetime) -> None:
    decision.request, decision.stage, decision.on_behalf_of = turn.request, turn.stage, turn.away
    decision.by, decision.at = by, now
    decision.comment, decision.called = decision.comment.strip(), f"{by.name} <{by.email}>".strip()
    decision.save(force_insert=True)
