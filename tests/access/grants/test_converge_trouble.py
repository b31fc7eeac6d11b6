"""Lost answers, refusals, and what Aptible no longer has."""

from datetime import timedelta

import pytest
from django.conf import settings

from access.core.states import EndReason, GrantState
from access.grants import begin, end_early, record
from access.models import AuditEvent, Grant
from integrations import http
from integrations.base import ProviderUnavailable
from tests import factories

pytestmark = pytest.mark.django_db

LEASE = settings.LEASE
SECOND = timedelta(seconds=1)


def events(grant):
    return list(AuditEvent.objects.filter(grant_ref=grant.ref).order_by("id").values_list("type", flat=True))


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
    seen = run(seen, seen.due_at)

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
    for seconds in range(11, 260, 30):
        seen = run(grant, now + seconds * SECOND)

    assert seen.state == GrantState.ENDED
    assert "jon@example.com" not in aptible.members("Prod")


def test_an_end_is_not_believed_while_a_lost_call_may_still_take_effect(grant, run, aptible, jon, now):
    aptible.drop_calls(1, method="POST", path="*/memberships")
    run(grant, now)
    end_early.end(grant=grant, by=jon, now=now + SECOND)

    seen = run(grant, now + 2 * SECOND)
    assert seen.state == GrantState.REVOKING
    assert seen.due_at <= now + 10 * SECOND

    assert run(grant, now + LEASE).state == GrantState.REVOKING
    # A list may lag behind what the call did at the very end of its lease.
    assert run(grant, now + LEASE + settings.SETTLING + 2 * SECOND).state == GrantState.ENDED


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
    late = now + begin.GRANT_WITHIN + SECOND
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


def test_a_role_that_no_longer_exists_counts_as_a_read_back(active, run, aptible):
    aptible.delete_role("Prod")
    seen = run(active, active.ends_at)
    assert seen.state == GrantState.ENDED
    assert seen.end_evidence["memberships_after"] == []


def test_a_role_that_no_longer_exists_is_not_granted(grant, run, aptible, now):
    aptible.delete_role("Prod")
    seen = run(grant, run(grant, now).due_at)
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


def test_pauses_grow_to_a_minute_and_never_beyond():
    for attempts in range(2000):
        assert 0 < record.pause(attempts) <= record.LONGEST_PAUSE
    assert record.pause(2000) >= record.LONGEST_PAUSE / 2


def test_a_pause_that_aptible_names_is_kept_up_to_five_minutes(grant, run, aptible, now):
    aptible.fail(429, retry_after=7)
    seen = run(grant, now)
    assert now + 7 * SECOND <= seen.due_at < now + 12 * SECOND
    assert record.pause(1, named=299) == 299
    assert record.pause(1, named=9999) == http.LONGEST_NAMED == 300


def test_a_removal_that_aptible_puts_off_says_what_keeps_the_access_and_until_when(active, run, aptible, monkeypatch):
    aptible.fail(429, retry_after=240)
    # Each pass of a worker has a connection of its own; this one would remember the pause, by the machine's clock.
    monkeypatch.setattr(http.Http, "_wait", lambda _self, _seconds: None)
    seen = run(active, active.ends_at)
    assert active.ends_at + 240 * SECOND <= seen.due_at < active.ends_at + 250 * SECOND
    assert seen.last_error.endswith(
        f"It asks to wait until {seen.due_at:%H:%M:%S} UTC, and until then the access stays."
    )
    run(active, seen.due_at)
    assert events(active).count("grant.trouble") == 1

    aptible.clear_faults()
    assert run(active, seen.due_at + 250 * SECOND).state == GrantState.ENDED


def test_the_error_kept_on_the_grant_is_the_providers_sentence(grant, run, provider, now, monkeypatch):
    def down(_role_id, **_how):
        raise ProviderUnavailable("Aptible did not answer in time.")

    monkeypatch.setattr(provider, "read_members", down)
    assert run(grant, now).last_error == "Aptible did not answer in time."


def test_what_begins_long_after_its_approval_is_refused_also_by_a_first_try_that_would_work(grant, run, aptible, now):
    late = now + begin.GRANT_WITHIN + SECOND
    seen = run(grant, late)
    assert (seen.state, seen.end_reason) == (GrantState.ENDED, EndReason.REFUSED)
    assert aptible.posts == 0


def test_what_had_begun_before_a_long_pause_is_refused_too(flow, run, aptible, now):
    grant = factories.grant(state=GrantState.GRANTING, now=now)
    Grant.objects.update(asked_at=None)
    late = now + begin.GRANT_WITHIN + SECOND
    seen = run(grant, run(grant, late).due_at)
    assert (seen.state, seen.end_reason) == (GrantState.ENDED, EndReason.REFUSED)
    assert aptible.posts == 0
