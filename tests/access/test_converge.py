"""Granting and revoking at the provider, over real HTTP: the crash, the lost answer and the colleague included."""

from datetime import timedelta

import pytest
from django.conf import settings

from access.models import AuditEvent, Grant, Integration, Target
from access.services import claim, converge, end, record
from access.states import EndReason, GrantState
from integrations.base import ProviderUnavailable
from tests import factories

pytestmark = pytest.mark.django_db

LEASE = settings.LEASE
SECOND = timedelta(seconds=1)


@pytest.fixture
def grant(flow, aptible, now):
    """Jon's approved access to Prod, due now."""
    return factories.grant(state=GrantState.SCHEDULED, now=now, seconds=3600)


@pytest.fixture
def run(provider):
    """One pass over the grant's target at a time."""

    def run(grant, at):
        converge.target(Target.objects.get(pk=grant.target_id), provider=provider, now=at)
        return grant.refreshed()

    return run


@pytest.fixture
def active(grant, run, now):
    return run(grant, now)


def events(grant):
    return list(AuditEvent.objects.filter(grant_ref=grant.ref).order_by("seq").values_list("type", flat=True))


# The plain way


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


# Standing members


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
    end.end(grant=grant, by=jon, now=now)

    seen = run(grant, now + LEASE)

    assert (seen.state, seen.standing) == (GrantState.ENDED, True)
    assert "jon@example.com" in aptible.members("Prod")


# Lost answers and refusals


def test_an_answer_lost_after_the_membership_was_made_grants_once(grant, run, aptible, now):
    aptible.drop_answers(1)

    run(grant, now)
    seen = run(grant, now + LEASE)

    assert seen.state == GrantState.ACTIVE
    assert not seen.standing
    assert aptible.posts == 1
    run(seen, seen.ends_at)
    assert "jon@example.com" not in aptible.members("Prod")


def test_an_answer_without_a_body_is_an_answer(grant, run, aptible, now):
    aptible.switch(post_without_body=True)
    assert run(grant, now).state == GrantState.ACTIVE


def test_a_call_lost_on_the_way_is_made_again(grant, run, aptible, now):
    aptible.drop_calls(1, method="POST", path="*/memberships")
    seen = run(grant, now)
    assert seen.state == GrantState.GRANTING
    assert seen.last_error
    assert seen.due_at > now

    assert run(grant, now + LEASE).state == GrantState.ACTIVE


def test_a_refusal_is_taken_back_before_it_is_closed(grant, run, aptible, now):
    aptible.fail(422, method="POST", path="*/memberships", body="json", error="unprocessable_entity")

    seen = run(grant, now)
    assert (seen.state, seen.end_reason) == (GrantState.REVOKING, EndReason.REFUSED)
    seen = run(seen, now + SECOND)

    assert (seen.state, seen.end_reason) == (GrantState.ENDED, EndReason.REFUSED)
    assert seen.end_evidence["memberships_after"] == []


def test_a_refusal_after_a_lost_answer_does_not_leave_the_membership_behind(grant, run, aptible, now):
    aptible.drop_calls(1, method="POST", path="*/memberships")
    run(grant, now)  # nobody knows whether it happened
    aptible.clear_faults()
    aptible.fail(422, method="POST", path="*/memberships", body="json", error="unprocessable_entity", times=1)
    seen = run(grant, now + 10 * SECOND)
    assert seen.state == GrantState.REVOKING

    aptible.add_member("Prod", "jon@example.com")  # the first call takes effect after all
    for seconds in range(11, 80, 6):
        seen = run(grant, now + seconds * SECOND)

    assert seen.state == GrantState.ENDED
    assert "jon@example.com" not in aptible.members("Prod")


def test_an_end_is_not_believed_while_a_lost_call_may_still_take_effect(grant, run, aptible, jon, now):
    aptible.drop_calls(1, method="POST", path="*/memberships")
    run(grant, now)
    end.end(grant=grant, by=jon, now=now + SECOND)

    seen = run(grant, now + 2 * SECOND)
    assert seen.state == GrantState.REVOKING
    assert seen.due_at <= now + 10 * SECOND

    assert run(grant, now + LEASE + SECOND).state == GrantState.ENDED


