"""Where a token is found, and kept: the environment, a file, the keyring of the desktop, or a file of our own."""

import json
import os
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from usher_client.errors import Unusable
from usher_client.places import settings_folder, write_own

SERVICE: Final = "usher"  # under which a keyring keeps tokens, by the portal's address
ASSISTANT: Final = "#assistant"  # behind the address, for the token that an assistant asks with


def find_token(url: str, environment: Mapping[str, str] = os.environ, *, kind: str = "") -> str:
    """Read the token: USHER_TOKEN, else the file that USHER_TOKEN_FILE names, else the keyring, else our own file.

    `kind` is ASSISTANT for the one of an assistant. Raises Unusable.
    """
    if environment.get("USHER_TOKEN"):
        return environment["USHER_TOKEN"]
    if environment.get("USHER_TOKEN_FILE"):
        path = Path(environment["USHER_TOKEN_FILE"])
        try:
            return path.read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError):
            raise Unusable(f"The file {path} that USHER_TOKEN_FILE names can't be read.") from None
    found = _in_keyring(url + kind) or _read(_own(environment)).get(url + kind)
    if not found:
        more = " --assistant" if kind else ""
        raise Unusable(
            f"There is no token. Run `usher login{more} --url {url}`, or set USHER_TOKEN or USHER_TOKEN_FILE."
        )
    return found


def keep_token(url: str, token: str, environment: Mapping[str, str], *, kind: str = "", plain: bool = False) -> str:
    """Keep it in the keyring, or in a file of our own; return where, in words. Raises Unusable."""
    if not plain and _to_keyring(url + kind, token):
        _drop(environment, url + kind)
        return "the keyring"
    path = _own(environment)
    write_own(path, json.dumps({**_read(path), url + kind: token}, indent=2))
    return str(path)


def forget_token(url: str, environment: Mapping[str, str], *, kind: str = "") -> bool:
    """Forget it wherever it is kept; whether there was one."""
    return bool([one for one in (_drop(environment, url + kind), _from_keyring(url + kind)) if one])


def _own(environment: Mapping[str, str]) -> Path:
    return settings_folder(environment) / "tokens.json"


def _read(path: Path) -> dict[str, str]:
    try:
        if os.name == "posix" and stat.S_IMODE(path.stat().st_mode) & 0o077:
            raise Unusable(f"Others on this machine may read {path}. Run `chmod 600 {path}`, and revoke what is in it.")
        found = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError):
        raise Unusable(f"{path} can't be read. Take it away, and run `usher login`.") from None
    return {str(name): str(value) for name, value in found.items()} if isinstance(found, dict) else {}


def _drop(environment: Mapping[str, str], name: str) -> bool:
    path = _own(environment)
    kept = _read(path)
    if name not in kept:
        return False
    write_own(path, json.dumps({one: token for one, token in kept.items() if one != name}, indent=2))
    return True


def _keyring() -> tuple[Any, tuple[type[Exception], ...]]:
    """The keyring, if there is one, and what it raises when it is locked, or has nowhere to keep anything."""
    try:
        import keyring
        from keyring.errors import KeyringError
    except ImportError:
        return None, ()
    return keyring, (KeyringError, OSError, RuntimeError)


def _in_keyring(name: str) -> str:
    ring, troubles = _keyring()
    try:
        return str(ring.get_password(SERVICE, name) or "") if ring else ""
    except troubles:  # there is still the file
        return ""


def _to_keyring(name: str, token: str) -> bool:
    ring, troubles = _keyring()
    if ring is None:
        return False
    try:
        ring.set_password(SERVICE, name, token)
        return bool(ring.get_password(SERVICE, name) == token)
    except troubles:
        return False


def _from_keyring(name: str) -> bool:
    ring, troubles = _keyring()
    try:
        if ring is None or not ring.get_password(SERVICE, name):
            return False
        ring.delete_password(SERVICE, name)
    except troubles:
        return False
    return True
