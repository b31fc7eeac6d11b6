"""Ending early, ending all, and writing off."""

import pytest

from access.audit import log
from access.core.errors import Conflict, Invalid, NotAllowed
from access.core.states import EndReason, GrantState
from access.grants import end_early
from access.models import AuditEvent, User
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def held(flow, now):
    return factories.grant(state=GrantState.ACTIVE, now=now)


@pytest.mark.parametrize(
    ("who", "why"), [("jon", EndReason.RETURNED), ("adam", EndReason.REVOKED), ("olga", EndReason.REVOKED)]
)
def test_the_holder_an_approver_and_an_admin_may_end_access(held, who, why, jon, adam, olga, now):
    by = {"jon": jon, "adam": adam, "olga": olga}[who]
    returned = end_early.end(grant=held, by=by, now=now, comment="Done.")

    seen = held.refreshed()
    assert (returned.pk, returned.state, returned.due_at) == (seen.pk, seen.state, seen.due_at)
    assert (seen.state, seen.end_reason, seen.ended_by) == (GrantState.REVOKING, why, by.email)
    assert seen.due_at == seen.end_due_at == now
    event = AuditEvent.objects.latest("id")
    assert (event.type, event.actor, event.data["comment"]) == ("grant.revoking", by.email, "Done.")


def test_nobody_else_may_end_it(held, now):
    mallory = User.objects.create_user("mallory@example.com")
    with pytest.raises(NotAllowed):
        end_early.end(grant=held, by=mallory, now=now)
    assert held.refreshed().state == GrantState.ACTIVE


def test_a_deactivated_admin_ends_nothing(held, olga, now):
    olga.is_active = False
    with pytest.raises(NotAllowed):
        end_early.end(grant=held, by=olga, now=now)


def test_a_scheduled_grant_is_cancelled_at_once(flow, jon, now):
    grant = factories.grant(state=GrantState.SCHEDULED, now=now)
    end_early.end(grant=grant, by=jon, now=now)
    seen = grant.refreshed()
    assert (seen.state, seen.end_reason, seen.ended_at) == (GrantState.ENDED, EndReason.CANCELLED, now)


@pytest.mark.parametrize("state", [GrantState.REVOKING, GrantState.ENDED])
def test_what_ends_already_is_a_conflict(flow, jon, now, state):
    grant = factories.grant(state=state, now=now)
    with pytest.raises(Conflict):
        end_early.end(grant=grant, by=jon, now=now)


def test_access_that_is_just_being_granted_can_be_ended(flow, jon, now):
    grant = factories.grant(state=GrantState.GRANTING, now=now)
    end_early.end(grant=grant, by=jon, now=now)
    assert grant.refreshed().state == GrantState.REVOKING


def test_all_access_to_a_target_is_ended_with_its_name_typed(held, target, olga, now):
    with pytest.raises(Invalid):
        end_early.end_all(target=target, by=olga, confirmation="yes", now=now)
    assert held.refreshed().state == GrantState.ACTIVE

    assert end_early.end_all(target=target, by=olga, confirmation=target.name, now=now) == 1
    assert held.refreshed().state == GrantState.REVOKING
    assert end_early.end_all(target=target, by=olga, confirmation=target.name, now=now) == 0


def test_all_is_all_or_nothing(held, target, jon, rita, now):
    factories.mapping(rita)
    factories.grant(state=GrantState.ACTIVE, now=now, person=rita)
    with pytest.raises(NotAllowed):
        end_early.end_all(target=target, by=jon, confirmation=target.name, now=now)
    assert held.refreshed().state == GrantState.ACTIVE


@pytest.mark.parametrize("state", [GrantState.GRANTING, GrantState.ACTIVE, GrantState.REVOKING])
def test_an_admin_writes_a_grant_off_and_it_is_marked_for_good(flow, olga, now, state):
    grant = factories.grant(state=state, now=now)
    end_early.write_off(grant=grant, by=olga, reason="The organization was closed.", now=now)
    seen = grant.refreshed()
    assert (seen.state, seen.not_verified, seen.end_evidence) == (GrantState.ENDED, True, None)
    assert AuditEvent.objects.latest("id").data["not_verified"] is True


@pytest.mark.parametrize("who", ["jon", "adam"])
def test_only_an_admin_writes_off(held, who, jon, adam, now):
    with pytest.raises(NotAllowed):
        end_early.write_off(grant=held, by={"jon": jon, "adam": adam}[who], reason="because", now=now)


def test_nobody_writes_off_what_they_hold(flow, olga, now):
    """Aptible would still have them, and until the next sync nobody would end it."""
    grant = factories.grant(state=GrantState.ACTIVE, now=now, person=olga)
    with pytest.raises(NotAllowed, match="another admin"):
        end_early.write_off(grant=grant, by=olga, reason="The organization was closed.", now=now)
    assert grant.refreshed().state == GrantState.ACTIVE


def test_a_write_off_needs_a_reason_and_a_live_grant(held, olga, flow, now):
    with pytest.raises(Invalid):
        end_early.write_off(grant=held, by=olga, reason=" ", now=now)
    end_early.write_off(grant=held, by=olga, reason="Closed.", now=now)
    with pytest.raises(Conflict):
        end_early.write_off(grant=held, by=olga, reason="Closed.", now=now)


def test_broken_last_steps_leave_the_grant_active(held, target, olga, now, monkeypatch):
    monkeypatch.setattr("access.audit.log.append", factories.breaks)
    with pytest.raises(RuntimeError):
        end_early.end(grant=held, by=olga, now=now)
    with pytest.raises(RuntimeError):
        end_early.end_all(target=target, by=olga, confirmation=target.name, now=now)
    with pytest.raises(RuntimeError):
        end_early.write_off(grant=held, by=olga, reason="Closed.", now=now)
    assert held.refreshed().state == GrantState.ACTIVE


def test_a_write_off_that_breaks_half_way_leaves_the_grant_active(held, olga, now, monkeypatch):
    monkeypatch.setattr("access.audit.log.append", factories.breaks_after(1, log.append))
    with pytest.raises(RuntimeError):
        end_early.write_off(grant=held, by=olga, reason="Closed.", now=now)
    assert held.refreshed().state == GrantState.ACTIVE


def test_ending_all_that_breaks_half_way_ends_none(held, target, olga, rita, now, monkeypatch):
    factories.mapping(rita)
    factories.grant(state=GrantState.ACTIVE, now=now, person=rita)
    monkeypatch.setattr("access.audit.log.append", factories.breaks_after(1, log.append))
    with pytest.raises(RuntimeError):
        end_early.end_all(target=target, by=olga, confirmation=target.name, now=now)
    assert held.refreshed().state == GrantState.ACTIVE
