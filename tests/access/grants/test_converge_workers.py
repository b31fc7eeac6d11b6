"""Two workers, a dead worker, and a colleague who acts in between."""

from datetime import timedelta

import pytest
from django.conf import settings

from access.core.job_clock import Elapsed
from access.core.states import GrantState
from access.grants import claim, converge, end_early
from access.grants.converge_pass import Pass
from access.models import Grant, Target
from tests import factories

pytestmark = pytest.mark.django_db

LEASE = settings.LEASE
SECOND = timedelta(seconds=1)
MINUTE = 60 * SECOND  # after any pass, however slow the machine


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
    step = Pass(work, provider, Elapsed(now))
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
        end_early.end(grant=grant, by=jon, now=now)
        add(**kwargs)

    monkeypatch.setattr(provider, "add", ended_meanwhile)
    assert run(grant, now).state == GrantState.REVOKING
    assert run(grant, now + MINUTE).state == GrantState.ENDED
    assert "jon@example.com" not in aptible.members("Prod")


def test_access_that_was_ended_before_the_call_is_never_asked_for(grant, run, aptible, jon, now, provider, monkeypatch):
    read = provider.read_members

    def ended_meanwhile(role_id, **how):
        if Grant.objects.filter(pk=grant.pk, state=GrantState.GRANTING).exists():
            end_early.end(grant=grant, by=jon, now=now)
        return read(role_id, **how)

    monkeypatch.setattr(provider, "read_members", ended_meanwhile)
    run(grant, now)
    assert aptible.posts == 0
    assert run(grant, now + MINUTE).state == GrantState.ENDED


def test_a_pass_without_time_left_leaves_the_rest_for_the_next(grant, run, aptible, now, settings):
    settings.CALL_WINDOW = -1
    seen = run(grant, now)
    assert seen.state == GrantState.GRANTING
    assert aptible.posts == 0
    assert seen.due_at < now + 5 * SECOND


def test_a_broken_last_step_leaves_the_grant_to_be_done_again(grant, run, aptible, now, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr("access.grants.record.outcome", factories.breaks)
        with pytest.raises(RuntimeError):
            run(grant, now)
    assert grant.refreshed().state == GrantState.GRANTING
    assert run(grant, now + LEASE).state == GrantState.ACTIVE
    assert aptible.posts == 1


def test_a_worker_that_was_frozen_past_its_lease_takes_back_nothing_that_another_has_asked_for(
    grant, run, aptible, now, provider, monkeypatch
):
    read = provider.read_members

    def frozen_at_its_first_list(role_id, **how):
        seen = read(role_id, **how)
        with monkeypatch.context() as patch:
            patch.setattr(provider, "read_members", read)
            assert run(grant, now + LEASE).state == GrantState.ACTIVE
        monkeypatch.setattr(provider, "read_members", read)
        return seen

    monkeypatch.setattr(provider, "read_members", frozen_at_its_first_list)
    converge.target(Target.objects.get(pk=grant.target_id), provider=provider, now=now)

    seen = grant.refreshed()
    assert seen.asked_at is not None
    assert seen.accepted_at is not None
    assert aptible.posts == 1
    assert run(grant, seen.ends_at).state == GrantState.ENDED
    assert "jon@example.com" not in aptible.members("Prod")
