"""A copy that is taken while it is used, restored on either database, and looked at."""

import shutil
import sqlite3
import subprocess
from contextlib import closing

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone

from access.core.states import GrantState
from access.models import AuditEvent, Grant, Secret
from tests import chain, factories


@pytest.fixture
def made(stage, jon, tmp_path):
    """A copy of a database in which something is held."""
    stage.grant(jon, seconds=60)
    call_command("backup", str(tmp_path / "copy"))
    return tmp_path / "copy"


def count(made):
    """How many events and grants are in the copy, read by the database's own means."""
    if connection.vendor == "sqlite":
        with closing(sqlite3.connect(made)) as copy:
            return tuple(copy.execute(f"SELECT count(*) FROM {one}").fetchone()[0] for one in TABLES)  # noqa: S608
    text = subprocess.run(  # noqa: S603  PostgreSQL's own
        [
            shutil.which("pg_restore") or "pg_restore", "--data-only", "--file=-",
            *(f"--table={one}" for one in TABLES), str(made),
        ],
        capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    return tuple(rows_of(text, one) for one in TABLES)


def rows_of(text, table):
    return text.split(f"COPY public.{table} ")[1].split("\\.\n")[0].count("\n") - 1


TABLES = ("access_auditevent", "access_grant")


def test_it_holds_what_was_there_and_only_this_account_can_read_it(made):
    assert count(made) == (AuditEvent.objects.count(), Grant.objects.count())
    assert made.stat().st_mode & 0o077 == 0
    assert not made.with_name("copy.part").exists()


def test_a_file_that_is_there_is_never_written_over(made):
    before = made.read_bytes()
    with pytest.raises(CommandError, match="is there already"):
        call_command("backup", str(made))
    assert made.read_bytes() == before


def test_a_folder_that_is_not_there_is_a_sentence(stage, tmp_path):
    with pytest.raises(CommandError, match="can't be written: No such file or directory"):
        call_command("backup", str(tmp_path / "missing" / "copy"))


def test_a_server_that_is_away_leaves_no_file(stage, tmp_path, monkeypatch):
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has no server.")
    monkeypatch.setitem(connection.settings_dict, "PORT", "9")
    with pytest.raises(CommandError, match="pg_dump failed"):
        call_command("backup", str(tmp_path / "copy"))
    assert not list(tmp_path.glob("copy*"))


def test_a_restored_database_that_agrees_is_told_so(stage, aptible, capsys):
    call_command("restore-check")
    said = capsys.readouterr().out
    assert "The log is whole." in said
    assert said.endswith("All is well: start the workers.\n")


def test_access_that_has_only_just_changed_is_not_called_well(stage, jon, capsys):
    factories.grant(state=GrantState.ENDED, now=timezone.now())
    with pytest.raises(SystemExit):
        call_command("restore-check")
    told = capsys.readouterr()
    assert "Run it again after" in told.err
    assert "All is well" not in told.out


def test_a_secret_that_does_not_open_after_a_restore_is_named(stage, capsys):
    Secret.objects.create(name="bot", source="stored", sealed="gAAAA")
    with pytest.raises(SystemExit) as end:
        call_command("restore-check")
    assert end.value.code == 1
    assert "The secret bot can't be opened." in capsys.readouterr().err


def test_a_log_that_was_cut_is_told(stage, jon, capsys):
    stage.grant(jon, seconds=60)
    chain.sealed()
    with connection.cursor() as cursor:
        cursor.execute("UPDATE access_audithead SET seq = seq + 1")
    with pytest.raises(SystemExit):
        call_command("restore-check")
    assert "The log is not whole at event" in capsys.readouterr().err
