"""The worker starts, works and stops; nothing of it is left over."""

import os
import signal

from access.core.states import GrantState
from access.models import Worker
from tests.worker_process import until

JON = "jon@example.com"


def test_a_due_grant_becomes_active_and_ends_and_the_worker_stops(stage, jon):
    worker = stage.worker()
    grant = stage.grant(jon, seconds=1)
    stage.wait(grant, GrantState.ACTIVE)
    stage.wait(grant, GrantState.ENDED)
    assert [change["what"] for change in stage.aptible.changes if change["email"] == JON] == ["entered", "left"]
    assert (stage.aptible.posts, stage.aptible.deletes) == (1, 1)
    assert worker.stop() == 0
    assert worker.pids() == []
    assert not Worker.objects.exists()


def test_a_killed_supervisor_takes_everything_with_it(stage):
    worker = stage.worker()
    assert len(worker.pids()) > 6
    os.kill(worker.process.pid, signal.SIGKILL)
    worker.process.wait(5)
    until(lambda: not worker.pids(), within=5, what="no orphan is left")
