"""What one holds, asks for and may decide, read from the portal and kept for `usher status`."""

import argparse
import json
import time
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from usher_client import status
from usher_client.commands import OK, Shell
from usher_client.places import write_own


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--refresh", action="store_true", help="read it from the portal now")


def show(shell: Shell, given: argparse.Namespace, environment: Mapping[str, str]) -> int:
    """Read it anew, keep it, and write the line that a prompt shows."""
    known = _read(shell)
    write_own(Path(status.path(environment)), json.dumps(known))
    line = status.line(known, time.time())
    shell.write(known, line) if line or shell.as_json else None
    return OK


def _read(shell: Shell) -> dict[str, Any]:
    me = shell.client.get("/me").body["email"]
    held = [one for one in shell.client.every("/grants", person=me, state="active") if one["person"]["email"] == me]
    pending = list(shell.client.every("/requests", state="pending"))
    mine = [one for one in pending if one["requester"]["email"] == me]
    return {
        "held": [{"target": one["target"], "ends": _at(one["ends_at"])} for one in held if one["ends_at"]],
        "asked": sorted({one["target"] or one["flow"] for one in mine}),
        "review": len([one for one in pending if one["requester"]["email"] != me]),
    }


def _at(text: str) -> float:
    return datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()
