"""What each command does: a few calls, and what is written of them."""

import argparse
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, TextIO

from usher_client import words
from usher_client.answers import WrongAnswer, answers, seconds
from usher_client.api import Client
from usher_client.errors import Refused, Unreachable, WrongUse

OK: Final = 0
CONFLICT: Final = 409
REFUSED: Final = 1
USAGE: Final = 2
UNREACHABLE: Final = 3
TOO_LONG: Final = 4
# A request that nobody will decide any more, or access that is gone again.
LOST: Final = frozenset({"denied", "withdrawn", "lapsed", "ended"})
HELD: Final = ("scheduled", "granting", "active")
COLOURS: Final = {"red": 31, "green": 32, "yellow": 33}
FIRST_PAUSE, LONGEST_PAUSE = 1.0, 15.0  # seconds between two looks


@dataclass(frozen=True, kw_only=True)
class Terminal:
    """Where a command runs: what it writes to, and its clock."""

    out: TextIO
    err: TextIO
    as_json: bool
    sleep: Callable[[float], None]
    clock: Callable[[], float]  # seconds that only go up
    colours: bool = False

    def write(self, found: Any, text: str) -> None:
        """Write what was found: as JSON where that was asked for."""
        self.out.write((json.dumps(found, indent=2, ensure_ascii=False) if self.as_json else text) + "\n")
        self.out.flush()

    def tinted(self, text: str, colour: str) -> str:
        """The text in a colour, where colours are wanted and there is a terminal."""
        return f"\x1b[{COLOURS[colour]}m{text}\x1b[0m" if self.colours else text

    def say(self, text: str) -> None:
        """Tell something beside what the command gives."""
        self.err.write(text + "\n")
        self.err.flush()


@dataclass(frozen=True, kw_only=True)
class Shell(Terminal):
    """The same, with the portal that was signed in to."""

    client: Client


def ask(shell: Shell, given: argparse.Namespace) -> int:
    wanted = body(shell, given)
    limit = in_seconds(given.timeout)
    if given.dry_run:
        return _foreseen(shell, shell.client.post("/requests", wanted, dry_run="true").body)
    asked = shell.client.post("/requests", wanted, key=given.key).body
    if not given.wait:
        shell.write(asked, f"{words.request_line(asked)}\n{asked['url']}")
        return OK
    shell.say(f"{words.request_line(asked)}\n{asked['url']}")
    return waited(shell, asked, limit)


def body(shell: Shell, given: argparse.Namespace) -> dict[str, Any]:
    """What is asked for, as the API takes it. Raises WrongUse."""
    flow, target = flow_of(shell, given.target, given.flow)
    told: dict[str, Any] = {"flow": flow["name"], "reason": given.reason, "ticket": given.ticket}
    if target:
        length = in_seconds(given.duration) if given.duration else flow["default_duration"]
        told |= {"target": target, "duration": length}
    try:
        told["fields"] = answers(given.field, flow["fields"])
    except WrongAnswer as error:
        raise WrongUse(str(error)) from None
    told |= {"starts_at": given.start} if given.start else {}
    return told | ({"break_glass": True} if given.break_glass else {})


def waited(shell: Shell, asked: dict[str, Any], limit: float) -> int:
    def settled(found: Mapping[str, Any]) -> bool:
        now = words.status(found)
        return now in LOST or now == "active" or (now == "approved" and not found["target"])

    ref = asked["ref"]
    try:
        found = watch(shell, f"/requests/{ref}", settled, limit)
    except KeyboardInterrupt:
        shell.say(f"\n{ref} goes on without this command: {asked['url']}\nTo take it back: usher withdraw {ref}")
        raise
    if found is None:
        shell.say(f"{ref} is not settled yet, and goes on: {asked['url']}")
        return TOO_LONG
    shell.write(found, words.request_line(found))
    return REFUSED if words.status(found) in LOST else OK


