"""Any history of asks, ends, troubles of Aptible and deaths of the worker ends well; `make soak` tries for longer."""

import os
import time

import pytest
from django.db import connection
from hypothesis import HealthCheck, seed, settings
from hypothesis.stateful import run_state_machine_as_test

from tests import committed_rows
from tests.faults import histories
from tests.faults.histories import DisconnectedHistory, History

EXAMPLES = int(os.environ.get("HISTORIES", "100"))
DISCONNECTS = 8
# So many at a time: each is a test of its own, so that they run side by side.
PARTS = 2
MINUTES = float(os.environ.get("SOAK_MINUTES", "0"))


@pytest.fixture
def history(aptible, db, settings):
    """The machine, with an Aptible; what it writes is taken back after each history."""
    settings.SETTLING_SECONDS = 1
    histories.set_up()

    class Here(History):
        pass

    Here.aptible = aptible
    return Here


def try_some(history, *, examples, part=None):
    """The same ones each time in a part, others on the other database; and others each time without."""
    how = settings(
        max_examples=examples, stateful_step_count=12, deadline=None, database=None, derandomize=False,
        suppress_health_check=list(HealthCheck), print_blob=True,
    )  # fmt: skip
    same = None if part is None else f"{connection.vendor} {part}"
    run_state_machine_as_test(history if same is None else seed(same)(history), settings=how)


@pytest.mark.parametrize("part", range(PARTS))
def test_every_history_ends_with_nothing_held_nothing_lost_and_a_whole_log(history, part):
    try_some(history, examples=EXAMPLES // PARTS, part=part)


@pytest.mark.races
@pytest.mark.django_db(transaction=True)
def test_so_does_every_history_in_which_the_server_ends_the_session(aptible):
    class Here(DisconnectedHistory):
        kept = committed_rows.rows()

    Here.aptible = aptible
    try_some(Here, examples=DISCONNECTS, part=0)
    assert Here.ended


@pytest.mark.skipif(not MINUTES, reason="Only `make soak` tries for longer.")
def test_histories_for_as_long_as_it_was_asked_for(history, capsys):
    until, tried = time.monotonic() + MINUTES * 60, 0
    while time.monotonic() < until:
        try_some(history, examples=50)
        tried += 50
    with capsys.disabled():
        print(f"\n{tried} histories in {MINUTES:g} minutes, none ended badly.")  # noqa: T201
