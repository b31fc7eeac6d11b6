"""Approve or deny a request."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from access.audit import log
from access.core import texts
from access.core.errors import Conflict, Invalid, Refusal
from access.core.prepared import prepared, the_one
from access.core.states import RequestState
from access.grants import lifecycle
from access.grants.open_grant import open_grant
from access.models import AccessRequest, Decision, User
from access.people import tokens
from access.people.challenges import Signed
from access.policy import approvers, delegated, limits, policy, still_eligible
from access.requests import approver_index, recheck, signed_approvals
from access.requests.rules import check_can_approve, check_can_decide, check_speaks_once


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
class _Held:
    """A request whose row is locked, and who is who around it from then on."""

    request: AccessRequest
    decisions: Sequence[Decision]  # in their order
    circle: policy.Circle

    @property
    def in_force(self) -> policy.Policy:
        return policy.read(self.request.policy)

    @property
    def given(self) -> Mapping[int, int]:
        return approvers.given(self.decisions)

    def issuers(self, by: User) -> tokens.Issuers:
        """Who could act as any of those who speak: whoever asked, who decided, and `by`."""
        return tokens.issuers([by, self.request.requester, *(one.by for one in self.decisions)])


@dataclass(frozen=True)
class _Turn:
    """The decision that a person may make now: in which stage, and for whom."""

    stage: int
    away: User | None  # for whom they decide; None: for themselves
    shortened: int | None = None  # seconds

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
    signed: Signed | None = None,
) -> Decision:
    """Record one approval, and open the grant when it was the last one needed.

    Its request is as it is then, and has read the decisions before it.

    `seconds` shortens the duration, to one of the flow's; `signed` is what a passkey signed, where the policy demands
    that. Raises NotAllowed when `by` may not decide this request or did not sign it, Conflict when it is settled
    already or may no longer be given, Invalid when it would become longer.
    An earlier approval counts only if whoever gave it could give it now; that it doesn't stays, whatever becomes of
    this one.
    """
    yes = Decision(verdict=Decision.Verdict.APPROVE, comment=comment, place=place, **slack.facts)

    def may(held: _Held) -> _Turn:
        held.request.barred = _barred(held.request)
        turn = _turn(held, check_can_approve, by=by, now=now)
        away = turn.away.pk if turn.away else None
        check_speaks_once(held.request, held.decisions, by=by, away=away, issuers=held.issuers(by), now=now)
        check_text(comment)
        turn = replace(turn, shortened=_check_shortened(held.request, seconds))
        _sign(yes, held, by=by, seconds=turn.shortened, signed=signed, now=now)
        return turn

    return _decide(yes, request, may, _approve, by=by, now=now)


def deny(
    *, request: AccessRequest, by: User, comment: str, now: datetime, place: str = Decision.Place.WEB,
    slack: InSlack = ELSEWHERE,
) -> Decision:  # fmt: skip
    """Deny the request: one denial ends it. Raises NotAllowed, Conflict, or Invalid without a comment."""
    no = Decision(verdict=Decision.Verdict.DENY, comment=comment, place=place, **slack.facts)

    def may(held: _Held) -> _Turn:
        turn = _turn(held, check_can_decide, by=by, now=now)
        check_comment(comment)
        return turn

    return _decide(no, request, may, _deny, by=by, now=now)


def _decide(
    one: Decision, request: AccessRequest, may: Callable[[_Held], _Turn], carry_out: Callable[..., None],
    *, by: User, now: datetime,
) -> Decision:  # fmt: skip
    """Take the row, ask the rules under the lock, and carry the decision out: in one transaction.

    Where the rules refuse, the transaction keeps that earlier approvals count no more, and nothing else.
    """
    with transaction.atomic():
        held = _held(request, now=now)
        try:
            turn = may(held)
        except Refusal as found:
            refusal = found
        else:
            _record(one, held, turn, by=by, now=now)
            carry_out(one, held, turn, by=by, now=now)
            return one
    raise refusal


def _approve(yes: Decision, held: _Held, turn: _Turn, *, by: User, now: datetime) -> None:
    request, stage = held.request, turn.stage
    if turn.shortened:
        request.approved_seconds = turn.shortened
        AccessRequest.objects.filter(pk=request.pk).update(approved_seconds=turn.shortened)
    data = {**_facts(yes), "seconds": int(request.duration.total_seconds()), **turn.facts}
    next_stage = policy.current(held.in_force, {**held.given, by.pk: stage}, requester_id=request.requester_id)
    if next_stage is None:
        open_grant(request, actor=by, now=now, data=data)
        return
    if next_stage != stage:
        approver_index.move_on(request, next_stage, now=now)
    log.append("request.approval", actor=by, now=now, request=request, data=data)


def _deny(no: Decision, held: _Held, turn: _Turn, *, by: User, now: datetime) -> None:
    data = {**_facts(no), **turn.facts}
    lifecycle.move_request(held.request, RequestState.DENIED, actor=by, now=now, data=data)


def _sign(yes: Decision, held: _Held, *, by: User, seconds: int | None, signed: Signed | None, now: datetime) -> None:
    """Keep what a passkey signed, where the policy demands that. Raises NotAllowed."""
    if not held.in_force.passkey:
        return
    length = int(held.request.duration.total_seconds()) if seconds is None else seconds
    said = signed_approvals.approval(held.request, by=by, seconds=length)
    otherwise = signed_approvals.where(held.request)
    yes.signature = signed_approvals.check(by, signed_approvals.APPROVE, said, signed, otherwise=otherwise, now=now)


def _facts(one: Decision) -> dict[str, Any]:
    slack = {"slack_id": one.slack_id, "slack_method": one.slack_method} if one.slack_id else {}
    signature = {"signature": signed_approvals.for_log(one.signature)} if one.signature else {}
    return {"comment": one.comment, "place": one.place, **slack, **signature}


def check_comment(comment: str) -> None:
    """Raise Invalid for a denial that does not say why."""
    check_text(comment)
    if not comment.strip():
        raise Invalid({"comment": _("Say why you deny it; the requester reads this.")})


def check_text(comment: str) -> None:
    """Raise Invalid for a comment that can't be kept."""
    if unfit := texts.wrong(comment=comment):
        raise Invalid(unfit)


