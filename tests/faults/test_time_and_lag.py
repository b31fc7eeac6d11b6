"""The real worker where lists lag, a job process is killed, a worker freezes, a role answers late."""

import os
import signal
import time
from datetime import timedelta

import pytest
from django.utils import timezone

from access.core.states import GrantState
from access.grants import end_early
from access.models import AuditEvent, Grant, Integration, Target, Worker
from tests import factories, scratch_database
from tests.worker_process import until

JON = "jon@example.com"
LIST = {"method": "GET", "path": "*/memberships"}
POST = {"method": "POST", "path": "*/memberships"}


@pytest.fixture
def settles_soon(monkeypatch):
    """Four seconds to settle, for lists that lag by three: the rule is the same, and the test shorter."""
    monkeypatch.setenv("SETTLING_SECONDS", "4")


def freeze(worker):
    """Stop every process of the worker, in a moment in which none of them holds a file's only write lock."""

    def stopped():
        for pid in worker.pids():
            os.kill(pid, signal.SIGSTOP)
        if scratch_database.can_be_written():
            return True
        for pid in worker.pids():
            os.kill(pid, signal.SIGCONT)
        return False

    until(stopped, what="it is frozen, and holds no lock")


def never_ended_with_somebody_in(stage, grant):
    """Watch the simulator and the grant until it is called ended, and for a while after."""

    def ended():
        seen = grant.refreshed().state == GrantState.ENDED
        assert not (seen and JON in stage.aptible.members("Prod")), "It is called ended, and Jon is in."
        return seen

    until(ended, what="the access has ended")


@pytest.mark.parametrize("late", [0, 2500])
def test_lists_that_lag_end_nothing_early_and_nothing_twice(stage, jon, settles_soon, late):
    stage.aptible.switch(lag_adds_ms=1000 if late else 3000, lag_removes_ms=1000, late_adds_ms=late)
    stage.worker()
    grant = stage.grant(jon, seconds=1)
    until(lambda: grant.refreshed().confirmed_at, what="Aptible listed the membership")
    assert stage.aptible.posts == 1
    never_ended_with_somebody_in(stage, grant)
    assert [change["what"] for change in stage.aptible.changes if change["email"] == JON] == ["entered", "left"]


def test_what_is_ended_before_a_late_add_takes_effect_is_not_called_ended_first(stage, jon, settles_soon):
    stage.aptible.switch(late_adds_ms=2500, lag_adds_ms=1000)
    stage.worker()
    grant = stage.grant(jon, seconds=60)
    until(lambda: grant.refreshed().accepted_at, what="Aptible accepted the add")
    end_early.end(grant=grant.refreshed(), by=jon, now=timezone.now())
    never_ended_with_somebody_in(stage, grant)
    assert [change["what"] for change in stage.aptible.changes if change["email"] == JON] == ["entered", "left"]


def test_who_is_left_in_by_two_lies_at_once_is_found_taken_out_and_told(stage, jon, settles_soon):
    """A removal that is answered and not done is believed while the list hides the person, and no longer."""
    stage.worker()
    grant = stage.grant(jon, seconds=1)
    stage.wait(grant, GrantState.ACTIVE)
    stage.aptible.switch(void_removes=True, hidden_person=JON)
    called = stage.wait(grant, GrantState.ENDED).ended_at
    assert JON in stage.aptible.members("Prod")

    Integration.objects.update(sync_every=1, due_at=timezone.now())
    until(lambda: Integration.objects.get().synced_at > called + timedelta(seconds=4), what="a sync saw nothing of it")
    assert grant.refreshed().state == GrantState.ENDED
    stage.aptible.switch(void_removes=False, hidden_person="")
    until(lambda: JON not in stage.aptible.members("Prod"), what="Jon is found and taken out")
    seen = stage.wait(grant, GrantState.ENDED)
    assert seen.ended_at > called
    assert AuditEvent.objects.filter(grant_ref=grant.ref, type="grant.found_again").count() == 1


def test_a_killed_job_process_frees_its_work_at_once(stage, jon):
    worker = stage.worker()
    stage.aptible.delay(60_000, **LIST)
    grant = stage.grant(jon, seconds=60)
    held = Target.objects.exclude(leased_by="")
    until(held.exists, what="a job process took the target")
    lease = held.get()
    stage.aptible.clear_faults()
    os.kill(int(lease.leased_by.partition("/")[2].partition("-")[0]), signal.SIGKILL)
    assert stage.wait(grant, GrantState.ACTIVE).confirmed_at < lease.leased_until
    assert stage.aptible.posts == 1
    assert "was killed at its work" in worker.log


