"""Open a request, or several at once, or withdraw one."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Final

from django.db import transaction
from django.utils.translation import gettext as _

from access.audit import log
from access.core import prompts, refs
from access.core.errors import Conflict, Invalid
from access.core.states import RequestState
from access.grants import lifecycle
from access.models import AccessRequest, Flow, Integration, Target, User, UserMapping
from access.people import mappings
from access.people.challenges import Signed
from access.people.rules import check_may_change
from access.policy import approvers, policy, still_eligible
from access.policy.fast_track import facts as fast_tracks
from access.policy.fast_track import judge
from access.policy.fast_track.rules import Rule
from access.policy.prompts import of_flow
from access.requests import approve_at_once, approver_index, ask_errors, ask_held
from access.requests import break_glass as emergency
from access.requests.rules import check_can_withdraw

MOST_AT_ONCE: Final = 10


@dataclass(frozen=True)
class Ask:
    """What one person typed, for however many targets."""

    flow: Flow
    requester: User
    seconds: int
    reason: str
    ticket: str
    starts_at: datetime | None
    submission: uuid.UUID
    break_glass: bool = False
    answers: Mapping[str, Any] = field(default_factory=dict)
    asked_in: str = ""  # the Slack channel from which they asked
    signed: Signed | None = None  # what a passkey signed, for break-glass where that is demanded
    assistant: str = ""  # what asks in their name; empty where they ask themselves


@dataclass(frozen=True)
class _Draft:
    """A request as it would be, with what is known of whom it is for."""

    request: AccessRequest
    served: still_eligible.Served | None
    mapping: UserMapping | None
    verdict: judge.Verdict

    def is_taken_at_once(self, *, break_glass: bool) -> bool:
        return break_glass or self.verdict.approves


def ask(
    *,
    flow: Flow,
    target: Target | None,
    requester: User,
    seconds: int,
    reason: str,
    ticket: str,
    starts_at: datetime | None,
    submission: uuid.UUID,
    now: datetime,
    break_glass: bool = False,
    answers: Mapping[str, Any] | None = None,
    signed: Signed | None = None,
    assistant: str = "",
    asked_in: str = "",
) -> AccessRequest:
    """Open a request, pending until it is decided or lapses. The same submission twice gives the first one back.

    By a fast-track rule of the flow, or with `break_glass` where the flow allows that, it is approved at once.
    A flow without a strategy takes no target, 0 seconds and no start. `answers` are by the names of the flow's own
    fields; errors call them `field-` and the name. Raises NotAllowed for an auditor, Invalid with a sentence for each
    wrong field: no request is written then; an unknown account is looked for at once. `signed` is for break-glass
    that a passkey has to sign; without it that is NotAllowed, too. What an `assistant` asks for, people decide.
    """
    typed = Ask(
        flow,
        requester,
        seconds,
        reason,
        ticket,
        starts_at,
        submission,
        break_glass,
        answers or {},
        signed=signed,
        assistant=assistant,
        asked_in=asked_in,
    )
    return ask_several(typed, [target] if target else [], now=now)[0]


def ask_several(typed: Ask, targets: Sequence[Target], *, now: datetime) -> list[AccessRequest]:
    """Open one request for each target, or none of them: each is decided, given and ended on its own.

    They share a `batch`. The same submission twice gives the first ones back. Raises what `ask` does, with the name of
    the target before what is wrong with it alone.
    """
    check_may_change(typed.requester)
    typed = replace(typed, starts_at=ask_errors.later(typed.starts_at, now=now))
    different = list(dict.fromkeys(targets))
    if len(different) > MOST_AT_ONCE:
        raise Invalid({"target": _("Choose at most %(count)d at once.") % {"count": MOST_AT_ONCE}})
    made = _ask(typed, different, now=now)
    if made is None:
        for integration in dict.fromkeys(one.integration for one in different):
            _match(typed.requester, integration, now=now)
        made = _ask(typed, different, now=now, matched=True)
    return made or []


def _ask(
    typed: Ask, targets: Sequence[Target], *, now: datetime, matched: bool = False
) -> list[AccessRequest] | None:  # fmt: skip
    """Do so in one transaction. None, and nothing written, where an account has to be looked for first."""
    with transaction.atomic():
        held = ask_held.hold(
            typed.requester, typed.flow, targets, submission=typed.submission, break_glass=typed.break_glass
        )
        if held.was_sent:
            return ask_held.sent_before(typed.requester.pk, typed.submission)
        if not held.is_open:
            raise Invalid(ask_errors.nothing_taken())
        integrations = {one.integration_id: one.integration for one in targets}
        known = {pk: mappings.foreseen(user=typed.requester, integration=one) for pk, one in integrations.items()}
        if not matched and not all(one.account_id for one in known.values()):
            return None
        in_force = approvers.of_flow(held.flow)
        answers, wrong = of_flow.read(held.flow, typed.answers)
        chosen: Sequence[still_eligible.Served | None] = held.targets or [None]
        rules = fast_tracks.of_flow(held.flow) if held.has_rules else ()
        drafts = [_draft(typed, held.flow, one, known, answers, rules, now=now) for one in chosen]
        each = [_errors(one, in_force, break_glass=typed.break_glass, now=now) for one in drafts]
        found = {**ask_errors.together([one.request.subject for one in drafts], each), **wrong}
        if found:
            raise Invalid(found)
        with log.together():
            _open(drafts, in_force, break_glass=typed.break_glass, now=now)
            for one in drafts:
                _take_at_once(one, in_force, typed, now=now)
    return [one.request for one in drafts]


def _draft(
    typed: Ask,
    flow: Flow,
    served: still_eligible.Served | None,
    known: Mapping[int, UserMapping],
    answers: list[prompts.Answer],
    rules: Sequence[Rule],
    *,
    now: datetime,
) -> _Draft:
    target = served.target if served else None
    mapping = known.get(target.integration_id) if target else None
    request = AccessRequest(
        flow=flow, target=target, requester=typed.requester, seconds=typed.seconds, reason=typed.reason.strip(),
        ticket=typed.ticket.strip(), starts_at=typed.starts_at, submission=typed.submission, answers=answers,
        account_id=mapping.account_id if mapping else "", asked_in=typed.asked_in,
        assistant=typed.assistant,
    )  # fmt: skip
    verdict = judge.judge(
        flow=flow, target=target, requester=typed.requester, starts_at=typed.starts_at, now=now, rules=rules,
        by_assistant=bool(typed.assistant),
    )  # fmt: skip
    return _Draft(request, served, mapping, verdict)


def _errors(draft: _Draft, in_force: policy.Policy, *, break_glass: bool, now: datetime) -> dict[str, str]:
    request, mapping, verdict = draft.request, draft.mapping, draft.verdict
    if break_glass:
        of_assistant = ask_errors.of_assistant(request, break_glass=True)
        return {**emergency.errors(request, in_force, mapping, now=now), **verdict.errors, **of_assistant}
    of_choice = ask_errors.of_choice(request, in_force, mapping, verdict, draft.served)
    return {**ask_errors.of_typed(request, now=now), **of_choice}


def _take_at_once(draft: _Draft, in_force: policy.Policy, typed: Ask, *, now: datetime) -> None:
    """Open the grant of a request that nobody has to approve; leave any other to people."""
    if typed.break_glass:
        emergency.take(draft.request, in_force, signed=typed.signed, now=now)
    elif by_rule := approve_at_once.by_rule(draft.verdict, draft.request):
        approve_at_once.take(draft.request, by_rule, now=now)


def _match(user: User, integration: Integration, *, now: datetime) -> None:
    """Pin the person's account, or let Aptible be searched for it: both stay, whatever becomes of the ask."""
    mapping = mappings.match(user=user, integration=integration, now=now)
    if mapping.problem == UserMapping.Problem.MISSING:
        Integration.objects.filter(pk=integration.pk, due_at__gt=now).update(due_at=now)


