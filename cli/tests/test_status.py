"""A prompt's word: from what was last read, without waiting for anybody, and without loading much."""

import io
import json
import os
import re
import subprocess
import sys
import time

import pytest
from usher_client import status
from usher_client.cli import main

NOW = 1_800_000_000.0


@pytest.fixture
def home(tmp_path):
    return {"HOME": str(tmp_path)}


@pytest.fixture
def started(monkeypatch):
    """The processes that would have been started, in place of them."""
    made = []
    monkeypatch.setattr(status, "start", made.append)
    return made


def keep(home, known, *, age=0.0):
    where = status.path(home)
    os.makedirs(os.path.dirname(where), exist_ok=True)  # noqa: PTH103, PTH120
    with open(where, "w", encoding="utf-8") as file:  # noqa: PTH123
        json.dump(known, file)
    os.utime(where, (NOW - age, NOW - age))


def test_it_says_what_is_left_by_its_own_clock(home, started):
    held = [{"target": "prod", "ends": NOW + 1380}, {"target": "db", "ends": NOW + 5400}, {"target": "x", "ends": NOW}]
    keep(home, {"held": held, "asked": ["logs"], "review": 2})
    assert status.quick(home, NOW) == "prod 23m, db 1h30m, logs?, 2 to review"
    assert status.quick(home, NOW + 50) == "prod 22m, db 1h29m, logs?, 2 to review"
    assert started == []


def test_what_is_old_is_told_and_read_anew_by_another_process(home, started):
    keep(home, {"held": [{"target": "prod", "ends": NOW + 1380}]}, age=61)
    assert [status.quick(home, NOW) for _each in range(3)] == ["prod 23m"] * 3
    assert [argv[1:] for argv in started] == [["-m", "usher_client.cli", "status", "--refresh"]]


def test_what_is_not_there_or_broken_is_nothing(home, started):
    assert status.quick(home, NOW) == ""
    keep(home, ["no", "object"])
    assert status.quick(home, NOW) == ""
    with open(status.path(home), "w") as file:  # noqa: PTH123
        file.write("{")
    assert status.quick(home, NOW) == ""


def test_what_others_typed_is_no_order_to_the_terminal(home, started):
    keep(home, {"held": [{"target": "\x1b[31mprod", "ends": NOW + 90}]})
    assert status.quick(home, NOW) == "[31mprod 1m"


HEAVY = {"requests", "urllib3", "keyring", "argparse", "typing", "pathlib", "subprocess", "usher_client.cli", "logging"}


@pytest.mark.parametrize("age", [0, 3600])
def test_the_fast_way_loads_no_library(home, age):
    """A prompt waits for it: under 50 ms on any machine of today, which is the interpreter and a little.

    Also when it lets another process read anew, which ends at once here: it is told of no portal.
    """
    where = status.path(home)
    keep(home, {"held": [{"target": "prod", "ends": time.time() + 90_000}]})
    os.utime(where, (time.time() - age,) * 2)
    code = "import sys; from usher_client import main; sys.argv[1:] = ['status']; main.run(); print([*sys.modules])"
    done = subprocess.run([sys.executable, "-S", "-c", code], env=home, capture_output=True, text=True, check=True)
    said, modules = done.stdout.splitlines()
    assert said.startswith("prod 24h")
    assert not HEAVY & set(re.findall(r"'([\w.]+)'", modules))


def test_another_process_is_started_and_not_waited_for(tmp_path):
    done = tmp_path / "done"
    code = f"import os, sys; open({str(done)!r}, 'w').write(f'{{os.getsid(0) == os.getpid()}} {{sys.stdin.read()!r}}')"
    status.start([sys.executable, "-c", code])
    for _each in range(600):
        if done.exists() and done.read_text():
            break
        time.sleep(0.05)
    assert done.read_text() == "True ''"


def test_it_is_read_from_the_portal(portal, home):
    environment = {**home, "USHER_URL": portal.url, "USHER_TOKEN": portal.token("jon@example.com", "read", "ask")}
    out = io.StringIO()
    assert main(["ask", "prod", "--for", "1m", "--reason", "for a prompt"], environment=environment, out=out) == 0
    ref = out.getvalue()[:7]
    out = io.StringIO()
    assert main(["status", "--refresh"], environment=environment, out=out) == 0
    assert "prod?" in out.getvalue()
    assert status.quick(environment, time.time()) == out.getvalue().strip()
    assert main(["withdraw", ref], environment=environment, out=io.StringIO()) == 0