def test_a_second_worker_takes_over_from_one_that_is_frozen(stage, jon):
    stage.environment["DJANGO_SETTINGS_MODULE"] = "tests.faults.short_lease"
    frozen = stage.worker()
    # While it waits for Aptible's list of the role, and holds nothing but its lease.
    path = f"/roles/{factories.target().role_id}/memberships"
    stage.aptible.delay(5_000, times=1, method="GET", path=f"*{path}")
    grant = stage.grant(jon, seconds=60)
    until(Target.objects.exclude(leased_by="").exists, what="the first worker took the target")
    at_it = len(stage.aptible.calls)
    until(
        lambda: any(one["path"].endswith(path) for one in stage.aptible.calls[at_it - 1 :]), what="it asks for the list"
    )
    freeze(frozen)
    lease = Target.objects.get(name="prod")
    assert lease.leased_by

    stage.worker()
    until(lambda: grant.refreshed().state == GrantState.ACTIVE, what="the second took over", within=90)
    assert grant.refreshed().confirmed_at >= lease.leased_until
    assert stage.aptible.posts == 1
    for pid in frozen.pids():
        os.kill(pid, signal.SIGCONT)
    until(lambda: Worker.objects.count() == 2, what="the first goes on")
    assert grant.refreshed().state == GrantState.ACTIVE
    assert stage.aptible.posts == 1


def test_roles_that_do_not_answer_hold_no_healthy_one_up_for_long(stage, jon):
    slow = [stage.target(f"Slow {number}") for number in range(6)]
    for target in slow:
        stage.aptible.delay(60_000, method="GET", path=f"*/roles/{target.role_id}/memberships")
    stage.worker()
    # Prod is known to be quick; of the others nobody knows anything yet.
    stage.wait(stage.grant(jon, seconds=1), GrantState.ENDED)
    grants = [stage.grant(jon, seconds=60, target=target) for target in slow]
    until(lambda: Target.objects.filter(pass_seconds__gte=3).count() >= 3, what="the slow ones are known")
    stage.wait(stage.grant(jon, seconds=60), GrantState.ACTIVE)
    # It came last, and overtook some that nobody has looked at yet.
    assert Target.objects.filter(name__startswith="slow", pass_seconds=0).exists()
    assert not any(one.refreshed().state == GrantState.ACTIVE for one in grants)


def test_roles_that_send_a_byte_a_second_hold_no_healthy_one_up(stage, jon):
    slow = [stage.target(f"Slow {number}") for number in range(12)]
    for target in slow:
        stage.aptible.trickle(1_000, method="GET", path=f"*/roles/{target.role_id}/memberships")
    stage.worker()
    stage.wait(stage.grant(jon, seconds=1), GrantState.ENDED)
    began = time.monotonic()
    stage.wait(stage.grant(jon, seconds=1), GrantState.ENDED)
    alone = time.monotonic() - began  # what this machine takes for one, just now
    grants = [stage.grant(jon, seconds=60, target=target) for target in slow]
    until(lambda: Target.objects.filter(name__startswith="slow").exclude(leased_by="").exists(), what="one is read")

    for _round in range(3):
        asked = time.monotonic()
        healthy = stage.wait(stage.grant(jon, seconds=1), GrantState.ENDED)
        assert time.monotonic() - asked < max(12, 3 * alone), "A slow role held up a healthy one."
        assert healthy.ended_at - healthy.ends_at < timedelta(seconds=5)
    until(lambda: all(one.refreshed().last_error for one in grants[:3]), what="each call came to an end")
    assert "did not answer in time" in grants[0].refreshed().last_error


def test_the_race_in_which_somebody_else_adds_first_leaves_their_membership_alone(stage, jon):
    stage.aptible.delay(1500, **POST)
    stage.worker()
    grant = stage.grant(jon, seconds=1)
    until(lambda: stage.aptible.posts == 1, what="the POST has left")
    stage.aptible.add_member("Prod", JON)
    seen = stage.wait(grant, GrantState.ENDED)
    assert seen.standing
    assert JON in stage.aptible.members("Prod")
    assert stage.aptible.deletes == 0
    assert AuditEvent.objects.filter(grant_ref=grant.ref, type="grant.ended").count() == 1


def test_an_odd_no_to_the_sign_in_stops_nothing_for_good(stage, jon):
    # Whoever signs in first meets it, and that may be the sync; so it lasts until the grant has met it, too.
    stage.aptible.fail(403, times=None, method="POST", path="*/tokens", body="json", error="geo_fenced")
    stage.worker()
    grant = stage.grant(jon, seconds=60)
    until(lambda: grant.refreshed().last_error, what="it is said on the grant")
    stage.aptible.clear_faults()

    def active():
        # Whoever met the refusal last may write it down only now: nobody waits for the minute that it asks for.
        Integration.objects.update(login_retry_at=timezone.now())
        Grant.objects.filter(pk=grant.pk, state=GrantState.GRANTING).update(due_at=timezone.now())
        return grant.refreshed().state == GrantState.ACTIVE

    until(active, what="it is given after all")
