"""The command `usher`: ask for access, decide, and give it back, from a shell or a script."""

import argparse
import os
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, NoReturn, TextIO

from usher_client import commands, completion, held, login, profiles, waiting
from usher_client import run as run_with
from usher_client.api import Client
from usher_client.commands import OK, REFUSED, UNREACHABLE, USAGE, Shell, Terminal
from usher_client.errors import Refused, Unreachable, Unusable, WrongUse
from usher_client.tokens import ASSISTANT, find_token
from usher_client.version import VERSION
from usher_client.words import plain

EXITS: Final = """\
Exits with 0 when it was done, 1 when it was refused or denied, 2 when the usage is wrong, 3 when the portal can't be
reached, 4 when waiting took too long, 130 when it was interrupted.

Sign in once with `usher login --url https://usher.example.com`. In scripts the portal is USHER_URL, and the token
USHER_TOKEN or in the file that USHER_TOKEN_FILE names.
"""
INTERRUPTED: Final = 130


@dataclass(frozen=True)
class Command:
    """What a command is called with, and what it does. `arguments` adds them to its parser."""

    help: str
    run: Callable[[Shell, argparse.Namespace], int]
    arguments: Callable[[argparse.ArgumentParser], None] = lambda _parser: None


@dataclass(frozen=True)
class SignIn:
    """A command that needs no token yet."""

    help: str
    run: Callable[[Terminal, argparse.Namespace, login.Where], int]
    arguments: Callable[[argparse.ArgumentParser], None]


