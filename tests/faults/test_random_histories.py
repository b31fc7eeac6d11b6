"""Any history of asks, ends, troubles of Aptible and deaths of the worker ends well; `make soak` tries for longer."""

import os
import time
from pathlib import Path

import pytest
from django.db import connection
from hypothesis import HealthCheck, seed, settings
from hypothesis.stateful import run_state_machine_as_test

from tests import committed_rows, scratch_database
from tests.faults import histories
from tests.faults.cut_off import DisconnectedHistory, FileHistory
from tests.faults.file_troubles import with_small_pages
from tests.faults.histories import History

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


@pytest.fixture
def history_of_a_file(aptible, settings, tmp_path, django_db_blocker):
    """The same, with a file of its own, which may really go away."""
    settings.SETTLING_SECONDS = 1
    with django_db_blocker.unblock(), scratch_database.database(tmp_path):
        # Nobody waits for whoever keeps the lock, nor for the disk.
        usual = connection.settings_dict["OPTIONS"]  # which every other connection has, too
        hasty = {"timeout": 0.05, "init_command": "PRAGMA synchronous=OFF;"}
        connection.settings_dict["OPTIONS"] = {**usual, **hasty}
        connection.close()
        histories.set_up()
        with_small_pages()

        class Here(FileHistory):
            said: set[str] = set()
            kept = Path(scratch_database.dump(tmp_path))

        Here.aptible = aptible
        yield Here


@pytest.fixture
def history_of_sessions(aptible, transactional_db):
    """The same, on a server that ends the session."""

    class Here(DisconnectedHistory):
        kept = committed_rows.rows()

    Here.aptible = aptible
    return Here


@pytest.mark.skipif(connection.vendor != "sqlite", reason="A server's database is no file of ours.")
def test_so_does_every_history_in_which_the_file_goes_away(history_of_a_file):
    try_some(history_of_a_file, examples=DISCONNECTS, part=0)
    assert history_of_a_file.said >= {"database is locked", "no such table", "database or disk is full"}


@pytest.mark.races
def test_so_does_every_history_in_which_the_server_ends_the_session(history_of_sessions):
    try_some(history_of_sessions, examples=DISCONNECTS, part=0)
    assert history_of_sessions.ended


def soak(history, capsys, *, minutes, at_once):
    until, tried = time.monotonic() + minutes * 60, 0
    while time.monotonic() < until:
        try_some(history, examples=at_once)
        tried += at_once
    with capsys.disabled():
        print(f"\n{tried} histories in {minutes:g} minutes, none ended badly.")  # noqa: T201


@pytest.mark.skipif(not MINUTES, reason="Only `make soak` tries for longer.")
def test_histories_for_as_long_as_it_was_asked_for(history, capsys):
    soak(history, capsys, minutes=MINUTES * 0.8, at_once=50)


@pytest.mark.skipif(not MINUTES or connection.vendor != "sqlite", reason="Only `make soak` tries for longer.")
def test_histories_in_which_the_file_goes_away_for_a_fifth_of_that(history_of_a_file, capsys):
    soak(history_of_a_file, capsys, minutes=MINUTES * 0.2, at_once=DISCONNECTS)


@pytest.mark.races
@pytest.mark.skipif(not MINUTES, reason="Only `make soak` tries for longer.")
def test_histories_in_which_the_server_ends_the_session_for_a_fifth_of_that(history_of_sessions, capsys):
    soak(history_of_sessions, capsys, minutes=MINUTES * 0.2, at_once=DISCONNECTS)
