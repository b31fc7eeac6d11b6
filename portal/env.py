"""Read the environment: each value from NAME, or from the file that NAME_FILE names.

A value that can't be right does not stop the import of the settings: it is kept in `problems`,
and the system check `usher.E001` shows it as a sentence.
"""

import os
import re
import sys
from collections.abc import Collection
from dataclasses import dataclass, field
from email.utils import parseaddr
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Any, Final
from urllib.parse import SplitResult, unquote, urlsplit

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from environ import FileAwareEnv
from environ.fileaware_mapping import FileAwareMapping

DATABASES: Final = ("sqlite", "postgres", "postgresql")
# Each with its usual port. `smtps` is not among them: to some it means STARTTLS, to others TLS from the start.
MAIL_PORTS: Final = {"smtp": 25, "smtp+tls": 587, "smtp+ssl": 465}
MAIL_TO_FILES: Final = "django.core.mail.backends.filebased.EmailBackend"
# What an address of each kind can't do without.
MAIL_KINDS: Final = {
    **dict.fromkeys(MAIL_PORTS, "EMAIL_HOST"),
    **dict.fromkeys(("consolemail", "memorymail", "dummymail"), "EMAIL_BACKEND"),
    "filemail": "EMAIL_FILE_PATH",
}
# Read as it stands: the parser of django-environ takes a text that starts with a dollar for the name of another.
_values: Final = FileAwareMapping(cache=False)
problems: Final[list[str]] = []
# Every name that was asked for: the settings there are.
asked: Final[set[str]] = set()
# Networks inside: nothing in the internet, and not the addresses at which clouds hand out credentials.
INSIDE: Final = (
    "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "127.0.0.0/8", "fc00::/7", "::1/128",
)  # fmt: skip
_COOKIE_NAME: Final = re.compile(r"[A-Za-z0-9_-]{1,64}")


def text(name: str, default: str = "") -> str:
    """Read a text, stripped of the line end that files and shells leave behind. An empty one counts as none."""
    asked.add(name)
    try:
        return str(_values.get(name, "")).strip() or default
    except (OSError, ValueError):
        problems.append(f"{name}_FILE names a file that cannot be read as text.")
        return default


def choice(name: str, allowed: Collection[str], default: str) -> str:
    """Read one of a few words."""
    value = text(name, default)
    if value not in allowed:
        unset = "" if all(allowed) else ", or unset"
        problems.append(f"{name} must be one of: {', '.join(filter(None, allowed))}{unset}.")
        return default
    return value


def dsn(name: str) -> str:
    """Read where Sentry is: an address with a key and the number of a project. What is none counts as unset."""
    value = text(name)
    parts = _split(value)
    known = parts and parts.scheme in ("https", "http") and parts.username and parts.hostname
    if not value or (parts and known and parts.path.rpartition("/")[2].isdigit()):
        return value
    problems.append(f"{name} is not the address of a project at Sentry, such as https://key@sentry.example.com/1.")
    return ""


def _split(value: str) -> SplitResult | None:
    try:
        return urlsplit(value)
    except ValueError:
        return None


def flag(name: str, default: bool = False) -> bool:
    value = text(name, "1" if default else "0").lower()
    if value not in {"1", "0", "true", "false", "yes", "no", "on", "off"}:
        problems.append(f"{name} must be 1 or 0.")
    return value in {"1", "true", "yes", "on"}


def number(name: str, default: int, *, least: int = 0, most: int = sys.maxsize) -> int:
    """Read a whole number. One that can't work, as the bounds say, is a problem like one that is none."""
    value = text(name, str(default))
    if not value.isascii() or not value.isdigit():
        problems.append(f"{name} must be a whole number.")
        return default
    if not least <= int(value) <= most:
        problems.append(f"{name} must be a whole number {_bounds(least, most)}.")
        return default
    return int(value)


def _bounds(least: int, most: int) -> str:
    return f"of at least {least}" if most == sys.maxsize else f"from {least} to {most}"


def names(name: str, default: str = "") -> list[str]:
    """Read a list separated by commas; white space around each is dropped."""
    return [part.strip() for part in text(name, default).split(",") if part.strip()]


def networks(name: str) -> list[str]:
    """Read a list of networks, such as 10.20.0.0/16, separated by commas."""
    known = []
    for one in names(name):
        try:
            network = ip_network(one)
        except ValueError:
            problems.append(f"{name} must be networks such as 10.20.0.0/16, separated by commas.")
        else:
            if not _is_inside(network):
                problems.append(f"{name} has {one}, which is not a private network.")
            known.append(str(network))
    return known


def _is_inside(network: IPv4Network | IPv6Network) -> bool:
    private = (ip_network(one) for one in INSIDE)
    return any(one.version == network.version and network.subnet_of(one) for one in private)  # type: ignore[arg-type]


