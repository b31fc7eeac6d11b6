"""`usher run`: access for as long as a command runs, and no longer."""

import argparse
import os
import shutil
import signal
import subprocess
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Final

from usher_client import commands, words
from usher_client.commands import LOST, REFUSED, TOO_LONG, Shell
from usher_client.errors import Refused, Unreachable, WrongUse
from usher_client.guard import Guard
from usher_client.progress import Progress

NOT_FOUND: Final = 127
SIGNALS: Final = tuple(getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name))
PATIENCE: Final = 10.0  # seconds that a command has to end by itself, once it was told to
TRIES: Final = 6


class Stopped(BaseException):
    """A signal came while nothing was running yet."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number


def run(shell: Shell, given: argparse.Namespace) -> int:
    """Use what is held, or ask and wait; run the command; give back what was asked for. Return the command's exit."""
    argv: Sequence[str] = given.argv
    if not argv:
        raise WrongUse("Which command? It comes after two dashes: usher run prod --reason “…” -- aptible ssh --app api")
    program = shutil.which(argv[0])
    if program is None:
        shell.say(f"There is no command “{words.plain(argv[0])}”, so nothing was asked for.")
        return NOT_FOUND
    held = _held(shell, given.target)
    if held:
        until = words.moment(held["ends_at"])
        shell.say(words.plain(f"You hold {given.target} until {until}; it stays yours afterwards."))
        return _ran(program, argv, held, guard=None)
    with _stopping():
        try:
            grant = _given(shell, given)
            if isinstance(grant, int):
                return grant
            guard = Guard(shell.client, grant["ref"])
        except Stopped as stopped:
            return 128 + stopped.number
    try:
        return _ran(program, argv, grant, guard=guard)
    finally:
        _give_back(shell, grant)
        guard.done()


def _held(shell: Shell, target: str) -> dict[str, Any] | None:
    me = shell.client.get("/me").body["email"]
    mine = [one for one in shell.client.every("/grants", person=me, state="active") if one["target"] == target]
    return next((one for one in mine if one["person"]["email"] == me), None)


def _given(shell: Shell, given: argparse.Namespace) -> dict[str, Any] | int:
    """Ask, and wait until the access is there. An exit code: it will not come. What is stopped is taken back."""
    body = commands.body(shell, given)
    limit = commands.in_seconds(given.timeout)
    outlook = shell.client.post("/requests", body, dry_run="true").body
    if outlook["blocked"]:
        raise Refused(400, " ".join(outlook["blocked"].values()), outlook["blocked"])
    asked: dict[str, Any] = shell.client.post("/requests", body).body
    try:
        return _waited(shell, asked, _deciders(outlook), limit)
    except (Stopped, KeyboardInterrupt):
        _take_back(shell, asked["ref"])
        raise


def _waited(shell: Shell, asked: dict[str, Any], who: str, limit: float) -> dict[str, Any] | int:
    progress = Progress(shell, asked["url"])

    def settled(found: Mapping[str, Any]) -> bool:
        now = words.status(found)
        text = f"{words.STATES.get(now, now)} by {who}" if now == "pending" and who else words.STATES.get(now, now)
        progress.show(f"{found['ref']} ({found['target']}) {text}")
        return now in LOST or now == "active"

    found = commands.watch(shell, f"/requests/{asked['ref']}", settled, limit, longest=5.0, tick=progress.tick)
    progress.end()
    if found is None:
        shell.say(f"{asked['ref']} was not settled in time, and is taken back.")
        _take_back(shell, asked["ref"])
        return TOO_LONG
    if words.status(found) in LOST:
        shell.say(words.request_line(found) + "".join(f"\n{words.decision(one)}" for one in found["decisions"]))
        return REFUSED
    shell.say(words.request_line(found))
    grant: dict[str, Any] = found["grant"]
    return grant


def _deciders(outlook: Mapping[str, Any]) -> str:
    names = [one["name"] or one["email"] for stage in outlook["stages"][:1] for one in stage["at_once"]]
    shown = ", ".join(names[:4])
    return words.plain(f"{shown} and {len(names) - 4} more" if len(names) > 4 else shown)


def _take_back(shell: Shell, ref: str) -> None:
    """Withdraw what still waits, and end what was given meanwhile."""
    try:
        shell.client.post(f"/requests/{ref}/withdraw", {})
        shell.say(f"{ref} was taken back.")
    except Refused:
        grant = shell.client.get(f"/requests/{ref}").body["grant"]
        if grant and grant["state"] != "ended":
            _give_back(shell, grant)


def _give_back(shell: Shell, grant: Mapping[str, Any]) -> None:
    for turn in range(1, TRIES + 1):
        try:
            shell.client.post(f"/grants/{grant['ref']}/end", {"comment": "The command has ended."})
            shell.say(f"{grant['ref']} is given back.")
            return
        except Refused as refused:
            if refused.status != commands.CONFLICT:
                shell.say(words.plain(refused.detail))
            return
        except Unreachable as error:
            if turn < TRIES:
                shell.sleep(2.0**turn)
                continue
            until = words.moment(grant.get("ends_at"))
            shell.say(f"{error}\n{grant['ref']} could not be given back. It ends by itself {until}. Try: usher done")


def _ran(program: str, argv: Sequence[str], grant: Mapping[str, Any], *, guard: Guard | None) -> int:
    """Run it in the foreground, hand signals on to it, and return what it exits with, as a shell would tell it."""
    facts = {"USHER_GRANT": grant["ref"], "USHER_ENDS_AT": grant["ends_at"] or ""}
    child = subprocess.Popen([program, *argv[1:]], env={**os.environ, **facts})  # noqa: S603  the person's own command
    with _handing_on(child):
        code = child.wait()
    return 128 - code if code < 0 else code


@contextmanager
def _handing_on(child: "subprocess.Popen[bytes]") -> Iterator[None]:
    """A terminal sends Ctrl-C to both; what is sent to us alone, the command has to hear, too, and to heed."""

    def hand_on(number: int, _frame: object) -> None:
        if number == signal.SIGINT:
            return
        child.send_signal(number)
        timer = threading.Timer(PATIENCE, child.kill)
        timer.daemon = True
        timer.start()

    with _signals(hand_on):
        yield


@contextmanager
def _stopping() -> Iterator[None]:
    def stop(number: int, _frame: object) -> None:
        raise Stopped(number)

    with _signals(stop):
        yield


@contextmanager
def _signals(handler: Callable[[int, Any], None]) -> Iterator[None]:
    """Handle these signals so; elsewhere than in the main thread, as in some tests, they are left alone."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {one: signal.signal(one, handler) for one in SIGNALS}
    try:
        yield
    finally:
        for one, old in before.items():
            signal.signal(one, old)
