"""Workers come and go: who is taken for dead, and what becomes of what they held."""

import os
import socket
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone
from django_q.models import OrmQ

from access.core.states import GrantState
from access.grants import claim
from access.models import Grant, Target, Worker
from access.worker import process_tree, registry
from tests import factories

# Durable transactions commit for real.
pytestmark = pytest.mark.django_db(transaction=True)

GONE = 2**22 + 1  # no process ever has this number


@pytest.fixture
def me() -> Worker:
    return registry.enlist("w-me", now=timezone.now())


def other(
    *, name: str = "w-other", place: str = "", pid: int = GONE, start: int = 1, silent: float = 4, age: float = 100
) -> Worker:
    now = timezone.now()
    OrmQ.objects.create(key=name, payload="", lock=now)
    return Worker.objects.create(
        name=name,
        host=socket.gethostname(),
        pid=pid,
        place=place or process_tree.place(),
        process_start=start,
        started_at=now - timedelta(seconds=age),
        beat_at=now - timedelta(seconds=silent),
        jobs_beat_at=now,
    )


def names() -> set[str]:
    return set(Worker.objects.values_list("name", flat=True))


def held_by(name: str) -> Grant:
    now = timezone.now()
    grant = factories.grant(state=GrantState.SCHEDULED, now=now)
    claim.take(grant.target, holder=name, now=now)
    return grant.refreshed()


def test_a_worker_whose_process_is_gone_leaves_its_targets_and_its_queue(me):
    other()
    grant = held_by("w-other")
    now = timezone.now()
    registry.take_over(by=me, now=now)
    assert names() == {"w-me"}
    assert grant.refreshed().due_at == now
    assert not Target.objects.exclude(leased_by="").exists()
    assert not OrmQ.objects.exists()


def test_a_worker_that_showed_itself_just_now_is_left_alone(me):
    other(silent=1)
    registry.take_over(by=me, now=timezone.now())
    assert names() == {"w-me", "w-other"}


def test_a_silent_worker_whose_process_runs_is_left_alone(me):
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as process:
        other(pid=process.pid, start=process_tree.started(process.pid))
        registry.take_over(by=me, now=timezone.now())
    assert names() == {"w-me", "w-other"}


def test_a_process_that_only_has_the_number_of_a_worker_does_not_count(me):
    other(pid=os.getpid(), start=process_tree.started(os.getpid()) - 1)
    registry.take_over(by=me, now=timezone.now())
    assert names() == {"w-me"}


def test_a_silent_worker_of_another_machine_keeps_its_leases_until_they_end(me):
    other(place="another boot pid:[4026531836]", silent=50)
    grant = held_by("w-other")
    registry.take_over(by=me, now=timezone.now())
    assert names() == {"w-me", "w-other"}
    assert grant.due_at > timezone.now()


def test_a_worker_of_another_machine_that_was_silent_for_a_lease_is_forgotten(me):
    other(place="another boot pid:[4026531836]", silent=61)
    OrmQ.objects.create(key="w-unknown", payload="", lock=timezone.now())
    OrmQ.objects.create(key="w-me", payload="", lock=timezone.now())
    registry.take_over(by=me, now=timezone.now())
    assert names() == {"w-me"}
    assert set(OrmQ.objects.values_list("key", flat=True)) == {"w-me"}


def test_a_worker_that_was_taken_for_dead_signs_on_again(me):
    Worker.objects.all().delete()
    now = timezone.now()
    again, others = registry.sign(me, now=now)
    assert others == []
    assert (again.name, again.beat_at) == ("w-me", now)


def test_what_waited_for_a_dead_worker_is_sent_anew(me):
    other()
    target = factories.target()
    Target.objects.update(queued_until=timezone.now() + timedelta(seconds=5))
    registry.take_over(by=me, now=timezone.now())
    assert Target.objects.get(pk=target.pk).queued_until is None


def test_a_process_that_ended_and_was_not_collected_is_dead():
    process = subprocess.Popen([sys.executable, "-c", ""])
    os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
    assert not process_tree.is_running(process.pid, start=process_tree.started(process.pid))
    process.wait()


@pytest.mark.parametrize("place", ["another boot pid:[4026531836]", "the same boot pid:[4026532999]"])
def test_a_container_with_the_same_host_name_is_not_judged_by_the_processes_here(me, place):
    theirs = other(place=place)
    assert theirs.host == me.host
    grant = held_by("w-other")
    registry.take_over(by=me, now=timezone.now())
    assert names() == {"w-me", "w-other"}
    assert grant.refreshed().due_at > timezone.now()


def test_a_worker_of_the_release_before_is_judged_by_its_silence_alone(me):
    Worker.objects.filter(pk=other().pk).update(place="", process_start=0)
    registry.take_over(by=me, now=timezone.now())
    assert names() == {"w-me", "w-other"}


def test_what_a_killed_job_process_held_is_free_at_once_and_what_a_living_one_holds_is_not(me, monkeypatch):
    monkeypatch.setenv("Q_CLUSTER_NAME", me.name)
    living = held_by(registry.holder())
    now = timezone.now()
    registry.free_dead_jobs(me, now=now)
    assert living.refreshed().due_at > now

    Target.objects.update(leased_by=f"{me.name}/{GONE}-1")
    registry.free_dead_jobs(me, now=now)
    assert living.refreshed().due_at == now
    assert not Target.objects.exclude(leased_by="").exists()


def test_what_jobs_of_a_dead_worker_held_is_freed_with_it(me):
    other()
    grant = held_by(f"w-other/{GONE}-1")
    now = timezone.now()
    registry.take_over(by=me, now=now)
    assert grant.refreshed().due_at == now


def test_a_place_is_a_boot_and_a_container_in_it(monkeypatch):
    here, namespace = process_tree.place(), str(Path("/proc/self/ns/pid").readlink())
    assert here.endswith(namespace)
    assert here.removesuffix(namespace).strip()
    monkeypatch.setattr(Path, "readlink", lambda _self: Path("pid:[1]"))
    assert process_tree.place() != here
