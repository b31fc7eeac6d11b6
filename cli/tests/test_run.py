"""A command with access that ends with it: as a process, as people start it, and as it is killed."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from usher_client.api import Client

PATIENCE = 90  # seconds
CODE = "import os, sys; print(os.environ['USHER_GRANT'], flush=True)"


@pytest.fixture(scope="module")
def jon(portal):
    return Client(portal.url, portal.token("jon@example.com", "read", "ask", "end"))


@pytest.fixture(scope="module")
def adam(portal):
    return Client(portal.url, portal.token("adam@example.com", "read", "approve"))


@pytest.fixture
def start(jon, portal):
    """Start `usher run` and end what it leaves."""
    started = []

    def start(*argv, reason="to see"):
        words = ["run", "prod", "--for", "1m", "--reason", reason, "--", *argv]
        one = subprocess.Popen(
            [sys.executable, "-m", "usher_client.main", *words], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, text=True,
            env={**os.environ, "USHER_URL": portal.url, "USHER_TOKEN": jon.token},
        )  # fmt: skip
        started.append(one)
        return one

    yield start
    for one in started:
        one.kill()
        one.communicate()
    for one in list(jon.every("/requests", state="pending")):
        jon.post(f"/requests/{one['ref']}/withdraw", {})
    for state in ("scheduled", "granting", "active"):
        for one in list(jon.every("/grants", person="jon@example.com", state=state)):
            jon.post(f"/grants/{one['ref']}/end", {})
    until(lambda: not live(jon))


def until(holds):
    end = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < end, "it did not come"
        time.sleep(0.2)


def argv_of(process):
    try:
        return Path(f"/proc/{process}/cmdline").read_text()
    except OSError:  # it is gone
        return ""


def live(jon):
    states = ("scheduled", "granting", "active", "revoking")
    return [one for state in states for one in jon.every("/grants", person="jon@example.com", state=state)]


def pending(jon):
    return list(jon.every("/requests", state="pending"))


def approve(jon, adam):
    until(lambda: pending(jon))
    adam.post(f"/requests/{pending(jon)[0]['ref']}/approve", {})


def test_it_asks_waits_runs_and_gives_back_and_passes_the_exit_on(start, jon, adam):
    one = start(sys.executable, "-c", f"{CODE}; sys.exit(7)")
    approve(jon, adam)
    out, err = one.communicate(timeout=PATIENCE)
    grant = out.strip()
    assert one.returncode == 7, err
    assert "waits for approval by Adam Novak" in err
    assert err.endswith(f"{grant} is given back.\n")
    until(lambda: jon.get(f"/grants/{grant}").body["state"] == "ended")
    assert jon.get(f"/grants/{grant}").body["end_reason"] == "returned"


def test_what_was_held_before_is_used_and_kept(start, jon, adam):
    flow = next(one for one in jon.get("/flows").body["items"] if "prod" in one["targets"])
    body = {"flow": flow["name"], "target": "prod", "duration": 60, "reason": "before"}
    asked = jon.post("/requests", body).body
    adam.post(f"/requests/{asked['ref']}/approve", {})
    until(lambda: [one for one in live(jon) if one["state"] == "active"])
    one = start(sys.executable, "-c", CODE)
    out, err = one.communicate(timeout=PATIENCE)
    assert one.returncode == 0, err
    assert "it stays yours afterwards" in err
    assert jon.get(f"/grants/{out.strip()}").body["state"] == "active"
    assert pending(jon) == []


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGHUP, 129), (signal.SIGINT, 130)])
def test_whatever_stops_it_while_it_waits_takes_the_request_back(start, jon, number, code):
    one = start(sys.executable, "-c", CODE)
    until(lambda: pending(jon))
    time.sleep(0.5)
    one.send_signal(number)
    _out, err = one.communicate(timeout=PATIENCE)
    assert (one.returncode, pending(jon)) == (code, [])
    assert "was taken back." in err


def test_who_is_terminated_terminates_the_command_and_gives_back(start, jon, adam):
    one = start(sys.executable, "-c", f"import time; {CODE}; time.sleep(600)")
    approve(jon, adam)
    grant = one.stdout.readline().strip()
    one.send_signal(signal.SIGTERM)
    _out, err = one.communicate(timeout=PATIENCE)
    assert one.returncode == 128 + signal.SIGTERM
    assert f"{grant} is given back." in err
    until(lambda: jon.get(f"/grants/{grant}").body["state"] == "ended")


def test_ctrl_c_is_the_command_s_and_access_ends_with_it(start, jon, adam):
    """A terminal sends it to both."""
    code = f"import signal, time; signal.signal(signal.SIGINT, lambda *_: sys.exit(3)); {CODE}; time.sleep(600)"
    one = start(sys.executable, "-c", code.replace("import signal", "import sys, signal", 1))
    approve(jon, adam)
    grant = one.stdout.readline().strip()
    children = Path(f"/proc/{one.pid}/task/{one.pid}/children").read_text().split()
    for process in (one.pid, *(int(child) for child in children if "usher_client.guard" not in argv_of(child))):
        os.kill(process, signal.SIGINT)
    _out, err = one.communicate(timeout=PATIENCE)
    assert one.returncode == 3, err
    assert f"{grant} is given back." in err


def test_who_is_killed_outright_gives_back_all_the_same(start, jon, adam):
    one = start(sys.executable, "-c", f"import time; {CODE}; time.sleep(5)")
    approve(jon, adam)
    grant = one.stdout.readline().strip()
    one.kill()
    until(lambda: jon.get(f"/grants/{grant}").body["state"] == "ended")


def test_a_denial_is_1_with_what_was_said_and_nothing_runs(start, jon, portal):
    one = start(sys.executable, "-c", CODE)
    until(lambda: pending(jon))
    boss = Client(portal.url, portal.token("adam@example.com", "approve"))
    boss.post(f"/requests/{pending(jon)[0]['ref']}/deny", {"comment": "Not during the audit."})
    out, err = one.communicate(timeout=PATIENCE)
    assert (one.returncode, out) == (1, "")
    assert "Not during the audit." in err


def test_a_command_that_is_not_there_asks_for_nothing(start, jon):
    one = start("no-such-command")
    _out, err = one.communicate(timeout=PATIENCE)
    assert (one.returncode, pending(jon)) == (127, [])
    assert "nothing was asked for" in err


def test_without_a_command_it_is_2(start):
    one = start()
    _out, err = one.communicate(timeout=PATIENCE)
    assert one.returncode == 2
    assert "two dashes" in err


def test_the_token_is_in_no_list_of_processes(start, jon, adam):
    one = start(sys.executable, "-c", f"import time; {CODE}; time.sleep(1)")
    approve(jon, adam)
    one.stdout.readline()
    seen = [argv_of(each.name) for each in Path("/proc").iterdir() if each.name.isdigit()]
    assert any("usher_client.guard" in each for each in seen)
    assert not any(jon.token in each for each in seen)
    one.communicate(timeout=PATIENCE)
