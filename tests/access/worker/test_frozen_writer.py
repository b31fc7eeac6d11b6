"""A process that is stopped while it writes to a file locks all others out: it is named, and a worker's is ended."""

import json
import logging
import os
import signal
import subprocess
import sys
import time
from types import SimpleNamespace

import pytest
from django.conf import settings
from django.db import OperationalError

from access.alerts import write_lock
from access.worker import frozen_writer
from access.worker.frozen_writer import FrozenWriter
from access.worker.supervise import Supervisor
from tests.worker_process import until

WRITES = """
import os, signal, sqlite3, sys
base = sqlite3.connect(sys.argv[1], isolation_level=None)
base.execute("PRAGMA journal_mode=WAL")
base.execute("BEGIN IMMEDIATE")
base.execute("CREATE TABLE written (what)")
if sys.argv[2] == "stops":
    os.kill(os.getpid(), signal.SIGSTOP)
print("goes on", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def writer(tmp_path, monkeypatch):
    """Start a process that writes to the file, and stops or waits within."""
    monkeypatch.setattr(write_lock, "_file", lambda: str(tmp_path / "usher.sqlite3"))
    started = []

    def writer(what="stops", *, command="job_cluster"):
        words = [sys.executable, "-c", WRITES, str(tmp_path / "usher.sqlite3"), what, *settings.COMMAND_LINE, command]
        made = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE)  # noqa: S603  ours
        started.append(made)
        if what == "stops":
            until(lambda: write_lock.stopped_holder(), within=20, what="it is stopped")
        else:
            made.stdout.readline()
        return made

    yield writer
    for one in started:
        one.kill()
        one.communicate()


@pytest.fixture
def clock(monkeypatch):
    """Time that goes by when it is told."""
    clock = SimpleNamespace(now=time.monotonic())
    monkeypatch.setattr(frozen_writer, "time", SimpleNamespace(monotonic=lambda: clock.now))
    return clock


def test_who_is_stopped_within_a_write_is_named_with_what_to_do(writer):
    pid = writer().pid
    assert write_lock.trouble().startswith(f"Process {pid} was stopped while it wrote")
    assert f"kill -CONT {pid}" in write_lock.trouble()


def test_who_writes_and_goes_on_is_no_trouble(writer):
    writer("waits")
    assert write_lock._holder()
    assert write_lock.trouble() == ""


def test_who_was_let_go_on_is_no_trouble_any_more(writer):
    made = writer()
    os.kill(made.pid, signal.SIGCONT)
    made.stdout.readline()
    assert write_lock.trouble() == ""


def test_without_a_file_or_the_kernel_s_list_nobody_is_blamed(monkeypatch, tmp_path):
    for name in ("", str(tmp_path / "nothing.sqlite3")):
        monkeypatch.setattr(write_lock, "_file", lambda name=name: name)
        assert write_lock.trouble() == ""


@pytest.mark.django_db
def test_readyz_says_so(writer, client):
    pid = writer().pid
    answer = client.get("/readyz")
    told = json.loads(answer.content)
    assert (answer.status_code, told["database"]) == (503, False)
    assert f"kill -KILL {pid}" in told["reasons"]["database"]


def test_a_worker_s_process_is_ended_after_half_a_minute_and_told_once(writer, clock, caplog):
    made, keeper = writer(), FrozenWriter()
    for seconds in (0, 10, 19):
        clock.now += seconds
        keeper.look()
    assert made.poll() is None
    assert sum("was stopped while it wrote" in one.getMessage() for one in caplog.records) == 1

    clock.now += 1
    with caplog.at_level(logging.ERROR):
        keeper.look()
    assert made.wait(10) == -signal.SIGKILL
    assert "it is killed" in caplog.text
    assert write_lock.trouble() == ""


def test_a_worker_ends_it_within_a_lease_of_when_it_stopped(writer, clock, monkeypatch):
    """So its targets are taken over as soon as its leases end: each try to write waits for SQLite's whole patience."""
    made, worker = writer(), Supervisor()
    stopped_at, patience = clock.now, settings.DATABASES["default"]["OPTIONS"]["timeout"]

    def turn():
        if write_lock.stopped_holder() == made.pid:
            clock.now += patience
            raise OperationalError("database is locked")
        worker._told_to_stop = True
        return 0.0

    monkeypatch.setattr(worker, "_turn", turn)
    monkeypatch.setattr(worker, "_wait", lambda seconds: setattr(clock, "now", clock.now + seconds))
    monkeypatch.setattr(worker, "_stop", lambda: None)
    monkeypatch.setattr("access.worker.supervise.signal.signal", lambda *_handler: None)
    monkeypatch.setattr("access.worker.supervise.process_tree.adopt_orphans", lambda: None)
    worker.run()
    assert made.wait(10) == -signal.SIGKILL
    assert clock.now - stopped_at < settings.LEASE.total_seconds()


def test_whoever_else_is_stopped_is_told_and_left(writer, clock, caplog):
    made, keeper = writer(command="shell"), FrozenWriter()
    for seconds in (0, 31, 31):
        clock.now += seconds
        keeper.look()
    assert made.poll() is None
    assert f"Process {made.pid} was stopped" in caplog.text


def test_one_that_was_let_go_on_meanwhile_begins_anew(writer, clock):
    made, keeper = writer(), FrozenWriter()
    keeper.look()
    os.kill(made.pid, signal.SIGCONT)
    made.stdout.readline()
    clock.now += 31
    keeper.look()
    assert made.poll() is None
