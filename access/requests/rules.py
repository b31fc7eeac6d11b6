"""Who may decide, withdraw, sign off or see the evidence of a request. `check_can_x` raises the reason."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from django.utils.translation import gettext as _

from access.core.errors import Conflict, NotAllowed
from access.core.states import RequestState
from access.models import AccessRequest, AfterReview, Decision, User
from access.people.rules import check_may_change
from access.people.tokens import Issuers
from access.policy import asked_by_name, copied, delegated, policy
from access.policy.dead_ends import stage_name

NOBODY: Final = 0  # no row has this key
# Time reminds those who decide as well.
ONCE_AN_HOUR: Final = timedelta(hours=1)


def check_can_decide(
    request: AccessRequest,
    *,
    by: User,
    given: Mapping[int, int],
    circle: policy.Circle,
    issuers: Issuers,
    now: datetime,
) -> int:
    """Raise NotAllowed when `by` may not decide it now, Conflict when it is settled, lapsed, or approved by them.

    `given` are the approvals so far, with their stages; `circle` is who is who now; `issuers` are those of `by` and the
    requester. Returns the stage they decide in.
    """
    check_may_change(by)
    in_force = copied.of(request)
    is_own = by.pk == request.requester_id and not in_force.self_approval
    stages = [one for one in range(len(in_force.stages)) if _is_asked(in_force, one, circle.at_last(), by.pk)]
    if is_own and _is_meant(in_force, circle, by.pk):
        raise NotAllowed(_("You asked for this yourself, so somebody else has to decide it."))
    if not by.is_active or not (stages or by.pk in given or by.pk in circle.spoken_for):
        raise NotAllowed(_("Only the approvers of this request may decide it."))
    _check_is_nobodys_own_bot(request, by=by, issuers=issuers, now=now)
    check_is_pending(request, now=now)
    if not request.requester.is_active:
        raise Conflict(_("%(person)s can no longer sign in, so there is nothing to decide.") % _person(request))
    if by.pk in given:
        raise Conflict(_("You have already decided this request."))
    if by.pk in circle.spoken_for:
        text = _("%(person)s has already decided this request for you.")
        raise Conflict(text % {"person": circle.spoken_for[by.pk].name})
    stage = policy.current(in_force, given, requester_id=request.requester_id)
    if stage is None or not policy.may_decide(in_force, circle, given, by.pk):
        raise NotAllowed(_not_your_turn(in_force, stages, stage))
    return stage


def _check_is_nobodys_own_bot(request: AccessRequest, *, by: User, issuers: Issuers, now: datetime) -> None:
    """Raise NotAllowed where one person would speak twice: as themselves, and by a token of a bot that they issued."""
    if by.is_bot and issuers.acts_for(by, request.requester, at=now):
        raise NotAllowed(_("Who asked for this issued a token of this bot, so the bot decides nothing about it."))
    if request.requester.is_bot and issuers.acts_for(request.requester, by, at=request.created_at):
        raise NotAllowed(_("You issued a token of the bot that asked for this, so somebody else has to decide it."))


def check_can_approve(
    request: AccessRequest,
    *,
    by: User,
    given: Mapping[int, int],
    circle: policy.Circle,
    issuers: Issuers,
    now: datetime,
) -> int:
    """Do as `check_can_decide`. Raise Conflict while nobody can approve it, and NotAllowed where this would leave too
    few people for a later stage.
    """
    stage = check_can_decide(request, by=by, given=given, circle=circle, issuers=issuers, now=now)
    check_approval(request, by=by, given=given, circle=circle)
    return stage


def check_approval(request: AccessRequest, *, by: User, given: Mapping[int, int], circle: policy.Circle) -> None:
    """What `check_can_approve` asks beyond `check_can_decide`, of somebody who can decide it."""
    if request.barred:
        raise Conflict(_("It can't be approved: %(why)s") % {"why": request.barred})
    in_force = copied.of(request)
    later = delegated.made_impossible(in_force, circle, given, by.pk)
    if later is not None:
        text = _("You are needed for %(stage)s later, and nobody decides twice. Somebody else has to approve first.")
        raise NotAllowed(text % {"stage": stage_name(in_force, later)})


def check_speaks_once(
    request: AccessRequest, decisions: Iterable[Decision], *, by: User, away: int | None, issuers: Issuers,
    now: datetime,
) -> None:  # fmt: skip
    """Raise NotAllowed where one person would speak twice by tokens of bots that they issued.

    That is as themselves, by their delegate or as a bot, or as two bots: in two approvals, or by asking and approving.
    `away` is for whom `by` decides, if for somebody; `issuers` are those of all of them.
    """
    others = [(one.by, one.on_behalf_of_id, one.at) for one in decisions if one.counts]
    others.append((request.requester, None, request.created_at))
    mine = issuers.behind(by, at=now) | {away}
    for other, spoken_for, at in others:
        if (by.is_bot or other.is_bot) and mine & (issuers.behind(other, at=at) | {spoken_for}) - {None}:
            text = _(
                "Whoever issued a token of a bot could give this approval and speak for %(other)s, too: one person."
            )
            raise NotAllowed(text % {"other": other})


def _is_asked(in_force: policy.Policy, stage: int, circle: policy.Circle, person_id: int) -> bool:
    return policy.is_candidate(in_force, stage, circle, person_id)


def _is_meant(in_force: policy.Policy, circle: policy.Circle, person_id: int) -> bool:
    """Whether this person would be asked if it were not their own."""
    open_to_all = policy.Policy(in_force.stages, self_approval=True)
    circle = replace(circle, requester_id=NOBODY)
    return any(_is_asked(open_to_all, one, circle.at_last(), person_id) for one in range(len(in_force.stages)))


def _not_your_turn(in_force: policy.Policy, stages: Collection[int], now_in: int | None) -> str:
    if now_in is None or max(stages) < now_in:
        return _("The stage that asks you has been passed already.")
    if now_in in stages:
        return _("You are asked later, if it still waits then.")
    mine = stage_name(in_force, min(one for one in stages if one > now_in))
    words = {"mine": mine, "first": stage_name(in_force, now_in)}
    return _("It is not your turn yet: %(first)s comes before %(mine)s.") % words


def _person(request: AccessRequest) -> dict[str, str]:
    return {"person": str(request.requester)}


def check_is_pending(request: AccessRequest, *, now: datetime) -> None:
    if request.state != RequestState.PENDING:
        raise Conflict(
            _("Request %(ref)s is already %(state)s.")
            % {"ref": request.ref, "state": request.get_state_display().lower()}
        )
    if request.due_at is not None and request.due_at <= now:
        raise Conflict(_("Request %(ref)s has lapsed: nobody decided it in time.") % {"ref": request.ref})


def check_can_withdraw(request: AccessRequest, *, by: User, now: datetime) -> None:
    """Raise NotAllowed for anybody but the requester, Conflict when it is settled."""
    check_may_change(by)
    if by.pk != request.requester_id:
        raise NotAllowed(_("Only the person who asked can withdraw a request."))
    check_is_pending(request, now=now)


def check_can_remind(request: AccessRequest, *, by: User, last: datetime | None, now: datetime) -> None:
    """Raise NotAllowed for anybody but the requester; Conflict when it is settled, and within an hour of the `last`."""
    check_may_change(by)
    if by.pk != request.requester_id:
        raise NotAllowed(_("Only the person who asked can remind those who decide."))
    check_is_pending(request, now=now)
    if last is not None and now < last + ONCE_AN_HOUR:
        raise Conflict(_("You have reminded them already; that can be done once an hour."))


def check_can_see_evidence(request: AccessRequest, *, by: User, approves: Collection[int]) -> None:
    """Raise NotAllowed for all but its approvers, admins and auditors. `approves`: the requests `by` may approve."""
    if not (by.reads_all or (by.is_active and request.pk in approves)):
        raise NotAllowed(_("Only approvers, admins and auditors can see the evidence."))


def check_can_sign_off(review: AfterReview, *, by: User, circle: policy.Circle) -> None:
    """Raise NotAllowed unless `by` was skipped or is an admin, and did not ask; Conflict when it is signed off.

    `circle` is who is who now, around the request of the review.
    """
    check_may_change(by)
    if by.pk == review.request.requester_id:
        raise NotAllowed(_("You used break-glass yourself, so somebody else has to sign the review off."))
    skipped = {one.id for one in asked_by_name.reviewers(policy.read(review.request.policy), circle)}
    if by.is_bot or not (by.is_admin or (by.is_active and by.pk in skipped)):
        raise NotAllowed(_("Only those who could have decided it and the admins can sign this review off."))
    if review.signed_off_at is not None:
        words = {"person": review.signed_off_by, "verdict": review.get_verdict_display().lower()}
        raise Conflict(_("%(person)s was first: the review is signed off already, as %(verdict)s.") % words)