def _open(drafts: Sequence[_Draft], in_force: policy.Policy, *, break_glass: bool, now: datetime) -> None:
    batch = uuid.uuid4() if len(drafts) > 1 else None
    requests = [one.request for one in drafts]
    for draft in drafts:
        request = draft.request
        request.policy = in_force.copied()
        request.ref = refs.fresh(AccessRequest, "R")
        request.batch = batch
        request.created_at = now
        request.due_at = now + timedelta(seconds=request.flow.pending_timeout)
        if request.starts_at:
            # Nobody is helped by a decision long after the start that was asked for.
            request.due_at = max(request.due_at, request.starts_at)
        request.save(force_insert=True)
        approver_index.write(request, is_open=not draft.is_taken_at_once(break_glass=break_glass))
    open_to = sorted(one.name for one in requests[0].flow.requesters.all())
    for request in requests:
        _tell(request, [one.ref for one in requests if one is not request], open_to, now=now)


def _tell(request: AccessRequest, others: Sequence[str], open_to: Sequence[str], *, now: datetime) -> None:
    data = {
        "flow": request.flow.name, "seconds": request.seconds, "reason": request.reason, "ticket": request.ticket,
        "starts_at": request.starts_at.isoformat() if request.starts_at else None,
        "policy": request.policy, "account_id": request.account_id, "answers": request.answers,
        "open_to": list(open_to),
        **({"assistant": request.assistant} if request.assistant else {}),
        **({"together_with": list(others)} if others else {}),
    }  # fmt: skip
    log.append("request.asked", actor=request.requester, now=now, request=request, data=data)


@transaction.atomic
def withdraw(*, request: AccessRequest, by: User, now: datetime) -> None:
    """Take a pending request back. Raises NotAllowed or Conflict."""
    locked = AccessRequest.objects.select_for_update().get(pk=request.pk)
    check_can_withdraw(locked, by=by, now=now)
    lifecycle.move_request(locked, RequestState.WITHDRAWN, actor=by, now=now)


@transaction.atomic
def lapse(*, request: AccessRequest, now: datetime) -> None:
    """Let a pending request lapse whose time to be decided is over. Raises Conflict when it is not."""
    if request.due_at is None or request.due_at > now:
        raise Conflict(_("Request %(ref)s has not lapsed.") % {"ref": request.ref})
    lifecycle.move_request(request, RequestState.LAPSED, actor=log.SYSTEM, now=now)
