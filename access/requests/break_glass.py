"""Break-glass: access at once in an emergency, short, told to everybody it skipped, and looked at afterwards."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _

from access.audit import log
from access.core import durations as spelled
from access.core.errors import NotAllowed
from access.models import AccessRequest, AfterReview, Flow, Target, User, UserMapping
from access.people import mappings
from access.people.challenges import Signed, Statement
from access.policy import approvers, policy, unapproved_time
from access.policy.fast_track import judge
from access.requests import approve_at_once, ask_errors, break_glass_reviews, signed_approvals

# People are reminded when this part of the time for the review is over.
REMINDED_AFTER = 0.5


@dataclass(frozen=True)
class Outlook:
    """What would happen, said before it does."""

    durations: tuple[int, ...]  # seconds, ascending
    told: tuple[policy.Approver, ...]
    deadline: datetime  # of the review
    recent: int  # how often the person did so in the last seven days
    blocked: Mapping[str, str]  # a sentence for each field that stands in the way, whatever else is typed

    @property
    def longest(self) -> int:
        return self.durations[-1]

    @property
    def how_often(self) -> str:
        return break_glass_reviews.in_words(self.recent + 1)


def outlook(*, flow: Flow, target: Target | None, requester: User, now: datetime) -> Outlook:
    """Say who would be told and what blocks it, by the very checks that `ask` makes. Writes nothing."""
    in_force = approvers.of_flow(flow)
    integration = target.integration if target else flow.integration
    mapping = mappings.foreseen(user=requester, integration=integration) if integration else None
    told = tuple(break_glass_reviews.reviewers(in_force, requester))
    # A rule that refuses wins over everything, an emergency included.
    refused = judge.judge(flow=flow, target=target, requester=requester, starts_at=None, now=now)
    blocked = _of_flow(flow, told) | ask_errors.of_asker(flow, requester) | ask_errors.of_mapping(mapping)
    return Outlook(
        durations=durations(flow, target),
        told=told,
        deadline=_deadline(flow, now),
        recent=break_glass_reviews.recent(requester, now=now),
        blocked=blocked
        | of_repeat(flow, target, requester, now=now)
        | refused.errors
        | (ask_errors.of_target(flow, target) if target else {}),
    )


def durations(flow: Flow, target: Target | None) -> tuple[int, ...]:
    """List the seconds that can be had: those of the flow that are short enough, else the limit itself."""
    limit = min(flow.break_glass_seconds, (target.max_seconds if target else None) or flow.break_glass_seconds)
    return tuple(sorted(one for one in flow.allowed_durations if one <= limit)) or (limit,)


def errors(
    request: AccessRequest, in_force: policy.Policy, mapping: UserMapping | None, *, now: datetime
) -> dict[str, str]:
    """Say for each field what is wrong with it. That nobody could approve stops nobody here."""
    told = break_glass_reviews.reviewers(in_force, request.requester)
    found = of_typed(request, now=now) | of_repeat(request.flow, request.target, request.requester, now=now)
    found |= _of_flow(request.flow, told)
    return found | ask_errors.of_target(request.flow, request.target) | ask_errors.of_mapping(mapping)


def of_typed(request: AccessRequest, *, now: datetime) -> dict[str, str]:
    """Say what was typed or chosen that break-glass does not take. A request without a target is judged, too."""
    typed = ask_errors.of_typed(request, now=now)
    typed.pop("duration", None)
    return typed | _of_emergency(request)


def take(request: AccessRequest, in_force: policy.Policy, *, signed: Signed | None = None, now: datetime) -> None:
    """Approve a request that has just been opened, and open its review, in the caller's transaction.

    Raises NotAllowed where a passkey has to sign it, and `signed` is nothing of the kind.
    """
    told = break_glass_reviews.reviewers(in_force, request.requester)
    deadline = _deadline(request.flow, now)
    recent = break_glass_reviews.recent(request.requester, now=now) + 1
    facts: dict[str, Any] = {
        "text": _("The flow allows break-glass for at most %(longest)s, with a review within %(within)s.")
        % {
            "longest": spelled.written(request.flow.break_glass_seconds),
            "within": spelled.written(request.flow.review_within),
        },
        "longest": request.flow.break_glass_seconds,
        "recent": recent,
        "deadline": deadline.isoformat(),
        "told": [{"id": one.id, "name": one.name, "email": one.email} for one in told],
        **_signature(request, in_force, signed, now=now),
    }
    AfterReview.objects.create(
        request=request, opened_at=now, deadline=deadline, due_at=now + (deadline - now) * REMINDED_AFTER
    )
    shortcut = approve_at_once.Shortcut(AccessRequest.Path.BREAK_GLASS, facts)
    approve_at_once.take(request, shortcut, actor=request.requester, now=now)
    told_of = {name: facts[name] for name in ("deadline", "told", "recent")}
    log.append("review.opened", actor=log.SYSTEM, now=now, request=request, grant=request.grant, data=told_of)


def _signature(
    request: AccessRequest, in_force: policy.Policy, signed: Signed | None, *, now: datetime
) -> dict[str, Any]:
    if not in_force.passkey_break_glass:
        return {}
    said = signed_approvals.break_glass(request, in_force)
    purpose = signed_approvals.BREAK_GLASS
    otherwise = _("Open %(address)s for it: break-glass of %(flow)s is signed with a passkey.")
    address = f"{settings.BASE_URL}/ask/break-glass/?flow={request.flow.name}"
    sentence = otherwise % {"flow": request.flow, "address": address}
    evidence = signed_approvals.check(request.requester, purpose, said, signed, otherwise=sentence, now=now)
    return {"signature": evidence}


def to_sign(typed: Mapping[str, Any], *, by: User) -> Statement:
    """What a passkey signs for the emergency that is typed: `flow`, `target`, `duration`, `reason` and `ticket`."""
    flow, target = typed["flow"], typed["target"]
    draft = AccessRequest(
        flow=flow, target=target, requester=by, seconds=typed["duration"], reason=typed["reason"].strip(),
        ticket=typed["ticket"].strip(),
        account_id=mappings.foreseen(user=by, integration=target.integration).account_id,
    )  # fmt: skip
    return signed_approvals.break_glass(draft, approvers.of_flow(flow))


def check_may_use(requester: User) -> None:
    """Raise NotAllowed for a bot."""
    if requester.is_bot:
        raise NotAllowed(_("A bot cannot use break-glass: it is for people in an emergency."))


def hold(requester: User) -> None:
    """Take the person's row, so that nobody is deactivated meanwhile. Raises NotAllowed when they are, and for bots."""
    check_may_use(requester)
    if not User.objects.select_for_update(no_key=True).filter(pk=requester.pk, is_active=True).exists():
        raise NotAllowed(_("You can no longer sign in, so you cannot use break-glass."))


