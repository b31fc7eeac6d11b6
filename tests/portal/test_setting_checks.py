"""What can't work as it is set is refused with a sentence, by every command, and never with a traceback."""

import os
import subprocess
import sys

import pytest
from django.core.checks import Tags, run_checks

from portal import env, event_checks, setting_checks
from tests import source


@pytest.fixture(autouse=True)
def problems(monkeypatch):
    found: list[str] = []
    monkeypatch.setattr(env, "problems", found)
    return found


def found(*tags):
    return [one.id for one in run_checks(tags=tags) if one.id.startswith("usher.E05")]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"SECRET_KEY": "short", "SECRET_KEY_IS_SET": True}, ["usher.E050"]),
        ({"SECRET_KEY": "short", "SECRET_KEY_IS_SET": True, "DEBUG": True}, []),
        ({"METRICS_TOKEN": "short"}, ["usher.E051"]),
        ({"DEBUG": True, "BASE_URL": "https://usher.example.com"}, ["usher.E052"]),
        ({"ALLOWED_HOSTS": ["https://usher.example.com"]}, ["usher.E053"]),
        ({"ALLOWED_HOSTS": ["usher.example.com:443"]}, ["usher.E053"]),
        ({"ALLOWED_HOSTS": ["[::1]", "usher.example.com", ".example.com", "*"]}, []),
    ],
)
def test_a_value_that_can_not_work_is_refused(settings, changes, expected):
    settings.DEBUG = False
    for name, value in changes.items():
        setattr(settings, name, value)
    assert found(Tags.security) == expected


@pytest.mark.parametrize(("number", "expected"), [(4, []), (64, []), (500, ["usher.E054"])])
def test_too_many_processes_are_refused(settings, number, expected):
    settings.Q_CLUSTER = {**settings.Q_CLUSTER, "workers": number}
    assert [one.id for one in setting_checks.processes()] == expected


@pytest.mark.parametrize(
    "address",
    ["nonsense", "8000", "0.0.0.0:80000", "0.0.0.0:http", "http://0.0.0.0:8000", "::1:8000:", "a b:1", "fd://x"],
)
def test_an_address_at_which_nothing_can_listen_is_refused(monkeypatch, address):
    monkeypatch.setenv("BIND", address)
    assert [one.id for one in setting_checks.bound()] == ["usher.E062"]


@pytest.mark.parametrize(
    "address",
    [
        "",
        "127.0.0.1:8000",
        "10.0.0.1",
        "[::1]",
        "localhost",
        ":8000",
        "[::1]:8000",
        "localhost:0",
        "unix:/run/usher.sock",
        "fd://3",
        ":1, [::]:1",
    ],
)
def test_an_address_at_which_the_web_server_can_listen_is_taken(monkeypatch, address):
    monkeypatch.setenv("BIND", address)
    assert list(setting_checks.bound()) == []


@pytest.mark.parametrize("network", ["0.0.0.0/0", "::/0", "8.8.8.0/24", "169.254.0.0/16", "172.0.0.0/8"])
def test_a_network_that_is_not_inside_is_refused(monkeypatch, problems, network):
    monkeypatch.setenv("SOME_NETWORKS", network)
    env.networks("SOME_NETWORKS")
    assert problems == [f"SOME_NETWORKS has {network}, which is not a private network."]


@pytest.mark.parametrize("name", ["a;b", "a b", "ü", "a=b", "x" * 65])
def test_the_name_of_a_cookie_that_browsers_would_not_keep_is_refused(monkeypatch, problems, name):
    monkeypatch.setenv("SOME_COOKIE", name)
    assert env.cookie_name("SOME_COOKIE", "usher_session") == "usher_session"
    assert problems == ["SOME_COOKIE must be letters, digits, _ and - alone."]


def test_a_folder_that_is_a_file_is_refused(monkeypatch, problems, tmp_path):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("SOME_DIR", str(tmp_path / "file"))
    env.folder("SOME_DIR", tmp_path, is_needed=True)
    monkeypatch.setenv("SOME_DIR", str(tmp_path / "file" / "below"))
    env.folder("SOME_DIR", tmp_path, is_needed=True)
    assert problems == [
        "SOME_DIR names a file. Name a folder.",
        "SOME_DIR names a folder that can't be made: Not a directory.",
    ]