def _wish(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("target", help="what you need; `usher targets` lists it. A flow without targets by its name")
    parser.add_argument("--flow", default="", help="which flow, where several give the target")
    parser.add_argument("--for", dest="duration", default="", metavar="1h", help="how long; else the flow's usual time")
    parser.add_argument("--reason", required=True, help="why you need it; whoever decides reads it")
    parser.add_argument("--ticket", default="", help="the ticket that it is for")
    parser.add_argument("--field", action="append", default=[], metavar="NAME=VALUE",
                        help="an answer to a question of the flow; again for each item of a list")  # fmt: skip


def _ask(parser: argparse.ArgumentParser) -> None:
    _wish(parser)
    parser.add_argument("--start", default="", metavar="TIME", help="begin later, such as 2026-01-31T14:30:00Z")
    parser.add_argument("--break-glass", action="store_true", help="at once without approval, in an emergency")
    parser.add_argument(
        "--dry-run", action="store_true", help="ask for nothing: say who would decide, and what is wrong"
    )
    parser.add_argument("--key", default="", metavar="TEXT", help="ask once, however often this key comes in a day")
    _waiting(parser, "wait until the access is there, or was refused")


def _waiting(parser: argparse.ArgumentParser, text: str) -> None:
    parser.add_argument("--wait", action="store_true", help=text)
    parser.add_argument("--timeout", default="1h", metavar="1h", help="wait no longer than this (1h)")


def _list(parser: argparse.ArgumentParser) -> None:
    which = parser.add_mutually_exclusive_group()
    which.add_argument("--grants", action="store_true", help="the access that you hold or will hold")
    which.add_argument("--review", action="store_true", help="what others ask for and you may decide")
    parser.add_argument("--state", default="", help="only those in this state, such as pending or active")
    parser.add_argument("--limit", type=int, default=20, metavar="20", help="no more than so many")


def _ref(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("ref", help="the request, such as R-7K3QF")


def _wait(parser: argparse.ArgumentParser) -> None:
    _ref(parser)
    parser.add_argument("--timeout", default="1h", metavar="1h", help="wait no longer than this (1h)")


def _approve(parser: argparse.ArgumentParser) -> None:
    _ref(parser)
    parser.add_argument("--comment", default="", help="a word with the decision")
    parser.add_argument(
        "--for", dest="duration", default="", metavar="30m", help="for a shorter time than was asked for"
    )


def _deny(parser: argparse.ArgumentParser) -> None:
    _ref(parser)
    parser.add_argument("--comment", required=True, help="why not; whoever asked reads it")


def _done(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("what", nargs="?", default="", help="the grant or its target; may be left out where it is one")
    _waiting(parser, "wait until the access is gone")


def _extend(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("what", nargs="?", default="", help="the grant or its target; may be left out where it is one")


def _run_arguments(parser: argparse.ArgumentParser) -> None:
    _wish(parser)
    parser.add_argument("--timeout", default="1h", metavar="1h", help="wait no longer than this (1h)")
    parser.set_defaults(start="", break_glass=False)


def _mcp(shell: Shell, given: argparse.Namespace) -> int:
    from usher_client import assistant

    return assistant.serve(shell)


COMMANDS: Final[Mapping[str, Command]] = {
    "run": Command("run a command with access that ends with it", run_with.run, _run_arguments),
    "ask": Command("ask for access", commands.ask, _ask),
    "wait": Command("wait until what was asked for is there, or was refused", waiting.wait, _wait),
    "list": Command("list your requests, your access, or what waits for you", commands.listed, _list),
    "requests": Command("the same as list", commands.listed, _list),
    "show": Command("tell all of one request", commands.show, _ref),
    "approve": Command("approve a request", commands.approve, _approve),
    "deny": Command("deny a request, and say why", commands.deny, _deny),
    "withdraw": Command("take back what you asked for", commands.withdraw, _ref),
    "done": Command("give access back now", commands.done, _done),
    "end": Command("the same as done", commands.done, _done),
    "extend": Command("hold on a little longer, where the flow allows it", commands.extend, _extend),
    "targets": Command("list what you may ask for", commands.targets),
    "whoami": Command("tell who the token acts as", commands.whoami),
    "status": Command("tell in a word what you hold, for a prompt", commands.whoami, held.arguments),
    "mcp": Command("let an assistant ask in your name, by the Model Context Protocol", _mcp),
}
SIGNING_IN: Final[Mapping[str, SignIn]] = {
    "login": SignIn("sign in with a browser, and keep a token here", login.login, login.arguments),
    "logout": SignIn("forget the token that is kept here", login.logout, login.of_logout),
}


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise WrongUse(f"{message[:1].upper()}{message[1:].rstrip('.')}.\n{self.format_usage().rstrip()}")


def parser() -> argparse.ArgumentParser:
    """Describe every command. The shells' completions are made from it, too."""
    top = _Parser(prog="usher", description=__doc__, epilog=EXITS, formatter_class=argparse.RawDescriptionHelpFormatter)
    _which_portal(top, "")
    top.add_argument("--version", action="version", version=f"usher {VERSION}")
    ways = top.add_subparsers(dest="command", metavar="COMMAND", parser_class=_Parser)
    every: dict[str, Command | SignIn] = {**COMMANDS, **SIGNING_IN}
    for name, command in every.items():
        one = ways.add_parser(name, help=command.help, description=f"{command.help.capitalize()}.", epilog=EXITS,
                              formatter_class=argparse.RawDescriptionHelpFormatter)  # fmt: skip
        one.add_argument("--json", action="store_true", help="write JSON, for scripts")
        _which_portal(one, argparse.SUPPRESS)
        command.arguments(one)
    one = ways.add_parser("completion", help="write the completion for a shell", description=completion.__doc__)
    one.add_argument("shell", choices=completion.SHELLS)
    return top


def _which_portal(parser: argparse.ArgumentParser, default: str) -> None:
    parser.add_argument("--url", default=default, help="the portal, instead of USHER_URL")
    parser.add_argument("--profile", default=default, help="the portal of this name in the settings file")


def main(
    argv: Sequence[str] | None = None, *, environment: Mapping[str, str] = os.environ, out: TextIO | None = None,
    err: TextIO | None = None, sleep: Callable[[float], None] = time.sleep,
    clock: Callable[[], float] = time.monotonic,
) -> int:  # fmt: skip
    """Run one command and return what it exits with. Nothing that it writes has the token in it."""
    out, err = out or sys.stdout, err or sys.stderr
    try:
        given = _given(sys.argv[1:] if argv is None else argv)
        if given.command is None or given.command == "completion":
            out.write(completion.script(given.shell, parser()) if given.command else parser().format_help())
            return OK
        terminal = Terminal(
            out=out, err=err, as_json=given.json, sleep=sleep, clock=clock,
            colours=err.isatty() and not environment.get("NO_COLOR"),
        )  # fmt: skip
        return _run(given, terminal, environment)
    except (WrongUse, Unusable) as error:
        err.write(f"{error}\n")
        return USAGE
    except Refused as error:
        _tell(error, err)
        return REFUSED
    except Unreachable as error:
        err.write(f"{error}\n")
        return UNREACHABLE
    except KeyboardInterrupt:
        err.write("\nInterrupted.\n")
        return INTERRUPTED


def _given(argv: Sequence[str]) -> argparse.Namespace:
    """Read what was typed. What follows two dashes is a command of its own, and nothing of ours."""
    at = list(argv).index("--") if "--" in argv else len(argv)
    given = parser().parse_args(argv[:at])
    given.argv = list(argv[at + 1 :])
    if given.argv and given.command != "run":
        raise WrongUse("Only `usher run` takes a command after two dashes.")
    return given


def _run(given: argparse.Namespace, terminal: Terminal, environment: Mapping[str, str]) -> int:
    where = login.Where(profiles.find_url(given.url, given.profile, environment), environment)
    if given.command in SIGNING_IN:
        return SIGNING_IN[given.command].run(terminal, given, where)
    kind = ASSISTANT if given.command == "mcp" else ""
    client = Client(where.url, find_token(where.url, environment, kind=kind), sleep=terminal.sleep)
    shell = Shell(**vars(terminal), client=client)
    if given.command == "status":
        return held.show(shell, given, environment)
    return COMMANDS[given.command].run(shell, given)


def _tell(error: Refused, err: TextIO) -> None:
    """Write the sentence, and those of single fields that are not in it."""
    err.write(f"{plain(error.detail)}\n")
    for name, sentence in error.errors.items():
        if sentence not in error.detail:
            err.write(f"  {plain(name)}: {plain(sentence)}\n")


def run() -> Any:
    """Be the program `usher`."""
    try:
        sys.exit(main())
    except BrokenPipeError:  # whoever read has read enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(OK)


if __name__ == "__main__":
    run()
