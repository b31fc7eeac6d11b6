"""The command `usher`: ask for access, decide, and give it back, from a shell or a script."""

import argparse
import os
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, NoReturn, TextIO

from usher_client import commands, completion
from usher_client.api import Client, Refused, Unreachable, Unusable, checked_url, find_token
from usher_client.commands import OK, REFUSED, UNREACHABLE, USAGE, Shell, WrongUse
from usher_client.words import plain

EXITS: Final = """\
Exits with 0 when it was done, 1 when it was refused or denied, 2 when the usage is wrong, 3 when the portal can't be
reached, 4 when waiting took too long, 130 when it was interrupted.

The portal is USHER_URL. The token is USHER_TOKEN, or the file that USHER_TOKEN_FILE names, or in the keyring:
  keyring set usher https://usher.example.com
"""
INTERRUPTED: Final = 130


@dataclass(frozen=True)
class Command:
    """What a command is called with, and what it does. `arguments` adds them to its parser."""

    help: str
    run: Callable[[Shell, argparse.Namespace], int]
    arguments: Callable[[argparse.ArgumentParser], None] = lambda _parser: None


def _ask(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("target", help="what you need; `usher targets` lists it. A flow without targets by its name")
    parser.add_argument("--flow", default="", help="which flow, where several give the target")
    parser.add_argument("--for", dest="duration", default="", metavar="1h", help="how long; else the flow's usual time")
    parser.add_argument("--reason", required=True, help="why you need it; whoever decides reads it")
    parser.add_argument("--ticket", default="", help="the ticket that it is for")
    parser.add_argument("--field", action="append", default=[], metavar="NAME=VALUE",
                        help="an answer to a question of the flow; again for each item of a list")  # fmt: skip
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


COMMANDS: Final[Mapping[str, Command]] = {
    "ask": Command("ask for access", commands.ask, _ask),
    "list": Command("list your requests, your access, or what waits for you", commands.listed, _list),
    "show": Command("tell all of one request", commands.show, _ref),
    "approve": Command("approve a request", commands.approve, _approve),
    "deny": Command("deny a request, and say why", commands.deny, _deny),
    "withdraw": Command("take back what you asked for", commands.withdraw, _ref),
    "done": Command("give access back now", commands.done, _done),
    "extend": Command("hold on a little longer, where the flow allows it", commands.extend, _extend),
    "targets": Command("list what you may ask for", commands.targets),
    "whoami": Command("tell who the token acts as", commands.whoami),
}


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise WrongUse(f"{message[:1].upper()}{message[1:].rstrip('.')}.\n{self.format_usage().rstrip()}")


def parser() -> argparse.ArgumentParser:
    """Describe every command. The shells' completions are made from it, too."""
    top = _Parser(prog="usher", description=__doc__, epilog=EXITS, formatter_class=argparse.RawDescriptionHelpFormatter)
    top.add_argument("--url", default="", help="the portal, instead of USHER_URL")
    ways = top.add_subparsers(dest="command", required=True, metavar="COMMAND", parser_class=_Parser)
    for name, command in COMMANDS.items():
        one = ways.add_parser(name, help=command.help, description=f"{command.help.capitalize()}.", epilog=EXITS,
                              formatter_class=argparse.RawDescriptionHelpFormatter)  # fmt: skip
        one.add_argument("--json", action="store_true", help="write JSON, for scripts")
        command.arguments(one)
    one = ways.add_parser("completion", help="write the completion for a shell", description=completion.__doc__)
    one.add_argument("shell", choices=completion.SHELLS)
    return top


def main(
    argv: Sequence[str] | None = None, *, environment: Mapping[str, str] = os.environ, out: TextIO | None = None,
    err: TextIO | None = None, sleep: Callable[[float], None] = time.sleep,
    clock: Callable[[], float] = time.monotonic,
) -> int:  # fmt: skip
    """Run one command and return what it exits with. Nothing that it writes has the token in it."""
    out, err = out or sys.stdout, err or sys.stderr
    try:
        given = parser().parse_args(argv)
        if given.command == "completion":
            out.write(completion.script(given.shell, parser()))
            return OK
        url = checked_url(given.url or environment.get("USHER_URL", "") or _missing_url())
        client = Client(url, find_token(url, environment), sleep=sleep)
        shell = Shell(client, out, err, as_json=given.json, sleep=sleep, clock=clock)
        return COMMANDS[given.command].run(shell, given)
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


def _missing_url() -> NoReturn:
    raise Unusable("Which portal? Set USHER_URL, such as https://usher.example.com, or give --url.")


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
