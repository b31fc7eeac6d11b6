"""Any history of asks, ends, troubles of Aptible and deaths of the worker ends well; `make soak` tries for longer."""

import os
import time

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.faults.histories import History

EXAMPLES = int(os.environ.get("HISTORIES", "60"))
MINUTES = float(os.environ.get("SOAK_MINUTES", "0"))


@pytest.fixture
def history(aptible, db, settings):
    """The machine, with an Aptible; what it writes is taken back after each history."""
    settings.SETTLING_SECONDS = 1

    class Here(History):
        pass

    Here.aptible = aptible
    return Here


def try_some(history, *, examples, seed=None):
    how = settings(
        max_examples=examples, stateful_step_count=12, deadline=None, database=None, derandomize=seed is None,
        suppress_health_check=list(HealthCheck), print_blob=True,
    )  # fmt: skip
    run_state_machine_as_test(history, settings=how)


def test_every_history_ends_with_nothing_held_nothing_lost_and_a_whole_log(history):
    try_some(history, examples=EXAMPLES)


@pytest.mark.skipif(not MINUTES, reason="Only `make soak` tries for longer.")
def test_histories_for_as_long_as_it_was_asked_for(history, capsys):
    until, tried = time.monotonic() + MINUTES * 60, 0
    while time.monotonic() < until:
        try_some(history, examples=50, seed=tried)
        tried += 50
    with capsys.disabled():
        print(f"\n{tried} histories in {MINUTES:g} minutes, none ended badly.")  # noqa: T201
