"""Completion as it is typed: in a real bash, zsh and fish, at a terminal, each as the docs say to set it up.

The portal is a stand-in: what is completed is the first column of what `usher` lists.
"""

import fcntl
import io
import os
import pty
import select
import shutil
import subprocess
import termios
import time

import pytest
from usher_client.cli import main

SECONDS = 20.0
STAND_IN = """#!/bin/sh
case $1 in
    completion) cat '{here}/script'; exit ;;
    list|targets) printf 'REQUEST  STATE\\nR-7K3QF  pending\\nR-2MWXD  pending\\n'; exit ;;
esac
printf '%s\\n' "$*" >> '{here}/called'
"""
# What each shell is started with, and where the script goes.
SHELLS = {
    "bash": (["bash", "--norc", "--noprofile", "-i"], None),
    "zsh": (["zsh", "-f", "-i"], None),
    "fish": (["fish", "-i"], ".config/fish/completions/usher.fish"),
}
SET_UP = {
    "bash": "source <(usher completion bash)\n",
    "zsh": "autoload -U compinit; compinit -u -D; source <(usher completion zsh)\n",
    "fish": "",
}


@pytest.fixture(scope="session")
def shells():
    """The shells there are, once those that are missing were asked for."""
    missing = [one for one in SHELLS if not shutil.which(one)]
    if missing and os.geteuid() == 0 and shutil.which("apt-get"):
        asked = ["apt-get", "install", "--yes", "--no-install-recommends", *missing]
        subprocess.run(asked, check=False, capture_output=True, stdin=subprocess.DEVNULL, timeout=300)
    return {one for one in SHELLS if shutil.which(one)}


def _take_terminal():
    """Let the shell have the terminal as its own: fish goes without one."""
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)


class Terminal:
    """Somebody at a shell."""

    def __init__(self, argv, here):
        self.main, side = pty.openpty()
        # Else fish reads every manual page of the machine, beside the tests and after them.
        (here / ".local/share/fish/generated_completions").mkdir(parents=True, exist_ok=True)
        environment = {"PATH": f"{here}:/usr/bin:/bin", "HOME": str(here), "TERM": "xterm", "LC_ALL": "C.UTF-8"}
        self.process = subprocess.Popen(
            argv, stdin=side, stdout=side, stderr=side, env=environment, cwd=here, start_new_session=True,
            preexec_fn=_take_terminal,
        )  # fmt: skip
        os.close(side)
        self.seen = ""

    def type(self, text):
        os.write(self.main, text.encode())

    def until(self, is_so, what):
        """Read what the shell shows until something is so."""
        end = time.monotonic() + SECONDS
        while not is_so():
            assert time.monotonic() < end, f"{what}; the terminal shows {self.seen!r}"
            if select.select([self.main], [], [], 0.1)[0]:
                self.seen += os.read(self.main, 4096).decode(errors="replace")
                self._answer()

    def _answer(self):
        # A shell may ask the terminal what it is.
        for asked, answer in (("\x1b[c", "\x1b[?1;2c"), ("\x1b[0c", "\x1b[?1;2c"), ("\x1b[6n", "\x1b[1;1R")):
            if asked in self.seen:
                self.seen = self.seen.replace(asked, "")
                self.type(answer)

    def close(self):
        self.process.kill()
        self.process.wait()
        os.close(self.main)


@pytest.fixture(params=SHELLS)
def terminal(request, shells, tmp_path):
    if request.param not in shells:
        pytest.skip(f"There is no {request.param} here, and it could not be installed: nothing was tried in it.")
    script = io.StringIO()
    main(["completion", request.param], environment={}, out=script)
    (tmp_path / "script").write_text(script.getvalue())
    (tmp_path / "usher").write_text(STAND_IN.format(here=tmp_path))
    (tmp_path / "usher").chmod(0o755)
    argv, place = SHELLS[request.param]
    if place:
        (tmp_path / place).parent.mkdir(parents=True)
        shutil.copy(tmp_path / "script", tmp_path / place)
    shown = Terminal(argv, tmp_path)
    shown.called = tmp_path / "called"
    try:
        shown.type(SET_UP[request.param] + "usher ready\n")
        shown.until(lambda: "ready" in calls(shown), "it did not start")
        yield shown
    finally:
        shown.close()


def calls(terminal):
    return terminal.called.read_text().splitlines() if terminal.called.exists() else []


def completed(terminal, typed, expected):
    """Type this, with a tab at its end, and run what the line is by then."""
    before = len(calls(terminal))
    terminal.seen = ""
    terminal.type(typed + "\t")
    # As it is drawn, there may be colours between the letters that were typed and those that came.
    terminal.until(lambda: expected[-3:] in terminal.seen, f"{typed!r} was not completed to {expected!r}")
    terminal.type("\n")
    terminal.until(lambda: len(calls(terminal)) > before, "nothing was run")
    return calls(terminal)[-1].strip()


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("usher withd", "withdraw"),
        ("usher approve R-7", "approve R-7K3QF"),
        ("usher withdraw R-2", "withdraw R-2MWXD"),
        ("usher run R-2", "run R-2MWXD"),
        ("usher run --reas", "run --reason"),
        ("usher ask --tick", "ask --ticket"),
    ],
)
def test_a_tab_completes_commands_options_and_what_the_portal_has(terminal, typed, expected):
    assert completed(terminal, typed, expected) == expected


def test_behind_a_profile_too(terminal):
    line = "--profile work withdraw R-2MWXD"
    assert completed(terminal, "usher --profile work withdraw R-2", line) == line