def cookie_name(name: str, default: str) -> str:
    """Read the name of a cookie: letters, digits, _ and -."""
    value = text(name, default)
    if not _COOKIE_NAME.fullmatch(value):
        problems.append(f"{name} must be letters, digits, _ and - alone.")
        return default
    return value


def folder(name: str, default: Path, *, is_needed: bool) -> Path:
    """Read a folder as an absolute path, and make it where it is needed, for this account alone."""
    path = Path(text(name, str(default))).absolute()
    # Path.exists() raises where a folder above may not be entered.
    if os.path.exists(path) and not os.path.isdir(path):  # noqa: PTH110, PTH112
        problems.append(f"{name} names a file. Name a folder.")
    elif is_needed:
        try:
            path.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            problems.append(f"{name} names a folder that can't be made: {error.strerror}.")
        else:
            if not os.access(path, os.W_OK | os.X_OK):
                problems.append(f"{name} names a folder that this account can't write to.")
    return path


def root_url(name: str, default: str) -> str:
    """Read the base address of a server, without the trailing slash."""
    value = text(name, default).rstrip("/")
    if not _is_root_url(value):
        problems.append(f"{name} must be an address that starts with https:// or http://.")
        return default
    return value


def database(name: str, *, sqlite: Path) -> dict[str, Any]:
    """Read a database address; without one, the embedded SQLite file is the database."""
    address = text(name)
    if not address:
        return {"ENGINE": "django.db.backends.sqlite3", "NAME": str(sqlite)}
    parsed = _parsed(address)
    if not parsed.get("NAME"):
        problems.append(f"{name} is not an address of a database, such as postgres://host:5432/name.")
        return {"ENGINE": "django.db.backends.sqlite3", "NAME": str(sqlite)}
    return parsed


@dataclass(frozen=True)
class Mail:
    """Where mail goes, in the terms of Django's settings. Without a backend it goes nowhere."""

    backend: str = ""
    host: str = ""
    port: int = 0
    user: str = ""
    password: str = field(default="", repr=False)
    use_tls: bool = False
    use_ssl: bool = False
    folder: str = ""


def mail(name: str) -> Mail:
    """Read the address of a mail server; without one, mail goes nowhere."""
    address = text(name)
    kind = address.partition(":")[0]
    parsed = _parsed_mail(address) if kind in MAIL_KINDS else {}
    if address and not parsed.get(MAIL_KINDS.get(kind, "")):
        problems.append(f"{name} is not an address of a mail server, such as smtp+tls://host:587.")
        return Mail()
    if not address or kind == "dummymail":
        return Mail()
    return Mail(
        backend=parsed["EMAIL_BACKEND"],
        host=parsed["EMAIL_HOST"] or "",
        port=parsed["EMAIL_PORT"] or MAIL_PORTS.get(kind, 0),
        user=parsed["EMAIL_HOST_USER"] or "",
        password=parsed["EMAIL_HOST_PASSWORD"] or "",
        use_tls=kind == "smtp+tls",
        use_ssl=kind == "smtp+ssl",
        folder=parsed["EMAIL_FILE_PATH"],
    )


def certificates(value: str) -> list[str]:
    """Split certificates that stand after each other in PEM. A bare base64 text is taken for one."""
    mark = "-----END CERTIFICATE-----"
    parts = [part.strip() for part in value.split(mark)]
    return [f"{part}\n{mark}" if mark in value else part for part in parts if part]


def mail_address(name: str, default: str) -> str:
    """Read an e-mail address, with or without a name before it."""
    value = text(name)
    if not value:
        return default
    try:
        validate_email(parseaddr(value)[1])
    except ValidationError:
        problems.append(f"{name} must be an e-mail address, such as Usher <usher@example.com>.")
        return default
    return value


def _parsed_mail(address: str) -> dict[str, Any]:
    try:
        parsed: dict[str, Any] = FileAwareEnv.email_url_config(address)
    except ValueError:  # of a port that is none
        return {}
    return parsed


def _parsed(address: str) -> dict[str, Any]:
    """Take the address apart; an empty dict when it is of no database that the product knows."""
    if address.partition(":")[0] not in DATABASES:
        return {}
    try:
        parsed: dict[str, Any] = FileAwareEnv.db_url_config(address)
        # A path of a socket stands percent-encoded where a host does, and paths know capitals.
        host = unquote(urlsplit(address).netloc.rpartition("@")[2].partition(":")[0])
    except ValueError:
        return {}
    return {**parsed, "HOST": host} if host.startswith("/") else parsed


def _is_root_url(value: str) -> bool:
    try:
        parts = urlsplit(value)
        # An address without a host, or with a port that is none, raises or is empty here.
        return parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0 and not parts.query
    except ValueError:
        return False
