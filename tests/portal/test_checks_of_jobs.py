"""The system checks of the time limits and of the job queue."""

from datetime import timedelta

import pytest
from django.conf import settings as configured
from django.core.checks import run_checks
from django.core.management.base import SystemCheckError

from access.management import log_system_checks


def found() -> list[str]:
    return [one.id for one in run_checks() if one.id in {"usher.E012", "usher.E013", "usher.E014", "usher.E015"}]


def test_the_limits_and_the_queue_are_sound_as_they_come():
    assert found() == []


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"HTTP_TIMEOUT": 30}, ["usher.E012"]),
        ({"CALL_WINDOW": 40}, ["usher.E012"]),
        ({"LEASE": timedelta(seconds=59)}, ["usher.E012"]),
        ({"WATCHDOG_TIMEOUT": 5}, ["usher.E013"]),
        ({"WATCHDOG_TIMEOUT": 6}, []),
    ],
)
def test_limits_out_of_order_are_named(settings, changes, expected):
    for name, value in changes.items():
        setattr(settings, name, value)
    assert found() == expected


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"timeout": 60}, ["usher.E012"]),
        ({"retry": 61}, ["usher.E012"]),
        ({"workers": 2}, ["usher.E014"]),
        ({"workers": 3}, []),
        ({"ack_failures": False}, ["usher.E015"]),
        ({"max_attempts": 0}, ["usher.E015"]),
        ({"scheduler": True}, ["usher.E015"]),
        ({"broker_class": None}, ["usher.E015"]),
    ],
)
def test_a_queue_that_the_worker_cannot_count_on_is_named(settings, changes, expected):
    settings.Q_CLUSTER = {**configured.Q_CLUSTER, **changes}
    assert found() == expected


def test_a_worker_loads_no_addresses_of_pages_to_find_what_can_not_be_right(settings):
    settings.ROOT_URLCONF = "tests.no_such_addresses"
    log_system_checks.check(has_pages=False)
    settings.LEASE = timedelta(seconds=59)
    with pytest.raises(SystemCheckError, match="1 settings"):
        log_system_checks.check(has_pages=False)
    with pytest.raises(ModuleNotFoundError):
        log_system_checks.check()
