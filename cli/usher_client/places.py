"""Where this machine keeps what the command line remembers, and how a file is written that is nobody else's."""

import os
from collections.abc import Mapping
from pathlib import Path

from usher_client.errors import Unusable


def settings_folder(environment: Mapping[str, str]) -> Path:
    home = environment.get("HOME") or str(Path("~").expanduser())
    return Path(environment.get("XDG_CONFIG_HOME") or Path(home) / ".config") / "usher"


def write_own(path: Path, text: str) -> None:
    """Write a file that only its owner reads, whole or not at all. Raises Unusable."""
    fresh = path.with_name(f"{path.name}.{os.getpid()}")
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
            file.write(text)
        fresh.replace(path)
    except OSError as error:
        raise Unusable(f"{path} can't be written: {error.strerror}.") from None
