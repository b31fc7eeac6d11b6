"""`usher login`: a code here, confirmed in a browser there, gives a token of one's own (RFC 8628)."""

import argparse
import contextlib
import getpass
import socket
import webbrowser
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from usher_client import profiles, tokens, words
from usher_client.api import Client, checked_url, post_form
from usher_client.commands import OK, REFUSED, TOO_LONG, Terminal
from usher_client.errors import Refused, Unreachable

GRANT: Final = "urn:ietf:params:oauth:grant-type:device_code"
SCOPES: Final = "read ask approve end"
OF_ASSISTANT: Final = "read assist end"


@dataclass(frozen=True)
class Where:
    """The portal that is signed in to, and what this machine's environment says."""

    url: str
    environment: Mapping[str, str]


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--assistant", action="store_true", help="a second token, for `usher mcp`: it can't approve")
    parser.add_argument("--name", default="", metavar="NAME", help="keep the portal as this profile (default)")
    parser.add_argument("--no-browser", action="store_true", help="open no browser; only say the address")
    parser.add_argument("--plain-file", action="store_true", help="keep the token in a file, not in the keyring")


def of_logout(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--assistant", action="store_true", help="forget the one for assistants")


def login(shell: Terminal, given: argparse.Namespace, where: Where) -> int:
    """Begin, show the code, ask until somebody has answered, and keep what was given."""
    status, told = post_form(
        where.url, "/login/device/code/",
        {"scope": OF_ASSISTANT if given.assistant else SCOPES, "machine": _machine(assistant=given.assistant)},
    )  # fmt: skip
    if status != 200:
        raise Refused(status, "The portal takes no sign-in at the moment: too many wait. Try again in ten minutes.")
    address = _address(where.url, str(told["verification_uri_complete"]))
    shell.say(f"Open {words.plain(address)}\nand compare the code: {words.plain(told['user_code'])}")
    if not given.no_browser:
        with contextlib.suppress(webbrowser.Error, OSError):
            webbrowser.open(address)
    found = _answered(shell, where.url, told)
    if found is None:
        shell.say("Nobody confirmed it in time. Run `usher login` again.")
        return TOO_LONG
    if "access_token" not in found:
        shell.say("It was refused in the browser, so there is no token.")
        return REFUSED
    kind = tokens.ASSISTANT if given.assistant else ""
    place = tokens.keep_token(where.url, found["access_token"], where.environment, kind=kind, plain=given.plain_file)
    profiles.keep(given.name or given.profile or profiles.USUAL, where.url, where.environment)
    me = Client(where.url, found["access_token"]).get("/me").body
    until = words.moment(me["token"]["expires_at"])
    text = f"Signed in as {me['email']} until {until}. The token {me['token']['ref']} is in {place}."
    shell.write({"url": where.url, "kept_in": place, **me}, words.plain(text))
    return OK


def logout(shell: Terminal, given: argparse.Namespace, where: Where) -> int:
    kind = tokens.ASSISTANT if given.assistant else ""
    was = tokens.forget_token(where.url, where.environment, kind=kind)
    page = f"{where.url}/account/tokens/"
    text = f"Forgotten here. It is good until it expires, or is revoked: {page}" if was else "There was no token here."
    shell.write({"forgotten": was, "revoke": page}, text)
    return OK


def _answered(shell: Terminal, url: str, told: Mapping[str, Any]) -> dict[str, Any] | None:
    """Ask as often as the portal allows, until it was confirmed or refused. None: time is up."""
    pause, end = float(told.get("interval", 5)), shell.clock() + float(told.get("expires_in", 600))
    while shell.clock() < end:
        shell.sleep(pause)
        try:
            _status, found = post_form(
                url, "/login/device/token/", {"grant_type": GRANT, "device_code": str(told["device_code"])}
            )
        except Unreachable:
            continue
        match found.get("error"):
            case None | "access_denied":
                return found
            case "slow_down":
                pause += 5
            case "authorization_pending":
                pass
            case _:
                return None
    return None


def _machine(*, assistant: bool) -> str:
    try:
        name = f"{getpass.getuser()}@{socket.gethostname()}"
    except (OSError, KeyError):
        name = socket.gethostname()
    return f"assistant of {name}" if assistant else name


def _address(url: str, named: str) -> str:
    """The page as this machine reaches the portal. Another one that it names is shown, and opened nowhere else."""
    return checked_url(url) + "/login/device/" + ("?" + named.partition("?")[2] if "?" in named else "")