def watch(
    shell: Shell, path: str, settled: Callable[[Mapping[str, Any]], bool], limit: float, *,
    longest: float = LONGEST_PAUSE, tick: Callable[[], None] = lambda: None,
) -> dict[str, Any] | None:  # fmt: skip
    """Look again and again, after longer and longer pauses, until it is settled. None: it took too long.

    `tick` is called each second in between.
    """
    end, pause, told = shell.clock() + limit, FIRST_PAUSE, ""
    while True:
        try:
            found: dict[str, Any] = shell.client.get(path).body
        except Unreachable as error:
            if str(error) != told:
                shell.say(f"{error} Trying again.")
            told = str(error)
        else:
            if settled(found):
                return found
        left = end - shell.clock()
        if left <= 0:
            return None
        until = shell.clock() + min(pause, left)
        while (rest := until - shell.clock()) > 0:
            shell.sleep(min(1.0, rest))
            tick()
        pause = min(pause * 1.5, longest)


def _foreseen(shell: Shell, outlook: Mapping[str, Any]) -> int:
    lines = [outlook["decides"]] if outlook["decides"] else []
    lines += [f"{name}: {sentence}" for name, sentence in outlook["blocked"].items()]
    shell.write(outlook, "\n".join(map(words.plain, lines)) or f"Nothing is in its way ({outlook['path']}).")
    return REFUSED if outlook["blocked"] else OK


def flow_of(shell: Shell, name: str, wanted: str) -> tuple[Mapping[str, Any], str]:
    """Find the flow that gives a target, or the one of that name that gives none. Raises WrongUse."""
    flows = shell.client.get("/flows").body["items"]
    fitting = [one for one in flows if name in one["targets"] or (one["name"] == name and not one["targets"])]
    if not fitting:
        known = sorted({target for one in flows for target in one["targets"]})
        raise WrongUse(f"There is no “{name}” to ask for. There are: {', '.join(known) or 'none'}.")
    named = [one for one in fitting if one["name"] == wanted] if wanted else fitting
    if len(named) != 1:
        names = ", ".join(one["name"] for one in fitting)
        raise WrongUse(f"“{name}” can be asked for in: {names}. Choose one with --flow.")
    return named[0], name if name in named[0]["targets"] else ""


def listed(shell: Shell, given: argparse.Namespace) -> int:
    if given.limit < 1:
        raise WrongUse("--limit takes a number from 1 on.")
    me = shell.client.get("/me").body["email"]
    if given.grants:
        found = _first(shell.client.every("/grants", person=me, state=given.state), given.limit,
                       lambda one: bool(given.state) or one["state"] != "ended")  # fmt: skip
        rows = [(one["ref"], one["state"], one["target"], words.moment(one["ends_at"])) for one in found]
        return _table(shell, found, ("GRANT", "STATE", "TARGET", "ENDS"), rows)
    if given.review:
        waiting = shell.client.every("/requests", state="pending")
        found = _first(waiting, given.limit, lambda one: one["requester"]["email"] != me)
    else:
        found = _first(shell.client.every("/requests", requester=me, state=given.state), given.limit)
    head = ("REQUEST", "STATE", "TARGET", "FOR", "BY", "REASON")
    return _table(shell, found, head, [_row(one) for one in found])


def _first(
    rows: Any, limit: int, keep: Callable[[Mapping[str, Any]], bool] = lambda _one: True
) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for one in rows:
        if keep(one):
            found.append(one)
        if len(found) == limit:
            break
    return found


def _row(one: Mapping[str, Any]) -> tuple[object, ...]:
    time = words.length(one["approved_duration"] or one["duration"])
    return one["ref"], words.status(one), one["target"] or one["flow"], time, one["requester"]["email"], one["reason"]


def _table(shell: Shell, found: Any, head: tuple[str, ...], rows: Sequence[tuple[object, ...]]) -> int:
    shell.write(found, words.table(head, rows) if rows else "There is nothing.")
    return OK


def show(shell: Shell, given: argparse.Namespace) -> int:
    found = shell.client.get(f"/requests/{part(given.ref)}").body
    shell.write(found, words.request_page(found))
    return OK


def approve(shell: Shell, given: argparse.Namespace) -> int:
    body = {"comment": given.comment, **({"duration": in_seconds(given.duration)} if given.duration else {})}
    return _decided(shell, given.ref, "approve", body)


