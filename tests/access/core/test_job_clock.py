"""Time that passes while a job runs, also while the machine sleeps."""

import time
from datetime import UTC, datetime, timedelta

import pytest

from access.core.job_clock import Elapsed

NOON = datetime(2026, 1, 5, 12, 0, tzinfo=UTC)


@pytest.mark.skipif("not hasattr(__import__('time'), 'CLOCK_BOOTTIME')", reason="Only Linux tells.")
def test_sleep_of_the_machine_counts(monkeypatch):
    """A worker on a machine that slept past its lease must not go on with a call as if no time had passed."""
    slept = 0
    real = time.clock_gettime
    monkeypatch.setattr(time, "clock_gettime", lambda which: real(which) + slept * (which == time.CLOCK_BOOTTIME))
    clock = Elapsed(NOON)
    slept = 3600
    assert clock.seconds >= 3600
    assert clock.at() >= NOON + timedelta(hours=1)
