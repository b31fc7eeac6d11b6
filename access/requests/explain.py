"""All that is known of one request and its access, as plain data, for the person on call."""

from datetime import datetime
from typing import Any, Final

from django.db.models import Model
from django.utils.translation import gettext as _

from access.audit import sentences
from access.core.states import GrantState, RequestState
from access.grants.trouble import trouble
from access.models import AccessRequest, AuditEvent, Decision, Grant, Worker
from access.policy import approvers, dead_ends, policy
from access.requests import break_glass_reviews

Facts = dict[str, Any]

# Each by its name: a column that is added is told once somebody has looked whether it may be.
_REQUEST: Final = (
    "seconds", "approved_seconds", "reason", "ticket", "answers", "starts_at", "created_at", "settled_at", "due_at",
    "account_id", "policy", "path", "path_facts",
)  # fmt: skip
_GRANT: Final = (
    "seconds", "role_id", "account_id", "starts_at", "asked_at", "confirmed_at", "ends_at", "free_extension_at",
    "free_extension_seconds", "end_due_at", "end_reason", "ended_by", "ended_by_id", "ended_by_called",
    "ended_at", "due_at", "attempts", "last_error", "unsure_until", "standing", "not_verified",
    "start_evidence", "end_evidence",
)  # fmt: skip
_WORKER: Final = ("name", "host", "pid", "beat_at", "jobs_beat_at", "restarts", "clock_off")
_INTEGRATION: Final = (
    "name", "external_id", "synced_at", "due_at", "attention", "attention_since", "unreachable",
    "unreachable_since", "login_retry_at",
)  # fmt: skip
_TARGET: Final = ("name", "label", "role_id", "queued_until", "leased_by", "leased_until")


def find(ref: str) -> AccessRequest | None:
    """Find a request by its reference, or the newest one behind the grant of that reference."""
    rows = AccessRequest.objects.select_related("flow", "target__integration", "requester", "grant")
    ref = ref.strip().upper()
    return rows.filter(ref=ref).first() or rows.filter(grant__ref=ref).order_by("-created_at").first()


def explain(request: AccessRequest, *, now: datetime) -> Facts:
    """Put together what the tables say. Times are datetimes in UTC; nothing in it is secret."""
    grant = request.grant
    return {
        "trouble": _trouble(request, grant, now=now),
        "next": " ".join(filter(None, [_next(request, grant, now=now), _next_of_review(request, now=now)])),
        **_story(request, now=now),
        "integration": _of(request.target.integration, *_INTEGRATION) if request.target else None,
        "workers": [_of(one, *_WORKER) for one in Worker.objects.order_by("name")],
        "events": [_event(one) for one in _events(request)],
    }


def evidence(request: AccessRequest, *, now: datetime) -> Facts:
    """Put together what proves one request, for whoever checks: with the log's own numbers and hashes."""
    return {
        "made_at": now,
        **_story(request, now=now),
        # Another request behind the same grant is not theirs to read.
        "events": [
            _event(one) | {"previous": one.previous, "hash": one.hash}
            for one in _events(request)
            if one.request_ref in ("", request.ref)
        ],
    }


def _story(request: AccessRequest, *, now: datetime) -> Facts:
    grant, target = request.grant, request.target
    decisions = request.decisions.select_related("by", "on_behalf_of").order_by("at")
    return {
        "request": _request(request),
        "decisions": [_decision(one) for one in decisions],
        "grant": _grant(grant, now=now) if grant else None,
        "after_review": break_glass_reviews.facts(request),
        "target": _of(target, *_TARGET) if target else None,
    }


def _of(row: Model, *names: str) -> Facts:
    return {name: getattr(row, name) for name in names}


def _trouble(request: AccessRequest, grant: Grant | None, *, now: datetime) -> str:
    """Say in one line what is wrong, if anything is: with this access, or with all that Aptible should be asked."""
    found = trouble(grant, now=now)
    if found:
        return found.text
    integration = request.target.integration if request.target else None
    if grant is None or grant.state == GrantState.ENDED or integration is None:
        return ""
    return integration.attention or integration.unreachable


