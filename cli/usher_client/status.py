"""`usher status`: what is held, in a word for a shell's prompt, from what was last read.

Nothing here waits for anybody. It is called each time a prompt is written, so it loads as little as it can, and lets
another process read anew.
"""

from __future__ import annotations

import json
import os
import sys
import time
import zlib

# To load `typing` would take longer than all else that is done here. Type checkers take this name for true.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any, Final

FRESH: Final = 60.0  # seconds
OFTENEST: Final = 20.0  # seconds between two processes that read anew
NAMES: Final = ("USHER_URL", "USHER_PROFILE", "USHER_TOKEN_FILE")


def path(environment: Mapping[str, str]) -> str:
    """Where the last answer is kept: one file for each portal, by how the environment names it."""
    home = environment.get("XDG_CACHE_HOME") or os.path.join(environment.get("HOME", ""), ".cache")  # noqa: PTH118
    named = "\n".join(environment.get(name, "") for name in NAMES)
    return os.path.join(home, "usher", f"status-{zlib.crc32(named.encode()):08x}.json")  # noqa: PTH118


def quick(environment: Mapping[str, str], now: float) -> str:
    """The line for a prompt. When what is known is old, a process that is not waited for reads it anew."""
    where = path(environment)
    try:
        with open(where, encoding="utf-8") as file:  # noqa: PTH123  pathlib is slow to load
            known = json.load(file)
        age = now - os.stat(where).st_mtime  # noqa: PTH116
    except (OSError, ValueError):
        known, age = {}, FRESH
    if age >= FRESH or age < 0:
        _read_anew(where, now)
    return line(known, now) if isinstance(known, dict) else ""


def line(known: Mapping[str, Any], now: float) -> str:
    """Say what is held with what is left of it, what is asked for, and how much there is to review."""
    held = [(one["target"], one["ends"] - now) for one in known.get("held", ())]
    parts = [f"{target} {_left(seconds)}" for target, seconds in held if seconds > 0]
    parts += [f"{target}?" for target in known.get("asked", ())]
    parts += [f"{known['review']} to review"] if known.get("review") else []
    return "".join(sign for sign in ", ".join(parts) if sign.isprintable())


def _left(seconds: float) -> str:
    minutes = int(seconds // 60)
    return f"{minutes // 60}h{minutes % 60:02}m" if minutes >= 60 else f"{minutes}m"


def _read_anew(where: str, now: float) -> None:
    mark = f"{where}.reading"
    try:
        os.makedirs(os.path.dirname(where), mode=0o700, exist_ok=True)  # noqa: PTH103, PTH120
        if os.path.exists(mark) and 0 <= now - os.stat(mark).st_mtime < OFTENEST:  # noqa: PTH110, PTH116
            return
        with open(mark, "w", encoding="utf-8"):  # noqa: PTH123
            pass
        os.utime(mark, (now, now))
        start([sys.executable, "-m", "usher_client.cli", "status", "--refresh"])
    except OSError:
        return


def start(argv: list[str]) -> None:
    """Start a process that nobody waits for, with nothing open. To load `subprocess` takes half as long as the rest."""
    try:
        nothing = [(os.POSIX_SPAWN_OPEN, stream, os.devnull, os.O_RDWR, 0) for stream in range(3)]
        os.posix_spawn(argv[0], argv, os.environ, file_actions=nothing, setsid=True)
    except (AttributeError, NotImplementedError):  # not on Windows, nor on an old macOS
        import subprocess

        none = subprocess.DEVNULL
        subprocess.Popen(argv, stdin=none, stdout=none, stderr=none, start_new_session=True)  # noqa: S603  this program


def main(argv: list[str]) -> bool:
    """Answer `usher status` and nothing else; whether it was that."""
    if argv != ["status"]:
        return False
    sys.stdout.write(f"{quick(os.environ, time.time())}\n".lstrip("\n"))
    return True