@pytest.mark.parametrize("fault", [{"status": 500}, {"status": 502, "body": "html"}])
def test_while_aptible_is_down_nothing_is_lost_and_the_trouble_is_told(active, run, aptible, fault):
    aptible.fail(**fault)
    at = active.ends_at
    for _try in range(6):
        seen = run(active, at)
        assert seen.state == GrantState.REVOKING
        assert seen.last_error.endswith(".")
        assert at < seen.due_at <= at + timedelta(seconds=record.LONGEST_PAUSE) + 5 * SECOND
        at = seen.due_at
    assert seen.attempts == 6
    assert events(active).count("grant.trouble") == 1

    aptible.clear_faults()
    assert run(active, at).state == GrantState.ENDED


def test_a_read_back_that_fails_does_not_make_it_active(grant, run, aptible, provider, now, monkeypatch):
    add = provider.add

    def then_down(**kwargs):
        add(**kwargs)
        aptible.fail(503)

    with monkeypatch.context() as patch:
        patch.setattr(provider, "add", then_down)
        assert run(grant, now).state == GrantState.GRANTING
    assert "jon@example.com" in aptible.members("Prod")

    aptible.clear_faults()
    assert run(grant, now + LEASE).state == GrantState.ACTIVE
    assert aptible.posts == 1


def test_a_bot_without_the_right_is_told_and_the_grant_waits_for_it(grant, run, aptible, integration, now):
    aptible.fail(403, method="POST", path="*/memberships", body="json", error="access_denied", times=1)
    assert run(grant, now).state == GrantState.GRANTING
    integration.refresh_from_db()
    assert integration.attention

    assert run(grant, now + LEASE).state == GrantState.ACTIVE
    integration.refresh_from_db()
    assert not integration.attention


def test_an_approval_is_not_carried_out_days_later(grant, run, aptible, now):
    aptible.fail(503)
    assert run(grant, now).state == GrantState.GRANTING
    late = now + record.GRANT_WITHIN + SECOND
    seen = run(grant, late)
    assert (seen.state, seen.end_reason) == (GrantState.REVOKING, EndReason.REFUSED)

    aptible.clear_faults()
    assert run(grant, late + LEASE).state == GrantState.ENDED
    assert aptible.posts == 0


def test_a_delete_that_was_refused_is_tried_for_ever(active, run, aptible):
    aptible.fail(403, method="DELETE", body="json", error="access_denied")
    at = active.ends_at
    for _try in range(12):
        seen = run(active, at)
        at = seen.due_at
    assert seen.state == GrantState.REVOKING
    aptible.clear_faults()
    assert run(active, at).state == GrantState.ENDED


def test_a_delete_whose_answer_was_lost_is_seen_in_the_read_back(active, run, aptible):
    aptible.drop_answers(1, method="DELETE", path="*")
    assert run(active, active.ends_at).state == GrantState.ENDED
    assert aptible.deletes == 1


def test_a_membership_that_is_gone_already_counts_as_gone(active, run, aptible):
    aptible.remove_member("Prod", "jon@example.com")
    assert run(active, active.ends_at).state == GrantState.ENDED
    assert aptible.deletes == 0


# A role, a person, a sign-in that is gone


def test_a_role_that_no_longer_exists_counts_as_a_read_back(active, run, aptible):
    aptible.delete_role("Prod")
    seen = run(active, active.ends_at)
    assert seen.state == GrantState.ENDED
    assert seen.end_evidence["memberships_after"] == []


def test_a_role_that_no_longer_exists_is_not_granted(grant, run, aptible, now):
    aptible.delete_role("Prod")
    run(grant, now)
    seen = run(grant, now + SECOND)
    assert (seen.state, seen.end_reason) == (GrantState.ENDED, EndReason.REFUSED)


def test_a_person_whom_aptible_no_longer_has_counts_as_gone(active, run, aptible):
    aptible.remove_person("jon@example.com")
    assert run(active, active.ends_at).state == GrantState.ENDED


def test_an_organization_that_cannot_be_read_is_not_taken_for_a_role_that_is_gone(active, run, aptible):
    aptible.fail(404, body="html")
    assert run(active, active.ends_at).state == GrantState.REVOKING


def test_a_wrong_password_is_told_and_not_tried_again(active, run, aptible, integration):
    aptible.set_password("changed behind our back")
    aptible.revoke_tokens()

    seen = run(active, active.ends_at)

    integration.refresh_from_db()
    assert seen.state == GrantState.REVOKING
    assert integration.attention
    assert integration.refused_fingerprint
    assert AuditEvent.objects.filter(type="integration.needs_attention").count() == 1


# The last role


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


# Two workers, a dead worker, a change in between


