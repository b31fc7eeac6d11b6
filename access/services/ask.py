"""Open a request, or withdraw it."""

import re
import uuid
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from access import audit, policy, refs, rules
from access.errors import Conflict, Invalid
from access.models import AccessRequest, Flow, Integration, Target, User, UserMapping
from access.services import lifecycle, mappings
from access.states import RequestState

REASON_MAX = 4000
FURTHEST_START = timedelta(days=90)


def ask(
    *,
    flow: Flow,
    target: Target,
    requester: User,
    seconds: int,
    reason: str,
    ticket: str,
    starts_at: datetime | None,
    submission: uuid.UUID,
    now: datetime,
) -> AccessRequest:
    """Open a request, pending until it is decided or lapses. The same submission twice gives the first one back.

    Raises Invalid with a sentence for each field that is wrong. No request is written then; a person whose
    account is not known yet is looked for at the next sync, which is made due at once.
    """
    mapping = _mapping(requester, target.integration, now=now)
    request = AccessRequest(
        flow=flow, target=target, requester=requester, seconds=seconds, reason=reason.strip(), ticket=ticket.strip(),
        starts_at=starts_at, submission=submission, account_id=mapping.account_id,
    )  # fmt: skip
    with transaction.atomic():
        known = AccessRequest.objects.filter(requester=requester, submission=submission).first()
        if known:
            return known
        in_force = rules.policy_of(flow, list(flow.approvers.all()))
        errors = _field_errors(request, now=now) | _policy_errors(in_force, requester) | mapping_errors(mapping)
        if errors:
            raise Invalid(errors)
        request.policy = in_force.copied()
        return _open(request, now=now)


def _mapping(user: User, integration: Integration, *, now: datetime) -> UserMapping:
    mapping = mappings.match(user=user, integration=integration, now=now)
    if mapping.problem == UserMapping.Problem.MISSING:
        Integration.objects.filter(pk=integration.pk, due_at__gt=now).update(due_at=now)
    return mapping


def _open(request: AccessRequest, *, now: datetime) -> AccessRequest:
    request.ref = refs.fresh(AccessRequest, "R")
    request.created_at = now
    request.due_at = now + timedelta(seconds=request.flow.pending_timeout)
    if request.starts_at:
        # Nobody is helped by a decision long after the start that was asked for.
        request.due_at = max(request.due_at, request.starts_at)
    try:
        with transaction.atomic():
            request.save(force_insert=True)
            _index_approvers(request)
    except IntegrityError:
        twin = AccessRequest.objects.filter(requester=request.requester, submission=request.submission).first()
        if twin is None:
            raise
        return twin
    data = {
        "flow": request.flow.name, "seconds": request.seconds, "reason": request.reason, "ticket": request.ticket,
        "starts_at": request.starts_at.isoformat() if request.starts_at else None,
        "policy": request.policy, "account_id": request.account_id,
    }  # fmt: skip
    audit.append("request.asked", actor=request.requester.email, now=now, request=request, data=data)
    return request


def _index_approvers(request: AccessRequest) -> None:
    through = AccessRequest.approvers.through
    ids = [one.id for one in policy.read(request.policy).approvers]
    through.objects.bulk_create([through(accessrequest=request, user_id=pk) for pk in ids])


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


def mapping_errors(mapping: UserMapping) -> dict[str, str]:
    """Say in words why this person can't be given anything yet."""
    where = {"email": mapping.user.email, "integration": mapping.integration.get_type_display()}
    sentences = {
        UserMapping.Problem.MISSING: _(
            "No account in %(integration)s has your e-mail %(email)s. We are looking again now;"
            " if you do have one, ask an admin to set your user mapping."
        ),
        UserMapping.Problem.AMBIGUOUS: _(
            "Several accounts in %(integration)s have your e-mail %(email)s. Ask an admin to set your user mapping."
        ),
        UserMapping.Problem.TAKEN: _(
            "The account in %(integration)s with your e-mail %(email)s belongs to another person here."
            " Ask an admin to look at the user mappings."
        ),
    }
    return {"target": sentences[UserMapping.Problem(mapping.problem)] % where} if mapping.problem else {}


def _policy_errors(in_force: policy.Policy, requester: User) -> dict[str, str]:
    ids = [one.id for one in in_force.approvers]
    active = set(User.objects.filter(pk__in=ids, is_active=True).values_list("pk", flat=True))
    if policy.is_dead_end(in_force, requester_id=requester.pk, active_ids=active):
        return {"flow": _("Nobody could approve this request: too few other people may decide it. Tell an admin.")}
    return {}


def _field_errors(request: AccessRequest, *, now: datetime) -> dict[str, str]:
    flow, target, starts_at = request.flow, request.target, request.starts_at
    errors = {}
    if not flow.is_active:
        errors["flow"] = _("This flow takes no requests at the moment.")
    if not flow.strategy.targets.filter(pk=target.pk).exists():
        errors["target"] = _("%(target)s cannot be asked for in %(flow)s.") % {"target": target, "flow": flow}
    if request.seconds not in flow.allowed_durations:
        errors["duration"] = _("Choose one of the durations that are offered.")
    if starts_at is not None and starts_at < now:
        errors["starts_at"] = _("The start is in the past.")
    if starts_at is not None and starts_at > now + FURTHEST_START:
        errors["starts_at"] = _("The start is more than 90 days away.")
    return errors | _text_errors(flow, reason=request.reason, ticket=request.ticket)


def _text_errors(flow: Flow, *, reason: str, ticket: str) -> dict[str, str]:
    errors = {}
    if not reason:
        errors["reason"] = _("Say why you need it.")
    elif len(reason) < flow.reason_min_length:
        errors["reason"] = _("Say a little more: at least %(count)d characters.") % {"count": flow.reason_min_length}
    elif len(reason) > REASON_MAX:
        errors["reason"] = _("Keep the reason under %(count)d characters.") % {"count": REASON_MAX}
    if len(ticket) > 100:
        errors["ticket"] = _("A ticket has at most 100 characters.")
    elif ticket and flow.ticket_pattern and not re.fullmatch(flow.ticket_pattern, ticket):
        errors["ticket"] = _("This does not look like a ticket. Expected: %(pattern)s") % {
            "pattern": flow.ticket_pattern
        }
    return errors