def test_a_folder_that_is_missing_is_made_for_this_account_alone(monkeypatch, problems, tmp_path):
    monkeypatch.setenv("SOME_DIR", str(tmp_path / "a" / "b"))
    path = env.folder("SOME_DIR", tmp_path, is_needed=True)
    assert problems == []
    assert path.stat().st_mode & 0o777 == 0o700


def test_an_event_log_where_nobody_can_look_is_a_warning(settings, tmp_path):
    # As for a folder that may not be entered, which root always may, the system refuses even to look.
    settings.EVENT_LOG = str(tmp_path / ("x" * 300) / "events.jsonl")
    assert [one.id for one in event_checks.event_log()] == ["usher.W004"]


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"ENCRYPTION_KEY": "x"}, ["ENCRYPTION_KEY is set, which is no setting. ENCRYPTION_KEYS is one."]),
        ({"ALLOWED_HOST": "x"}, ["ALLOWED_HOST is set, which is no setting. ALLOWED_HOSTS is one."]),
        ({"SECRET_KEY_FIL": "x"}, ["SECRET_KEY_FIL is set, which is no setting. SECRET_KEY_FILE is one."]),
        ({"ENCRYPTION_KEY": "x", "ENCRYPTION_KEYS": "y"}, []),
        ({"PATH": "/bin", "HOME": "/", "PORT": "1", "GUNICORN_CMD_ARGS": "", "PGHOST": "x"}, []),
    ],
)
def test_a_name_that_is_nearly_ours_is_told(given, expected):
    assert list(setting_checks.misspelt(given)) == expected


def run(*words, cwd=source.ROOT, **environment):
    return subprocess.run(  # noqa: S603  our own command line
        [sys.executable, str(source.ROOT / "manage.py"), *words],
        env={**os.environ, "DATABASE_URL": "", **environment}, cwd=cwd, capture_output=True, text=True, check=False,
    )  # fmt: skip


def test_commands_work_from_any_folder_and_say_in_one_sentence_that_the_database_is_away(tmp_path):
    told = run("showmigrations", cwd=tmp_path, DATABASE_URL="postgres://usher:hunter2@127.0.0.1:9/usher")
    assert told.returncode == 1
    assert "Traceback" not in told.stderr
    assert "hunter2" not in told.stderr
    assert told.stderr.splitlines()[-1].startswith("The database can't be used: ")


def test_a_database_without_tables_names_the_command_that_makes_them(tmp_path):
    told = run("tokens", "list", cwd=tmp_path, DATA_DIR=str(tmp_path / "new"))
    assert told.returncode == 1
    assert "Traceback" not in told.stderr
    assert told.stderr.splitlines()[-1].endswith("Run the command “migrate”.")


def test_a_wrong_value_stops_a_command_with_its_sentence(tmp_path):
    told = run("check", SESSION_COOKIE_NAME="a;b", DATA_DIR=str(tmp_path), SECRET_KEY="short")
    assert told.returncode == 1
    assert "SESSION_COOKIE_NAME must be letters" in told.stderr
    assert "SECRET_KEY has fewer than 32 characters" in told.stderr
    assert "Traceback" not in told.stderr


def test_numbers_that_would_let_access_or_proof_slip_are_refused():
    """With no settling, one list that lags would prove that somebody is out who is still in."""
    told = run("check", SETTLING_SECONDS="0", WATCHDOG_TIMEOUT="86400", AUDIT_ANCHOR_MINUTES="0", RETENTION_DAYS="0")
    assert told.returncode == 1
    assert "SETTLING_SECONDS must be a whole number from 1 to 3600." in told.stderr
    assert "WATCHDOG_TIMEOUT must be a whole number from 0 to 600." in told.stderr
    assert "AUDIT_ANCHOR_MINUTES must be a whole number from 1 to 1440." in told.stderr
    assert "RETENTION_DAYS must be a whole number of at least 1." in told.stderr
