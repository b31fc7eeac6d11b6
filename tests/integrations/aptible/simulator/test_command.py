"""The command as a process of its own, as `make demo` starts it."""

import os
import select
import signal
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest
import requests

from integrations.aptible.simulator import Simulator
from tests.source import ROOT

SECONDS = 60


def command(*arguments: str) -> list[str]:
    return [sys.executable, "manage.py", "aptible_simulator", *arguments]


def surroundings(**more: str) -> dict[str, Any]:
    """No database there is, the project's own folder, and everything that is printed."""
    env = {**os.environ, "DATABASE_URL": "sqlite:////nowhere/at/all.sqlite3", **more}
    return {"cwd": ROOT, "env": env, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command(*arguments), timeout=SECONDS, **surroundings())  # noqa: S603 - our own command


@pytest.fixture
def process() -> Iterator[subprocess.Popen[str]]:
    started = subprocess.Popen(command("--port", "0"), **surroundings(USHER_SIMULATOR_PASSWORD="chosen"))  # noqa: S603
    with started:
        try:
            yield started
        finally:
            started.kill()


def first_line(process: subprocess.Popen[str]) -> str:
    assert process.stdout
    readable, _, _ = select.select([process.stdout], [], [], SECONDS)
    assert readable, "The command printed nothing."
    return process.stdout.readline()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_says_where_it_listens_and_stops_when_told(process, number):
    line = first_line(process)
    url = line.split()[5]
    grant = {"grant_type": "password", "username": "bot@example.com", "password": "chosen"}

    assert f"({url}/auth and {url}/api)" in line
    assert requests.post(f"{url}/auth/tokens", json=grant, timeout=10).status_code == 201

    process.send_signal(number)
    out, err = process.communicate(timeout=SECONDS)
    assert (process.returncode, out, err) == (0, "", "")


def test_a_taken_port_is_one_sentence_and_exit_2(simulator: Simulator):
    port = simulator.url.rpartition(":")[2]

    done = run("--port", port)

    sentence = f"CommandError: The simulator can't listen on 127.0.0.1 port {port}: Address already in use.\n"
    assert (done.returncode, done.stdout, done.stderr) == (2, "", sentence)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [(["--port", "70000"], "can't listen"), (["--port", "x"], "invalid int"), (["--seed", "y"], "invalid choice")],
)
def test_wrong_usage_is_exit_2(arguments: list[str], words: str):
    done = run(*arguments)

    assert done.returncode == 2
    assert words in done.stderr
    assert "Traceback" not in done.stderr


def test_help_has_an_example():
    done = run("--help")

    assert done.returncode == 0
    assert "python manage.py aptible_simulator --port 8900" in done.stdout
