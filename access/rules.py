"""Who may do what, and in which state. `check_can_x` raises the reason; `can_x` is for templates and the API."""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from access.policy import policy, delegated as voices
from access.core.errors import Conflict, NotAllowed, Refusal
from access.models import AccessRequest, AfterReview, Grant, Token, User
from access.core.states import GrantState, RequestState

NOBODY: Final = 0  # no row has this key


def dead_end(in_force: policy.Policy, circle: policy.Circle) -> str:
    """Say to the person who asks why their request could never be approved, or nothing when it could."""
    found = policy.dead_end(in_force, circle)
    if found is None:
        return ""
    return _("Nobody could approve this request: %(why)s Tell an admin.") % {"why": why_dead(in_force, found)}


def why_dead(in_force: policy.Policy, found: policy.DeadEnd, *, person: str = "") -> str:
    """Give the reason of a dead end with the names that make it one. Without a name of the requester it says "you"."""
    words = {
        "needed": found.needed,
        "able": len(found.able),
        "names": names(found.able),
        "gone": names(found.gone),
        "auditors": names(found.auditors),
        "person": person,
        "stages": _(" and ").join(stage_name(in_force, one) for one in found.stages),
    }
    if len(found.stages) > 1:
        return _why_together(found) % words
    where = _("%(stages)s: ") % words if len(in_force.stages) > 1 else ""
    return where + _why_one(in_force, found, said_to_them=not person) % words


def _why_together(found: policy.DeadEnd) -> str:
    if not found.able:
        return _("nobody could decide in %(stages)s.")
    return ngettext(
        "%(stages)s together need %(needed)d different people, and only one person could decide in them: %(names)s.",
        "%(stages)s together need %(needed)d different people, and only %(able)d could decide in them: %(names)s.",
        len(found.able),
    )


def _why_one(in_force: policy.Policy, found: policy.DeadEnd, *, said_to_them: bool) -> str:
    if found.able:
        return ngettext(
            "it needs %(needed)d approvals and only one person could give one: %(names)s.",
            "it needs %(needed)d approvals and only %(able)d people could give one: %(names)s.",
            len(found.able),
        )
    if found.gone or found.auditors:
        return " ".join(_why_gone(found))
    if found.is_requester:
        return (
            _("you are the only approver, and nobody decides what they asked for themselves.")
            if said_to_them
            else _("%(person)s is the only approver, and nobody decides what they asked for themselves.")
        )
    return _why_nobody(in_force, found, said_to_them=said_to_them)


def _why_gone(found: policy.DeadEnd) -> list[str]:
    parts = [_("those who could decide it can no longer sign in: %(gone)s.")] if found.gone else []
    return [*parts, _("auditors decide nothing: %(auditors)s.")] if found.auditors else parts


def _why_nobody(in_force: policy.Policy, found: policy.DeadEnd, *, said_to_them: bool) -> str:
    pools = [pool for stage in found.stages for pool in in_force.stages[stage].pools]
    groups = ", ".join(dict.fromkeys(group.name for pool in pools for group in pool.groups))
    if groups:
        # A percent sign in a name is no placeholder.
        return _("nobody is in %(groups)s.") % {"groups": groups.replace("%", "%%")}
    if any(pool.managers for pool in pools):
        return _("you have no manager here.") if said_to_them else _("%(person)s has no manager here.")
    return _("no approvers are set for it.")


def names(people: Iterable[policy.Approver]) -> str:
    return ", ".join(one.name for one in people)


def stage_name(in_force: policy.Policy, stage: int) -> str:
    return in_force.stages[stage].label or _("Stage %(number)d") % {"number": stage + 1}


def check_may_change(by: User) -> None:
    """Raise NotAllowed for an auditor, who reads everything and changes nothing."""
    if by.is_auditor:
        raise NotAllowed(_("You are an auditor here. Auditors read everything and change nothing."))


def check_can_decide(
    request: AccessRequest, *, by: User, given: Mapping[int, int], circle: policy.Circle, now: datetime
) -> int:
    """Raise NotAllowed when `by` may not decide it now, Conflict when it is settled, lapsed, or approved by them.

    `given` are the approvals so far, with their stages; `circle` is who is who now. Returns the stage they decide in.
    """
    check_may_change(by)
    in_force = policy.read(request.policy)
    is_own = by.pk == request.requester_id and not in_force.self_approval
    stages = [one for one in range(len(in_force.stages)) if _is_asked(in_force, one, circle.at_last(), by.pk)]
    if is_own and _is_meant(in_force, circle, by.pk):
        raise NotAllowed(_("You asked for this yourself, so somebody else has to decide it."))
    if not by.is_active or not (stages or by.pk in given or by.pk in circle.spoken_for):
        raise NotAllowed(_("Only the approvers of this request may decide it."))
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