def _of_flow(flow: Flow, told: object) -> dict[str, str]:
    if closed := ask_errors.of_openness(flow):
        return closed
    if not flow.break_glass:
        return {"flow": _("%(flow)s does not allow break-glass. Ask for access instead.") % {"flow": flow}}
    if not told:
        return {"flow": _("Nobody but you could look at it afterwards, so break-glass is closed. Tell an admin.")}
    return {}


def of_repeat(flow: Flow, target: Target | None, requester: User, *, now: datetime) -> dict[str, str]:
    """Say why not again: the one before lasts, or waits for its review, or was found not to be justified."""
    mine = AfterReview.objects.filter(request__requester=requester).order_by("-pk")
    if mine.filter(request__flow=flow, verdict=AfterReview.Verdict.NOT_JUSTIFIED, lifted_at=None).exists():
        text = _(
            "Your last break-glass in %(flow)s was found not to be justified, so it is closed to you until an admin"
            " lifts that. Ask in the normal way."
        )
        return {"flow": text % {"flow": flow}}
    if target is None:
        return {}
    waits = mine.filter(request__target=target, signed_off_at=None).first()
    if waits is not None:
        text = _(
            "The review of your last break-glass on %(target)s (%(ref)s) is not signed off. Ask in the normal way: once"
            " an approver says yes, what you hold is extended, and the review stays."
        )
        return {"target": text % {"target": target, "ref": waits.request.ref}}
    if held := unapproved_time.why_not(requester, target, now=now):
        return {"target": _("%(held)s Ask in the normal way.") % {"held": held}}
    return {}


def _of_emergency(request: AccessRequest) -> dict[str, str]:
    """What break-glass is stricter about than an ask."""
    found = {}
    target = request.target if request.target_id else None
    if request.seconds not in durations(request.flow, target):
        found["duration"] = _("Choose one of the durations that break-glass offers here.")
    if request.starts_at is not None:
        found["starts_at"] = _("Break-glass starts at once. Ask for access that starts later.")
    if not request.ticket:
        found["ticket"] = _("Name the ticket or the incident: break-glass needs one.")
    return found


def _deadline(flow: Flow, now: datetime) -> datetime:
    return now + timedelta(seconds=flow.review_within)
