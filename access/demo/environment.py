"""The environment that the demo's processes run in: all on this machine, and nothing of a real installation."""

import os
import secrets
import shutil
import socket
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Final

from cryptography.fernet import Fernet

from access.demo.errors import DemoFailed
from integrations.slack.simulator import SlackSimulator

LOOPBACK: Final = "127.0.0.1"
# Set once the rest is: the command then starts itself anew, so that the settings read it.
PREPARED: Final = "USHER_DEMO_IS_PREPARED"
# Of what the settings read, this alone is taken over: the demo can be tried on a server. seed.py refuses a real one.
KEPT: Final = frozenset({"DATABASE_URL"})
# Read beside the settings, by the web server and by the simulator.
READ_ELSEWHERE: Final = frozenset({"BIND", "GUNICORN_CMD_ARGS", "USHER_SIMULATOR_PASSWORD"})
# In a folder that is named, only what an earlier check left there is thrown away.
MADE_BY_A_CHECK: Final = "made-by-demo-check"


def prepare(given: Mapping[str, str], *, read_by_settings: Collection[str], root: Path, check: bool) -> dict[str, str]:
    """Choose ports and a folder, make keys once, and return the whole environment.

    What a shell still has of a real installation, in whatever the settings read, is neither used nor reached.
    Raises DemoFailed, with a sentence, when a port is taken or is none.
    """
    port, simulator_port, slack_port = _ports(given, check=check)
    folder = _folder(given, root=root, check=check)
    auth, api = (f"http://{LOOPBACK}:{simulator_port}/{name}" for name in ("auth", "api"))
    left_out = (READ_ELSEWHERE | set(read_by_settings)) - KEPT
    kept = {name: value for name, value in given.items() if name.removesuffix("_FILE") not in left_out}
    return {
        **kept,
        PREPARED: "1",
        "DEMO": "1",
        "DATA_DIR": str(folder),
        "PORT": str(port),
        "SIMULATOR_PORT": str(simulator_port),
        "SLACK_SIMULATOR_PORT": str(slack_port),
        "BASE_URL": f"http://{LOOPBACK}:{port}",
        "ALLOWED_HOSTS": f"{LOOPBACK},localhost",
        # Browsers keep one set of cookies for all ports of a host.
        "SESSION_COOKIE_NAME": f"usher_demo_{port}",
        "APTIBLE_AUTH_ROOT_URL": auth,
        "APTIBLE_API_ROOT_URL": api,
        "EVENT_LOG": str(folder / "events.jsonl"),
        # For a receiver on this machine to try webhooks with.
        "WEBHOOK_PRIVATE_NETWORKS": f"{LOOPBACK}/32",
        "SLACK_API_URL": f"http://{LOOPBACK}:{slack_port}/api",
        "SLACK_TEAM_ID": SlackSimulator.team,
        "SLACK_BOT_TOKEN": SlackSimulator.token,
        "SLACK_SIGNING_SECRET": SlackSimulator.secret,
        "SECRET_KEY": _key(folder / "secret-key", secrets.token_urlsafe(48)),
        "ENCRYPTION_KEYS": _key(folder / "encryption-key", Fernet.generate_key().decode()),
    }


def _ports(given: Mapping[str, str], *, check: bool) -> tuple[int, ...]:
    """The ports that were asked for. A check that was told none takes free ones; Slack's follows Aptible's."""
    chosen: dict[str, int] = {}
    for name, usual in (("PORT", 8000), ("SIMULATOR_PORT", 8900), ("SLACK_SIMULATOR_PORT", 0)):
        text = given.get(name, "")
        port = usual or chosen["SIMULATOR_PORT"] + 1
        chosen[name] = _port(name, text) if text else _free_port() if check else port
    if len(set(chosen.values())) < len(chosen):
        raise DemoFailed(f"{', '.join(chosen)} must be different ports.", code=2)
    for name, port in chosen.items():
        if not _is_free(port):
            raise DemoFailed(f"Port {port} is in use: set {name} to a free one, such as {name}={port + 10}.", code=2)
    return tuple(chosen.values())


def _port(name: str, text: str) -> int:
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= 65535:
        raise DemoFailed(f"{name} must be a number from 1 to 65535.", code=2)
    return int(text)


def _free_port() -> int:
    """One below those that Linux gives to outgoing calls, so that none takes it before a server listens."""
    while not _is_free(port := 20_000 + secrets.randbelow(12_000)):
        pass
    return port


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        # As servers do: a port whose last connections are still being forgotten is free.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
    return True


def _folder(given: Mapping[str, str], *, root: Path, check: bool) -> Path:
    """The folder that everything is kept in. A check begins with an empty one."""
    named = given.get("DATA_DIR", "")
    folder = Path(named or root / "data" / ("demo-check" if check else "")).resolve()
    if check:
        mark = folder / MADE_BY_A_CHECK
        if folder.exists() and any(folder.iterdir()) and not mark.exists():
            raise DemoFailed(f"{folder} is not empty: set DATA_DIR to a new folder, or unset it.", code=2)
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        mark.touch()
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _key(file: Path, fresh: str) -> str:
    """Read a key, or keep the fresh one in a file that nobody else may read."""
    try:
        handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return file.read_text().strip()
    with os.fdopen(handle, "w") as opened:
        opened.write(fresh)
    return fresh
