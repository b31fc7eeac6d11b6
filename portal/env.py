"""Read the environment: each value from NAME, or from the file that NAME_FILE names.

A value that can't be right does not stop the import of the settings: it is kept in `problems`,
and the system check `usher.E001` shows it as a sentence.
"""

from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import environ
from django.core.exceptions import ImproperlyConfigured

_env: Final = environ.FileAwareEnv()
problems: Final[list[str]] = []


def text(name: str, default: str = "") -> str:
    """Read a text, stripped of the line end that files and shells leave behind."""
    try:
        return str(_env.str(name, default=default)).strip()
    except (OSError, ImproperlyConfigured):
        problems.append(f"{name}_FILE names a file that cannot be read.")
        return default


def flag(name: str, default: bool = False) -> bool:
    value = text(name, "1" if default else "0").lower()
    if value not in {"1", "0", "true", "false", "yes", "no", "on", "off", ""}:
        problems.append(f"{name} must be 1 or 0.")
    return value in {"1", "true", "yes", "on"}


def number(name: str, default: int) -> int:
    value = text(name, str(default))
    if not value.isdigit():
        problems.append(f"{name} must be a whole number.")
        return default
    return int(value)


def names(name: str, default: str = "") -> list[str]:
    """Read a list separated by commas; white space around each is dropped."""
    return [part.strip() for part in text(name, default).split(",") if part.strip()]


def root_url(name: str, default: str) -> str:
    """Read the base address of a server, without the trailing slash."""
    value = text(name, default).rstrip("/")
    parts = urlsplit(value)
    if parts.scheme not in {"http", "https"} or not parts.netloc:
        problems.append(f"{name} must be an address that starts with https:// or http://.")
        return default
    return value


def database(name: str, *, sqlite: Path) -> dict[str, Any]:
    """Read a database address; without one, the embedded SQLite file is the database."""
    address = text(name)
    if not address:
        return {"ENGINE": "django.db.backends.sqlite3", "NAME": str(sqlite)}
    try:
        parsed: dict[str, Any] = _env.db_url_config(address)
    except (ImproperlyConfigured, ValueError, KeyError):
        problems.append(f"{name} is not an address of a database, such as postgres://user:password@host:5432/name.")
        return {"ENGINE": "django.db.backends.sqlite3", "NAME": str(sqlite)}
    return parsed
