"""A real worker whose clock is wrong: it grants nothing, ends nothing early, and judges no other worker."""

import time
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection
from django.utils import timezone

from access.alerts import outage_alerts
from access.core.states import GrantState
from access.models import Worker
from tests.worker_process import until

AHEAD = 2700


@pytest.fixture
def clock(stage, tmp_path):
    """The file that says by how many seconds the clock of the workers with it is ahead."""
    file = tmp_path / "ahead"
    file.write_text("0")
    return file


def with_it(stage, clock):
    """Start a worker that goes by this clock."""
    folder = Path(__file__).parent / "clock_ahead"
    before = dict(stage.environment)
    stage.environment |= {"CLOCK_AHEAD": str(clock), "PYTHONPATH": f"{folder}:{settings.BASE_DIR}"}
    try:
        return stage.start()
    finally:
        stage.environment = before


def test_a_clock_that_jumps_grants_nothing_ends_nothing_early_and_judges_nobody(stage, jon, clock):
    wrong = with_it(stage, clock)
    stage.until_at_work(wrong)
    held = stage.wait(stage.grant(jon, seconds=60), GrantState.ACTIVE)
    short = stage.grant(jon, seconds=2, target=stage.target("Other"))
    stage.wait(short, GrantState.ACTIVE)
    clock.write_text(str(AHEAD))
    until(lambda: "nothing is granted here until it is right" in wrong.log, what="it says that its clock is wrong")

    asked = stage.grant(jon, seconds=60, target=stage.target("Third"))
    # What is due by the time that was agreed on ends all the same, and then and not before.
    ended = stage.wait(short, GrantState.ENDED)
    assert ended.ends_at <= ended.ended_at < timezone.now()
    time.sleep(3)
    assert asked.refreshed().state == GrantState.SCHEDULED
    assert held.refreshed().state == GrantState.ACTIVE
    assert "jon@example.com" in stage.aptible.members("Prod")
    assert stage.aptible.posts == 2

    right = stage.worker()
    assert stage.wait(asked, GrantState.ACTIVE).confirmed_at < timezone.now()
    time.sleep(5)  # it has looked after the other worker more than once
    assert held.refreshed().state == GrantState.ACTIVE
    assert set(Worker.objects.values_list("pid", flat=True)) == {wrong.process.pid, right.process.pid}
    assert "is gone" not in wrong.log + right.log
    assert Worker.objects.with_a_wrong_clock(now=timezone.now()).get().pid == wrong.process.pid
    assert "worker" in outage_alerts.clocks(now=timezone.now())

    clock.write_text("0")
    until(lambda: "The clocks agree again" in wrong.log, what="it believes its clock again")


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has no clock of its own to go by.")
def test_a_clock_that_is_wrong_from_the_start_is_found_out_by_the_database(stage, jon, clock):
    clock.write_text(str(AHEAD))
    wrong = with_it(stage, clock)
    stage.until_at_work(wrong)
    asked = stage.grant(jon, seconds=60)
    until(lambda: "nothing is granted here until it is right" in wrong.log, what="it says that its clock is wrong")
    time.sleep(3)
    assert asked.refreshed().state == GrantState.SCHEDULED
    stage.worker()
    stage.wait(asked, GrantState.ACTIVE)
    assert Worker.objects.with_a_wrong_clock(now=timezone.now()).get().pid == wrong.process.pid