def _held(request: AccessRequest, *, now: datetime) -> _Held:
    """Take the request's row, and look again at the approvals that it has.

    Groups, managers and delegations are read after the lock is taken, so that they are those of this moment.
    """
    request = the_one(_locked(request.pk))
    decisions, known = approvers.read_decisions(request), approvers.around(request, now=now)
    if request.state == RequestState.PENDING:
        recheck.void(request, decisions, known, now=now)
    return _Held(request, decisions, known.of(request, decisions, now=now))


@prepared
def _locked(request: int) -> QuerySet[AccessRequest]:
    rows = AccessRequest.objects.select_for_update(of=("self",))
    return rows.select_related("flow", "target", "requester").filter(pk=request)


def _turn(held: _Held, check: Callable[..., int], *, by: User, now: datetime) -> _Turn:
    """Ask the rule, naming whoever was first."""
    request, decisions = held.request, held.decisions
    try:
        stage = check(request, by=by, given=held.given, circle=held.circle, issuers=held.issuers(by), now=now)
    except Conflict:
        if decisions and request.state in (RequestState.APPROVED, RequestState.DENIED):
            raise Conflict(_settled_by(request, decisions[-1])) from None
        raise
    whose = delegated.voice(held.in_force, held.circle, held.given, by.pk)
    return _Turn(stage, None if whose in (None, by.pk) else User.objects.get(pk=whose))


def _barred(request: AccessRequest) -> str:
    return still_eligible.why_not(request) if request.state == RequestState.PENDING else ""


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


def _record(one: Decision, held: _Held, turn: _Turn, *, by: User, now: datetime) -> None:
    one.request, one.stage, one.on_behalf_of = held.request, turn.stage, turn.away
    one.by, one.at = by, now
    one.comment, one.called = one.comment.strip(), f"{by.name} <{by.email}>".strip()
    one.save(force_insert=True)