def _next(request: AccessRequest, grant: Grant | None, *, now: datetime) -> str:
    """Say in one sentence what happens next, or what has to happen first."""
    if request.state == RequestState.PENDING:
        return _next_of_pending(request, now=now)
    if grant is None or grant.state == GrantState.ENDED:
        return _("Nothing more happens.")
    if not Worker.objects.any_running(now=now):
        return _("Nothing happens until a worker runs: `manage.py worker`.")
    return _next_of_grant(grant, now=now)


def _next_of_pending(request: AccessRequest, *, now: datetime) -> str:
    in_force, decisions = policy.read(request.policy), list(request.decisions.all())
    given = approvers.given(decisions)
    text = _("It waits for a decision (approvals so far: %(given)d of %(needed)d), and lapses at %(at)s.")
    words = {"given": len(given), "needed": in_force.approvals_needed, "at": _when(request.due_at)}
    names = ", ".join(approvers.names(request, now=now)) or _("nobody")
    return f"{text % words} " + _("Who can decide it now: %(names)s.") % {"names": names}


def _next_of_review(request: AccessRequest, *, now: datetime) -> str:
    review = break_glass_reviews.of_request(request)
    if review is None or review.due_at is None:
        return ""
    able = break_glass_reviews.reviewers(policy.read(request.policy), request.requester)
    words = {
        "deadline": _when(review.deadline),
        "at": _when(review.due_at),
        "names": dead_ends.names(able) or _("nobody"),
    }
    text = _("The review after break-glass is due by %(deadline)s; people are told again at %(at)s.")
    return f"{text % words} " + _("Who can sign it off: %(names)s.") % words


def _next_of_grant(grant: Grant, *, now: datetime) -> str:
    lease = grant.target.leased_until
    if grant.state in (GrantState.GRANTING, GrantState.REVOKING) and lease and lease > now:
        text = _("The worker %(worker)s is at it now; if it dies, another takes over at %(at)s.")
        return text % {"worker": grant.target.leased_by.partition("/")[0], "at": _when(lease)}
    words = {
        GrantState.SCHEDULED: _("Access begins at %(at)s."),
        GrantState.GRANTING: _("Aptible is asked for the membership at %(at)s (tries so far: %(attempts)d)."),
        GrantState.ACTIVE: _("Access ends at %(at)s."),
        GrantState.REVOKING: _("Aptible is asked to end the membership at %(at)s (tries so far: %(attempts)d)."),
    }
    return words[GrantState(grant.state)] % {"at": _when(grant.due_at), "attempts": grant.attempts}


def _when(moment: datetime | None) -> str:
    return f"{moment:%Y-%m-%d %H:%M:%S} UTC" if moment else "—"


def _request(request: AccessRequest) -> Facts:
    return {
        **_of(request, "ref", "state"),
        "requester": request.requester.email,
        "flow": request.flow.name,
        "target": request.target.name if request.target else None,
        **_of(request, *_REQUEST),
    }


def _decision(decision: Decision) -> Facts:
    return {
        "at": decision.at,
        "by": decision.by.email,
        "on_behalf_of": decision.on_behalf_of.email if decision.on_behalf_of else "",
        **_of(decision, "stage", "verdict", "comment", "place", "void_at", "called", "slack_id", "slack_method"),
        "signature": decision.signature,
    }


def _grant(grant: Grant, *, now: datetime) -> Facts:
    return {
        **_of(grant, "ref", "state"),
        "overdue": grant.is_overdue(now),
        **_of(grant, *_GRANT),
        "requests": sorted(grant.requests.values_list("ref", flat=True)),
    }


def _event(event: AuditEvent) -> Facts:
    return {
        "seq": event.seq,
        "at": event.at,
        "type": event.type,
        "actor": event.actor,
        "text": sentences.sentence(event),
        "data": event.data,
    }


def _events(request: AccessRequest) -> list[AuditEvent]:
    """The events of the request and of every grant that ever stood behind it, oldest first."""
    own = AuditEvent.objects.filter(request_ref=request.ref)
    refs = {ref for ref in own.values_list("grant_ref", flat=True) if ref}
    refs |= {request.grant.ref} if request.grant else set()
    return list((own | AuditEvent.objects.filter(grant_ref__in=refs)).order_by("id"))
