"""Every pair of states, and what a move must do besides."""

import itertools
from datetime import timedelta
from typing import Any

import pytest

from access.core.errors import Conflict
from access.core.states import GRANT_MOVES, LIVE, REQUEST_MOVES, EndReason, GrantState, RequestState
from access.grants import lifecycle
from access.models import AccessRequest, AuditEvent, Grant
from tests import factories

pytestmark = pytest.mark.django_db

# Written out by hand, so that a change of the table must be made twice.
GRANTS = {
    ("scheduled", "granting"),
    ("scheduled", "ended"),
    ("granting", "active"),
    ("granting", "revoking"),
    ("active", "revoking"),
    ("revoking", "ended"),
    ("ended", "revoking"),
}
REQUESTS = {("pending", state) for state in ("approved", "denied", "withdrawn", "lapsed")}


def changes_for(grant, to, now):
    """What the columns need so that the database accepts the new state."""
    match to:
        case GrantState.ACTIVE:
            ends_at = now + timedelta(hours=1)
            return {"confirmed_at": now, "ends_at": ends_at, "due_at": ends_at}
        case GrantState.REVOKING:
            return {"end_due_at": now, "end_reason": EndReason.EXPIRED, "ended_at": None}
        case GrantState.ENDED:
            return {"ended_at": now, "end_reason": EndReason.EXPIRED}
    return {}


@pytest.mark.parametrize(("old", "new"), list(itertools.product(GrantState, repeat=2)))
def test_every_pair_of_grant_states(old, new, flow, now):
    grant = factories.grant(state=old, now=now)
    events = AuditEvent.objects.count()

    if (old.value, new.value) in GRANTS:
        lifecycle.advance(grant, new, actor="x", now=now, **changes_for(grant, new, now))
        assert grant.state == grant.refreshed().state == new
        assert AuditEvent.objects.latest("id").type == f"grant.{new.value}"
    else:
        with pytest.raises(Conflict):
            lifecycle.advance(grant, new, actor="x", now=now, **changes_for(grant, new, now))
        assert grant.refreshed().state == old
        assert AuditEvent.objects.count() == events


@pytest.mark.parametrize(("old", "new"), list(itertools.product(RequestState, repeat=2)))
def test_every_pair_of_request_states(old, new, flow, now):
    request = factories.request_at(state=old, now=now)
    changes: dict[str, Any] = (
        {"grant": factories.grant(state=GrantState.SCHEDULED, now=now)} if new == "approved" else {}
    )
    events = AuditEvent.objects.count()

    if (old.value, new.value) in REQUESTS:
        lifecycle.move_request(request, new, actor="x", now=now, **changes)
        assert request.state == AccessRequest.objects.get(pk=request.pk).state == new
        assert AuditEvent.objects.latest("id").type == f"request.{new.value}"
    else:
        with pytest.raises(Conflict, match="already"):
            lifecycle.move_request(request, new, actor="x", now=now, **changes)
        assert AccessRequest.objects.get(pk=request.pk).state == old
        assert AuditEvent.objects.count() == events


def test_the_tables_name_every_state():
    assert set(GRANT_MOVES) == set(GrantState)
    assert set(REQUEST_MOVES) == set(RequestState)


def test_the_only_way_out_of_live_is_from_revoking_to_ended():
    ways_out = [(old, new) for old in LIVE for new in GRANT_MOVES[old] if new not in LIVE]
    assert ways_out == [(GrantState.REVOKING, GrantState.ENDED)]


def test_the_slower_of_two_processes_gets_a_conflict(flow, now):
    first = factories.grant(state=GrantState.GRANTING, now=now)
    second = Grant.objects.get(pk=first.pk)
    revoking = changes_for(first, GrantState.REVOKING, now)
    lifecycle.advance(first, GrantState.REVOKING, actor="x", now=now, **revoking)

    with pytest.raises(Conflict, match="Someone else"):
        lifecycle.advance(second, GrantState.REVOKING, actor="y", now=now, **revoking)

    assert AuditEvent.objects.filter(type="grant.revoking").count() == 1


def test_the_slower_of_two_who_settle_a_request_gets_a_conflict(flow, now):
    first = factories.request_at(state=RequestState.PENDING, now=now)
    second = AccessRequest.objects.get(pk=first.pk)
    lifecycle.move_request(first, RequestState.WITHDRAWN, actor="x", now=now)

    with pytest.raises(Conflict, match="Someone else"):
        lifecycle.move_request(second, RequestState.DENIED, actor="y", now=now)

    assert AccessRequest.objects.get().state == RequestState.WITHDRAWN


@pytest.mark.django_db(transaction=True)
def test_a_move_whose_audit_event_fails_did_not_happen(flow, now, monkeypatch):
    grant = factories.grant(state=GrantState.SCHEDULED, now=now)
    monkeypatch.setattr("access.audit.log.append", _breaks)

    with pytest.raises(RuntimeError):
        lifecycle.advance(grant, GrantState.GRANTING, actor="x", now=now)

    assert grant.refreshed().state == GrantState.SCHEDULED


@pytest.mark.django_db(transaction=True)
def test_a_request_whose_audit_event_fails_is_still_pending(flow, now, monkeypatch):
    request = factories.request_at(state=RequestState.PENDING, now=now)
    monkeypatch.setattr("access.audit.log.append", _breaks)

    with pytest.raises(RuntimeError):
        lifecycle.move_request(request, RequestState.DENIED, actor="x", now=now)

    assert AccessRequest.objects.get(pk=request.pk).state == RequestState.PENDING


def test_an_extension_never_shortens(flow, now):
    grant = factories.grant(state=GrantState.ACTIVE, now=now, seconds=4 * 3600)
    before = grant.ends_at

    lifecycle.extend(grant, seconds=60, request_ref="R-22222", actor="x", now=now)

    assert grant.refreshed().ends_at == before


def test_an_extension_of_a_grant_that_is_ending_is_a_conflict(flow, now):
    grant = factories.grant(state=GrantState.REVOKING, now=now)
    with pytest.raises(Conflict):
        lifecycle.extend(grant, seconds=60, request_ref="R-22222", actor="x", now=now)


def _breaks(*_args, **_kwargs):
    raise RuntimeError("the last step breaks")
