"""The settings file, config.toml: portals by a name of one's own, so that no address has to be typed."""

import json
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from usher_client.api import checked_url
from usher_client.errors import Unusable
from usher_client.places import settings_folder, write_own

USUAL: Final = "default"
_NAME: Final = re.compile(r"[A-Za-z0-9_-]{1,40}")


def find_url(given_url: str, given_profile: str, environment: Mapping[str, str]) -> str:
    """Find the portal: --url, --profile, USHER_URL, USHER_PROFILE, else the default of the file. Raises Unusable."""
    if given_url:
        return checked_url(given_url)
    if not given_profile and environment.get("USHER_URL"):
        return checked_url(environment["USHER_URL"])
    known = _read(_path(environment))
    name = given_profile or environment.get("USHER_PROFILE") or str(known.get("default") or USUAL)
    profile = known.get("profiles", {}).get(name)
    if isinstance(profile, dict) and isinstance(profile.get("url"), str):
        return checked_url(profile["url"])
    if given_profile or environment.get("USHER_PROFILE"):
        names = ", ".join(sorted(known.get("profiles", {}))) or "none"
        raise Unusable(f"There is no profile “{name}” in {_path(environment)}. There are: {names}.")
    raise Unusable(
        "Which portal? Run `usher login --url https://usher.example.com` once, set USHER_URL, or give --url."
    )


def keep(name: str, url: str, environment: Mapping[str, str]) -> None:
    """Write a profile into the file; the first one is the default. Raises Unusable."""
    if not _NAME.fullmatch(name):
        raise Unusable("A profile is called by letters, digits, _ and -.")
    path = _path(environment)
    known = _read(path)
    profiles = {**known.get("profiles", {}), name: {**known.get("profiles", {}).get(name, {}), "url": url}}
    write_own(path, _toml({**known, "default": known.get("default") or name}, profiles))


def _path(environment: Mapping[str, str]) -> Path:
    return settings_folder(environment) / "config.toml"


def _read(path: Path) -> dict[str, Any]:
    try:
        known = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise Unusable(f"{path} can't be read: {error}.") from None
    if not isinstance(known.get("profiles", {}), dict):
        raise Unusable(f'{path} has no profiles as tables: [profiles.NAME], and below it url = "https://…".')
    return known


def _toml(known: Mapping[str, Any], profiles: Mapping[str, Mapping[str, Any]]) -> str:
    lines = [f"{name} = {json.dumps(value)}" for name, value in known.items() if name != "profiles"]
    for name, facts in profiles.items():
        lines += ["", f"[profiles.{name}]", *(f"{key} = {json.dumps(value)}" for key, value in facts.items())]
    return "\n".join(lines) + "\n"
