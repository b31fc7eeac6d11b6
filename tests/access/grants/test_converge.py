"""Granting and revoking at the provider, over real HTTP."""

from datetime import timedelta

import pytest
from django.conf import settings

from access.core.states import EndReason, GrantState
from access.grants import claim, end_early
from access.models import AuditEvent, Integration
from tests import factories

pytestmark = pytest.mark.django_db

LEASE = settings.LEASE
SECOND = timedelta(seconds=1)


def events(grant):
    return list(AuditEvent.objects.filter(grant_ref=grant.ref).order_by("id").values_list("type", flat=True))


def test_access_is_active_only_when_the_read_back_shows_it(grant, run, aptible, now):
    seen = run(grant, now)

    assert aptible.members("Prod") == {"adam@example.com", "jon@example.com"}
    assert seen.state == GrantState.ACTIVE
    assert now <= seen.confirmed_at < now + 5 * SECOND
    assert seen.ends_at == seen.due_at == seen.confirmed_at + timedelta(hours=1)
    assert len(seen.start_evidence["memberships_after"]) == 1
    assert seen.start_evidence["memberships_before"] == []
    assert events(grant)[-2:] == ["grant.granting", "grant.active"]


def test_nothing_happens_before_it_is_due(grant, run, aptible, now):
    assert run(grant, now - SECOND).state == GrantState.SCHEDULED
    assert aptible.posts == 0


def test_access_ends_when_its_time_is_up_and_not_before(active, run, aptible):
    assert run(active, active.ends_at - SECOND).state == GrantState.ACTIVE
    seen = run(active, active.ends_at)

    assert aptible.members("Prod") == {"adam@example.com"}
    assert (seen.state, seen.end_reason) == (GrantState.ENDED, EndReason.EXPIRED)
    assert seen.end_due_at == active.ends_at
    assert seen.ended_at >= active.ends_at
    assert len(seen.end_evidence["memberships_before"]) == 1
    assert seen.end_evidence["memberships_after"] == []
    assert seen.due_at is None


@pytest.mark.parametrize("late", [0, 1, 300, 86_400])
def test_an_end_that_comes_late_is_recorded_as_late(active, run, late):
    seen = run(active, active.ends_at + late * SECOND)
    assert seen.end_due_at == active.ends_at
    assert seen.ended_at - seen.end_due_at >= late * SECOND
    assert seen.end_evidence["seen_at"] == seen.ended_at.isoformat()


def test_an_end_before_its_time_is_due_when_it_was_asked_for(active, run, jon):
    asked = active.ends_at - 60 * SECOND
    end_early.end(grant=active, by=jon, now=asked)
    seen = run(active, asked + 300 * SECOND)
    assert seen.end_due_at == asked
    assert seen.ended_at - seen.end_due_at >= 300 * SECOND


def test_a_pass_run_twice_changes_nothing_more(active, run, aptible, now):
    run(active, now)
    assert (aptible.posts, aptible.deletes) == (1, 0)
    run(active, active.ends_at)
    run(active, active.ends_at + SECOND)
    assert (aptible.posts, aptible.deletes) == (1, 1)


def test_several_people_cost_one_call_each_and_two_lists(grant, run, aptible, rita, now):
    factories.mapping(rita)
    factories.grant(state=GrantState.SCHEDULED, now=now, person=rita)
    run(grant, now)
    assert aptible.members("Prod") >= {"jon@example.com", "rita@example.com"}
    assert aptible.posts == 2
    assert aptible.count("GET /auth/roles/<id>/memberships") == 2


def test_a_standing_member_is_left_as_found(grant, run, aptible, now):
    aptible.add_member("Prod", "jon@example.com")

    seen = run(grant, now)
    assert (seen.state, seen.standing) == (GrantState.ACTIVE, True)
    assert aptible.posts == 0

    seen = run(seen, seen.ends_at)
    assert (seen.state, seen.standing) == (GrantState.ENDED, True)
    assert aptible.deletes == 0
    assert "jon@example.com" in aptible.members("Prod")


def test_a_standing_member_whose_access_is_ended_before_anybody_looked_is_left_as_found(grant, run, aptible, jon, now):
    aptible.add_member("Prod", "jon@example.com")
    claim.take(grant.target, holder="dead", now=now)  # begun, and the worker died
    end_early.end(grant=grant, by=jon, now=now)

    seen = run(grant, now + LEASE)

    assert (seen.state, seen.standing) == (GrantState.ENDED, True)
    assert "jon@example.com" in aptible.members("Prod")


def test_the_fallback_role_is_added_before_the_last_role_goes(active, run, aptible):
    for role in ("Everyone", "Staging"):
        aptible.remove_member(role, "jon@example.com")
    everyone = next(role["id"] for role in aptible.snapshot()["roles"] if role["name"] == "Everyone")
    Integration.objects.update(fallback_role_id=everyone)

    assert run(active, active.ends_at).state == GrantState.ENDED

    assert "jon@example.com" in aptible.members("Everyone")
    assert "grant.fallback_role_added" in events(active)


def test_without_a_fallback_role_access_ends_on_time_and_it_is_said(active, run, aptible):
    for role in ("Everyone", "Staging"):
        aptible.remove_member(role, "jon@example.com")

    assert run(active, active.ends_at).state == GrantState.ENDED

    assert "jon@example.com" not in aptible.members("Prod")
    assert "grant.last_role_lost" in events(active)


def test_a_fallback_role_that_people_have_to_ask_for_is_not_given_by_the_way(active, run, aptible):
    for role in ("Everyone", "Staging"):
        aptible.remove_member(role, "jon@example.com")
    staging = next(role["id"] for role in aptible.snapshot()["roles"] if role["name"] == "Staging")
    Integration.objects.update(fallback_role_id=staging)
    factories.target("staging", "Staging", staging)

    assert run(active, active.ends_at).state == GrantState.ENDED

    assert "jon@example.com" not in aptible.members("Staging")
    assert "grant.last_role_lost" in events(active)


def test_who_was_added_by_somebody_else_between_our_list_and_our_call_is_left_as_found(
    grant, run, aptible, provider, now, monkeypatch
):
    """“Already a member” in answer to the first call proves that the membership is not ours."""
    add = provider.add

    def somebody_was_faster(**what):
        aptible.add_member("Prod", "jon@example.com")
        add(**what)

    monkeypatch.setattr(provider, "add", somebody_was_faster)
    active = run(grant, now)
    assert (active.state, active.standing, active.asked_at) == (GrantState.ACTIVE, True, None)
    ended = run(active, active.ends_at)
    assert (ended.state, ended.standing) == (GrantState.ENDED, True)
    assert "jon@example.com" in aptible.members("Prod")
    assert aptible.deletes == 0
