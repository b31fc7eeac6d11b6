"""What breaks under a worker: its processes, in the worst moment, and its database."""

import os
import signal

import pytest
from django.db import connection
from django.utils import timezone

from access.models import Target, Worker
from access.states import GrantState
from tests import factories, scratch
from tests.worker_process import until

JON = "jon@example.com"


def test_killed_after_the_post_and_before_the_record_it_grants_once_and_ends_on_time(stage, jon):
    # The read-backs are slow, so the kill falls between the POST and what would have been recorded of it.
    stage.aptible.delay(1500, method="GET", path="*/memberships")
    worker = stage.worker()
    grant = stage.grant(jon, seconds=2)
    until(lambda: JON in stage.aptible.members("Prod"), within=15, what="Jon is in Prod")
    worker.kill()
    assert grant.refreshed().state == GrantState.GRANTING
    stage.aptible.clear_faults()

    stage.worker()
    active = stage.wait(grant, GrantState.ACTIVE)
    until(lambda: JON not in stage.aptible.members("Prod"), within=10, what="Jon is out of Prod")
    assert timezone.now() >= active.ends_at
    assert [change["what"] for change in stage.aptible.changes if change["email"] == JON] == ["entered", "left"]
    assert stage.aptible.posts == 1
    assert Worker.objects.count() == 1


def test_a_deadlocked_cluster_is_replaced_and_the_work_goes_on(stage, jon):
    worker = stage.worker()
    until(_has_beaten, within=10, what="the cluster shows signs of life")
    # Killed while they wait for work, they leave the lock of their queue behind, for ever.
    for pid in worker.job_processes():
        os.kill(pid, signal.SIGKILL)
    grant = stage.grant(jon, seconds=1)
    stage.wait(grant, GrantState.ENDED, within=20)
    assert stage.aptible.posts == 1
    assert Worker.objects.get().restarts == 1
    assert "no sign of life" in worker.log


def test_a_cluster_that_ends_is_started_again(stage, jon):
    worker = stage.worker()
    until(lambda: len(worker.pids()) >= 9, within=10, what="the worker is up")
    (cluster,) = worker.children(worker.process.pid)
    os.kill(cluster, signal.SIGKILL)
    stage.wait(stage.grant(jon, seconds=1), GrantState.ENDED)
    assert Worker.objects.get().restarts == 1


def test_two_workers_ask_for_each_membership_once(stage):
    targets = [stage.target(f"Role {number}") for number in range(4)]
    people = [factories.person(name) for name in ("jon", "rita", "ben", "eva", "tom")]
    for person in people[2:]:
        stage.aptible.add_person(person.email, person.name, ["Everyone"])
    stage.worker()
    stage.worker()
    until(lambda: Worker.objects.count() == 2, within=10, what="both workers are up")
    grants = [stage.grant(person, seconds=2, target=target) for person in people for target in targets]
    for grant in grants:
        stage.wait(grant, GrantState.ENDED, within=20)
    assert (stage.aptible.posts, stage.aptible.deletes) == (len(grants), len(grants))


def test_what_a_killed_worker_held_is_taken_over_by_the_other(stage, jon):
    stage.aptible.delay(1500, times=2, method="GET", path="*/memberships")
    first = stage.worker()
    grant = stage.grant(jon, seconds=60)
    until(lambda: Target.objects.exclude(leased_by="").exists(), within=10, what="the first worker took the target")
    stage.worker()
    until(lambda: Worker.objects.count() == 2, within=10, what="there are two workers")
    first.kill()
    stage.wait(grant, GrantState.ACTIVE, within=10)
    assert stage.aptible.posts == 1
    assert Worker.objects.count() == 1


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has no sessions to end")
def test_it_outlives_the_end_of_its_database_sessions(stage, jon):
    worker = stage.worker()
    until(_has_beaten, within=10, what="the cluster shows signs of life")
    for seconds in (1, 2):
        assert scratch.end_sessions() > 0
        stage.wait(stage.grant(jon, seconds=seconds), GrantState.ENDED, within=10)
    assert worker.process.poll() is None
    assert Worker.objects.get().restarts == 0
    assert stage.aptible.posts == 2


def _has_beaten() -> bool:
    return any(worker.jobs_beat_at > worker.started_at for worker in Worker.objects.all())