def check_can_approve(
    request: AccessRequest, *, by: User, given: Mapping[int, int], circle: policy.Circle, now: datetime
) -> int:
    """Do as `check_can_decide`, and raise NotAllowed when this approval would leave too few for a later stage."""
    stage = check_can_decide(request, by=by, given=given, circle=circle, now=now)
    in_force = policy.read(request.policy)
    later = voices.made_impossible(in_force, circle, given, by.pk)
    if later is not None:
        text = _("You are needed for %(stage)s later, and nobody decides twice. Somebody else has to approve first.")
        raise NotAllowed(text % {"stage": stage_name(in_force, later)})
    return stage


def _is_asked(in_force: policy.Policy, stage: int, circle: policy.Circle, person_id: int) -> bool:
    return any(one.id == person_id for one in policy.candidates(in_force, stage, circle))


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


def check_can_end(grant: Grant, *, by: User, approves: Collection[int]) -> None:
    """Raise NotAllowed unless `by` holds it, may approve it, or is an admin; Conflict when it is ending or has ended.

    `approves` are the requests that `by` may approve, by primary key; the grant's own are looked for among them.
    """
    check_may_change(by)
    behind = {one.pk for one in grant.requests.all()}
    if not (by.is_active and (by.pk == grant.person_id or by.is_admin or behind & set(approves))):
        raise NotAllowed(_("Only the holder, an approver or an admin can end this access."))
    if grant.state == GrantState.ENDED:
        raise Conflict(_("This access has ended already."))
    if grant.state == GrantState.REVOKING:
        raise Conflict(_("This access is ending already."))


def check_can_write_off(grant: Grant, *, by: User) -> None:
    """Raise NotAllowed for anybody but an admin, Conflict when it is not live."""
    if not by.is_admin:
        raise NotAllowed(_("Only an admin can write a grant off."))
    if grant.state not in (GrantState.GRANTING, GrantState.ACTIVE, GrantState.REVOKING):
        raise Conflict(_("Only access that may still be held can be written off."))


def check_can_see_evidence(request: AccessRequest, *, by: User, approves: Collection[int]) -> None:
    """Raise NotAllowed for all but its approvers, admins and auditors. `approves`: the requests `by` may approve."""
    if not (by.reads_all or (by.is_active and request.pk in approves)):
        raise NotAllowed(_("Only approvers, admins and auditors can see the evidence."))


def check_can_read_log(*, by: User) -> None:
    """Raise NotAllowed for anybody but auditors and admins."""
    if not by.reads_all:
        raise NotAllowed(_("Only auditors and admins can read the log."))


def check_can_configure(*, by: User) -> None:
    """Raise NotAllowed for anybody but admins. A bot is one when an admin has made it one."""
    if not by.is_admin:
        raise NotAllowed(_("Only admins can see and change the set-up."))


def check_can_issue_token(person: User, *, by: User) -> None:
    """Raise NotAllowed unless it is a person's own, or an admin's for a bot: a token acts as its person."""
    check_may_change(by)
    if not (by.is_active and person.is_active):
        raise NotAllowed(_("There are no API tokens for people who can't sign in."))
    if person.is_bot and not by.is_admin:
        raise NotAllowed(_("Only an admin can issue an API token for a bot."))
    if not person.is_bot and by.pk != person.pk:
        raise NotAllowed(_("People issue their API tokens themselves."))


def check_can_revoke_token(token: Token, *, by: User) -> None:
    """Raise NotAllowed for anybody but its person and the admins, Conflict when it is revoked."""
    check_may_change(by)
    if not (by.is_active and (by.pk == token.person_id or by.is_admin)):
        raise NotAllowed(_("Only its owner or an admin can revoke an API token."))
    if token.revoked_at:
        raise Conflict(_("The API token %(ref)s is revoked already.") % {"ref": token.ref})


def check_can_sign_off(review: AfterReview, *, by: User, circle: policy.Circle) -> None:
    """Raise NotAllowed unless `by` was skipped or is an admin, and did not ask; Conflict when it is signed off.

    `circle` is who is who now, around the request of the review.
    """
    check_may_change(by)
    if by.pk == review.request.requester_id:
        raise NotAllowed(_("You used break-glass yourself, so somebody else has to sign the review off."))
    skipped = {one.id for one in policy.reviewers(policy.read(review.request.policy), circle)}
    if not (by.is_admin or (by.is_active and by.pk in skipped)):
        raise NotAllowed(_("Only those who could have decided it and the admins can sign this review off."))
    if review.signed_off_at is not None:
        words = {"person": review.signed_off_by, "verdict": review.get_verdict_display().lower()}
        raise Conflict(_("%(person)s was first: the review is signed off already, as %(verdict)s.") % words)


def allowed(check: Callable[..., object], *args: Any, **kwargs: Any) -> bool:
    """Ask a check for a yes or a no."""
    try:
        check(*args, **kwargs)
    except Refusal:
        return False
    return True