def deny(shell: Shell, given: argparse.Namespace) -> int:
    return _decided(shell, given.ref, "deny", {"comment": given.comment})


def withdraw(shell: Shell, given: argparse.Namespace) -> int:
    return _decided(shell, given.ref, "withdraw", {})


def _decided(shell: Shell, ref: str, verb: str, body: Mapping[str, Any]) -> int:
    found = shell.client.post(f"/requests/{part(ref)}/{verb}", dict(body)).body
    shell.write(found, words.request_line(found))
    return OK


def done(shell: Shell, given: argparse.Namespace) -> int:
    limit = in_seconds(given.timeout)
    # What has not begun goes first, so that it does not begin when the other one ends.
    refs = [one["ref"] for one in _grants(shell, given.what)]
    found = [_given_back(shell, ref, alone=len(refs) == 1) for ref in refs]
    for number, one in enumerate(found):
        if given.wait and one["state"] != "ended":
            ended = watch(shell, f"/grants/{one['ref']}", lambda seen: seen["state"] == "ended", limit)
            if ended is None:
                shell.say(f"{one['ref']} is not gone yet. The portal goes on trying.")
                return TOO_LONG
            found[number] = ended
    lines = [f"{one['ref']} ({one['target']}) {words.STATES.get(one['state'], one['state'])}." for one in found]
    shell.write(found, "\n".join(map(words.plain, lines)))
    return OK


def _given_back(shell: Shell, ref: str, *, alone: bool) -> dict[str, Any]:
    """End it; what ended while this was asked, as an extension does that became a part of what is held, is as good."""
    try:
        body: dict[str, Any] = shell.client.post(f"/grants/{ref}/end", {}).body
    except Refused as refused:
        if alone or refused.status != CONFLICT:
            raise
        body = shell.client.get(f"/grants/{ref}").body
        if body.get("state") not in ("revoking", "ended"):
            raise
    return body


def extend(shell: Shell, given: argparse.Namespace) -> int:
    ref = _grants(shell, given.what)[-1]["ref"]  # what is held, before what has not begun
    found = shell.client.post(f"/grants/{ref}/extend", {}).body
    shell.write(found, words.plain(f"{ref} ({found['target']}) is held until {words.moment(found['ends_at'])}."))
    return OK


def _grants(shell: Shell, what: str) -> list[dict[str, Any]]:
    """Find what is meant: by its reference, or all that is held of one target. Raises WrongUse."""
    if what[:2].upper() == "G-":
        return [{"ref": part(what)}]
    me = shell.client.get("/me").body["email"]
    seen = [one for state in HELD for one in shell.client.every("/grants", person=me, state=state)]
    mine = {one["ref"]: one for one in seen if one["person"]["email"] == me and what in ("", one["target"])}
    if not mine:
        raise WrongUse(f"You hold no {words.plain(what)}." if what else "You hold nothing.")
    if len({one["target"] for one in mine.values()}) > 1:
        names = [words.plain(f"{ref} ({one['target']})") for ref, one in mine.items()]
        raise WrongUse(f"Which one? {', '.join(names)}.")
    return list(mine.values())


def targets(shell: Shell, _given: argparse.Namespace) -> int:
    found = shell.client.get("/targets").body["items"]
    rows = [(one["name"], one["risk"], ", ".join(one["flows"]), one["label"]) for one in found]
    return _table(shell, found, ("TARGET", "RISK", "FLOWS", "LABEL"), rows)


def whoami(shell: Shell, _given: argparse.Namespace) -> int:
    found = shell.client.get("/me").body
    token = found["token"]
    text = f"{found['email']} by the token {token['ref']}, which may {', '.join(token['scopes'])}"
    shell.write(found, words.plain(f"{text} until {words.moment(token['expires_at'])}."))
    return OK


def in_seconds(text: str) -> int:
    try:
        return seconds(text)
    except WrongAnswer as error:
        raise WrongUse(str(error)) from None


def part(ref: str) -> str:
    """A reference as a part of an address, which nothing else can slip into."""
    if not ref.replace("-", "").isalnum() or not ref.isascii():
        raise WrongUse(f"“{words.plain(ref)}” is no reference, such as R-7K3QF.")
    return ref.upper()
