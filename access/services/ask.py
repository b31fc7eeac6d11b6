"""Open a request, or withdraw it."""

import uuid
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from access import audit, policy, refs, rules
from access.errors import Conflict, Invalid
from access.models import AccessRequest, Flow, Integration, Target, User, UserMapping
from access.queries import fields, policies
from access.services import ask_errors, fast_track, lifecycle, mappings, shortcuts, turns
from access.services import break_glass as emergency
from access.states import RequestState


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
) -> AccessRequest:
    """Open a request, pending until it is decided or lapses. The same submission twice gives the first one back.

    By a fast-track rule of the flow, or with `break_glass` where the flow allows that, it is approved at once.
    A flow without a strategy takes no target, 0 seconds and no start. `answers` are by the names of the flow's own
    fields; errors call them `field-` and the name. Raises NotAllowed for an auditor, Invalid with a sentence for each
    wrong field: no request is written then; an unknown account is looked for at once.
    """
    mapping = _mapping(requester, target, now=now)
    request = AccessRequest(
        flow=flow, target=target, requester=requester, seconds=seconds, reason=reason.strip(), ticket=ticket.strip(),
        starts_at=starts_at, submission=submission, account_id=mapping.account_id if mapping else "",
    )  # fmt: skip
    with transaction.atomic():
        if break_glass:
            emergency.hold(requester)
            request.flow = Flow.objects.get(pk=flow.pk)  # an admin may have forbidden it just now
        if known := _sent_before(requester, submission):
            return known
        in_force = policies.of_flow(request.flow)
        verdict = fast_track.judge(flow=request.flow, target=target, requester=requester, starts_at=starts_at, now=now)
        request.answers, wrong = fields.read(request.flow, answers or {})
        if found := _errors(request, in_force, mapping, verdict, wrong, break_glass=break_glass, now=now):
            raise Invalid(found)
        if (made := _open(request, in_force, now=now)) is request:
            _take_at_once(made, in_force, verdict, break_glass=break_glass, now=now)
        return made


def _errors(
    request: AccessRequest,
    in_force: policy.Policy,
    mapping: UserMapping | None,
    verdict: fast_track.Verdict,
    wrong: Mapping[str, str],
    *,
    break_glass: bool,
    now: datetime,
) -> dict[str, str]:
    if hidden := ask_errors.of_asker(request.flow, request.requester):
        return hidden
    if break_glass:
        # The flow's own fields are for calm days: in an emergency a reason and a ticket have to do.
        return {**emergency.errors(request, in_force, mapping, now=now), **verdict.errors}
    return {
        **ask_errors.of_typed(request, now=now),
        **ask_errors.of_choice(request, in_force, mapping, verdict),
        **wrong,
    }


def _take_at_once(
    request: AccessRequest, in_force: policy.Policy, verdict: fast_track.Verdict, *, break_glass: bool, now: datetime
) -> None:
    """Open the grant of a request that nobody has to approve; leave any other to people."""
    if break_glass:
        emergency.take(request, in_force, now=now)
    elif by_rule := fast_track.shortcut(verdict, request):
        shortcuts.take(request, by_rule, now=now)


def _mapping(user: User, target: Target | None, *, now: datetime) -> UserMapping | None:
    """Match the person where the target is; what has no target needs no account. Raises NotAllowed for an auditor."""
    rules.check_may_change(user)
    if target is None:
        return None
    mapping = mappings.match(user=user, integration=target.integration, now=now)
    if mapping.problem == UserMapping.Problem.MISSING:
        Integration.objects.filter(pk=target.integration_id, due_at__gt=now).update(due_at=now)
    return mapping


def _sent_before(requester: User, submission: uuid.UUID) -> AccessRequest | None:
    return AccessRequest.objects.filter(requester=requester, submission=submission).first()


def _open(request: AccessRequest, in_force: policy.Policy, *, now: datetime) -> AccessRequest:
    request.policy = in_force.copied()
    request.ref = refs.fresh(AccessRequest, "R")
    request.created_at = now
    request.due_at = now + timedelta(seconds=request.flow.pending_timeout)
    if request.starts_at:
        # Nobody is helped by a decision long after the start that was asked for.
        request.due_at = max(request.due_at, request.starts_at)
    try:
        with transaction.atomic():
            request.save(force_insert=True)
            turns.write(request)
    except IntegrityError:
        twin = _sent_before(request.requester, request.submission)
        if twin is None:
            raise
        return twin
    data = {
        "flow": request.flow.name, "seconds": request.seconds, "reason": request.reason, "ticket": request.ticket,
        "starts_at": request.starts_at.isoformat() if request.starts_at else None,
        "policy": request.policy, "account_id": request.account_id, "answers": request.answers,
        "open_to": sorted(request.flow.requesters.values_list("name", flat=True)),
    }  # fmt: skip
    audit.append("request.asked", actor=request.requester.email, now=now, request=request, data=data)
    return request


@transaction.atomic
def withdraw(*, request: AccessRequest, by: User, now: datetime) -> None:
    """Take a pending request back. Raises NotAllowed or Conflict."""
    locked = AccessRequest.objects.select_for_update().get(pk=request.pk)
    rules.check_can_withdraw(locked, by=by, now=now)
    lifecycle.move_request(locked, RequestState.WITHDRAWN, actor=by.email, now=now)


@transaction.atomic
def lapse(*, request: AccessRequest, now: datetime) -> None:
    """Let a pending request lapse whose time to be decided is over. Raises Conflict when it is not."""
    if request.due_at is None or request.due_at > now:
        raise Conflict(_("Request %(ref)s has not lapsed.") % {"ref": request.ref})
    lifecycle.move_request(request, RequestState.LAPSED, actor=audit.SYSTEM, now=now)