def test_a_target_that_another_worker_holds_is_left_alone(grant, run, aptible, now):
    assert claim.take(grant.target, holder="another", now=now)
    run(grant, now + SECOND)
    assert aptible.posts == 0


def test_what_becomes_due_while_another_worker_is_at_the_target_waits_for_it(grant, run, aptible, rita, now):
    claim.take(grant.target, holder="another", now=now)
    factories.mapping(rita)
    other = factories.grant(state=GrantState.SCHEDULED, now=now, person=rita)

    assert run(other, now + SECOND).state == GrantState.SCHEDULED
    assert run(other, now + LEASE).state == GrantState.ACTIVE


def test_a_worker_that_died_after_its_call_is_followed_by_one_that_looks_first(grant, run, aptible, now, provider):
    work = claim.take(grant.target, holder="dead", now=now)
    step = converge.Pass(work, provider, converge.Elapsed(now))
    converge._add(step)  # the POST went through; the process was killed before anything was recorded
    assert aptible.posts == 1

    seen = run(grant, now + LEASE)

    assert seen.state == GrantState.ACTIVE
    assert not seen.standing
    assert aptible.posts == 1


def test_what_a_dead_worker_held_is_taken_over_at_once_when_its_death_is_known(grant, run, aptible, now):
    claim.take(grant.target, holder="dead", now=now)
    assert claim.release_all_of("dead", now=now + SECOND) == 1
    assert run(grant, now + SECOND).state == GrantState.ACTIVE


def test_a_lease_that_ran_out_is_not_given_back_by_its_old_holder(grant, now):
    late = claim.take(grant.target, holder="late", now=now)
    claim.take(grant.target, holder="new", now=now + LEASE)
    claim.release(late)
    assert Target.objects.get(pk=grant.target_id).leased_by == "new"


def test_access_that_was_ended_while_it_was_being_granted_ends(grant, run, aptible, jon, now, provider, monkeypatch):
    add = provider.add

    def ended_meanwhile(**kwargs):
        end.end(grant=grant, by=jon, now=now)
        add(**kwargs)

    monkeypatch.setattr(provider, "add", ended_meanwhile)
    assert run(grant, now).state == GrantState.REVOKING
    assert run(grant, now + SECOND).state == GrantState.ENDED
    assert "jon@example.com" not in aptible.members("Prod")


def test_access_that_was_ended_before_the_call_is_never_asked_for(grant, run, aptible, jon, now, provider, monkeypatch):
    members = provider.members

    def ended_meanwhile(role_id):
        if Grant.objects.filter(pk=grant.pk, state=GrantState.GRANTING).exists():
            end.end(grant=grant, by=jon, now=now)
        return members(role_id)

    monkeypatch.setattr(provider, "members", ended_meanwhile)
    run(grant, now)
    assert aptible.posts == 0
    assert run(grant, now + SECOND).state == GrantState.ENDED


def test_a_pass_without_time_left_leaves_the_rest_for_the_next(grant, run, aptible, now, settings):
    settings.CALL_WINDOW = -1
    seen = run(grant, now)
    assert seen.state == GrantState.GRANTING
    assert aptible.posts == 0
    assert seen.due_at < now + 5 * SECOND


def test_a_broken_last_step_leaves_the_grant_to_be_done_again(grant, run, aptible, now, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr("access.services.record.outcome", factories.breaks)
        with pytest.raises(RuntimeError):
            run(grant, now)
    assert grant.refreshed().state == GrantState.GRANTING
    assert run(grant, now + LEASE).state == GrantState.ACTIVE
    assert aptible.posts == 1


# Pauses


def test_pauses_grow_to_a_minute_and_never_beyond():
    for attempts in range(2000):
        assert 0 < record.pause(attempts) <= record.LONGEST_PAUSE
    assert record.pause(2000) >= record.LONGEST_PAUSE / 2


def test_a_pause_that_aptible_names_is_kept_up_to_a_minute(grant, run, aptible, now):
    aptible.fail(429, retry_after=7)
    seen = run(grant, now)
    assert now + 7 * SECOND <= seen.due_at < now + 12 * SECOND
    assert record.pause(1, named=9999) == record.LONGEST_PAUSE


def test_the_error_kept_on_the_grant_is_the_providers_sentence(grant, run, provider, now, monkeypatch):
    def down(_role_id):
        raise ProviderUnavailable("Aptible did not answer in time.")

    monkeypatch.setattr(provider, "members", down)
    assert run(grant, now).last_error == "Aptible did not answer in time."
