"""What breaks under a worker: its processes, in the worst moment, and its database."""

import os
import signal

import pytest
from django.db import connection
from django.utils import timezone

from access.core.states import GrantState
from access.models import Target, Worker
from tests import factories, scratch_database
from tests.worker_process import until

JON = "jon@example.com"
LIST = {"method": "GET", "path": "*/memberships"}
POST = {"method": "POST", "path": "*/memberships"}


def test_killed_after_the_post_and_before_the_record_it_grants_once_and_ends_on_time(stage, jon):
    worker = stage.worker()
    stage.aptible.delay(1500, **POST)
    grant = stage.grant(jon, seconds=2)
    until(lambda: stage.aptible.posts == 1, what="the POST has left")
    # The read-back hangs, so nothing can be recorded of what the POST did.
    stage.aptible.delay(60_000, **LIST)
    until(lambda: JON in stage.aptible.members("Prod"), what="Jon is in Prod")
    worker.kill()
    assert grant.refreshed().state == GrantState.GRANTING
    stage.aptible.clear_faults()

    stage.worker()
    active = stage.wait(grant, GrantState.ACTIVE)
    until(lambda: JON not in stage.aptible.members("Prod"), what="Jon is out of Prod")
    assert timezone.now() >= active.ends_at
    assert [change["what"] for change in stage.aptible.changes if change["email"] == JON] == ["entered", "left"]
    assert stage.aptible.posts == 1
    assert Worker.objects.count() == 1


def test_a_deadlocked_cluster_is_replaced_and_the_work_goes_on(stage, jon):
    worker = stage.worker()
    # Killed while they wait for work, they leave the lock of their queue behind, for ever.
    for pid in worker.job_processes():
        os.kill(pid, signal.SIGKILL)
    grant = stage.grant(jon, seconds=1)
    until(lambda: Worker.objects.get().restarts > 0, what="the cluster was replaced")
    stage.wait(grant, GrantState.ENDED)
    assert stage.aptible.posts == 1
    assert "no sign of life" in worker.log


def test_a_killed_monitor_stops_neither_work_nor_heartbeats(stage, jon):
    worker = stage.worker()
    # It leaves the lock of its queue behind if it held it just then: the cluster is replaced. Else it is reborn.
    for pid in worker.monitor():
        os.kill(pid, signal.SIGKILL)
    killed_at = timezone.now()
    grant = stage.grant(jon, seconds=1)
    stage.wait(grant, GrantState.ENDED)
    until(lambda: Worker.objects.get().jobs_beat_at > killed_at, what="a heartbeat went through")
    assert stage.aptible.posts == 1


def test_a_cluster_that_ends_is_started_again(stage, jon):
    worker = stage.worker()
    (cluster,) = worker.children(worker.process.pid)
    os.kill(cluster, signal.SIGKILL)
    stage.wait(stage.grant(jon, seconds=1), GrantState.ENDED)
    assert Worker.objects.get().restarts > 0


def test_two_workers_ask_for_each_membership_once(stage):
    targets = [stage.target(f"Role {number}") for number in range(4)]
    people = [factories.person(name) for name in ("jon", "rita", "ben", "eva", "tom")]
    for person in people[2:]:
        stage.aptible.add_person(person.email, person.name, ["Everyone"])
    stage.until_at_work(stage.start(), stage.start())
    grants = [stage.grant(person, seconds=2, target=target) for person in people for target in targets]
    for grant in grants:
        stage.wait(grant, GrantState.ENDED)
    assert (stage.aptible.posts, stage.aptible.deletes) == (len(grants), len(grants))


def test_what_a_killed_worker_held_is_taken_over_by_the_other(stage, jon):
    workers = {worker.process.pid: worker for worker in (stage.start(), stage.start())}
    stage.until_at_work(*workers.values())
    stage.aptible.delay(60_000, **LIST)
    grant = stage.grant(jon, seconds=60)
    held = Target.objects.exclude(leased_by="")
    until(held.exists, what="one of the workers took the target")
    holder = Worker.objects.get(name=held.get().leased_by.partition("/")[0])
    workers[holder.pid].kill()
    stage.aptible.clear_faults()
    stage.wait(grant, GrantState.ACTIVE)
    assert stage.aptible.posts == 1
    assert not Worker.objects.filter(pk=holder.pk).exists()


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has no sessions to end")
def test_it_outlives_the_end_of_its_database_sessions(stage, jon):
    worker = stage.worker()
    for seconds in (1, 2):
        assert scratch_database.end_sessions() > 0
        stage.wait(stage.grant(jon, seconds=seconds), GrantState.ENDED)
    assert worker.process.poll() is None
    assert stage.aptible.posts == 2
