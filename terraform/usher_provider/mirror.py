"""Write the filesystem mirror from which `terraform init` installs the provider on this machine.

The folder has a script that starts this very environment, so it is good for this machine and for a container that
has the environment at the same place, and for nothing else. Terraform's lock file holds the script's hash only.
"""

import argparse
import platform
import shlex
import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Final

from usher_provider.provider import SOURCE

_MACHINES: Final = {"x86_64": "amd64", "amd64": "amd64", "aarch64": "arm64", "arm64": "arm64"}


def write(folder: Path, *, system: str = "", machine: str = "") -> Path:
    """Write the script for this machine, and return where it is. Raises ValueError on a system without scripts."""
    system = (system or platform.system()).lower()
    machine = _MACHINES.get((machine or platform.machine()).lower(), machine or platform.machine())
    if system not in ("linux", "darwin"):
        raise ValueError("Only Linux and macOS can start the provider from a script.")
    number = _version()
    path = folder / SOURCE / number / f"{system}_{machine}" / f"terraform-provider-usher_v{number}"
    path.parent.mkdir(parents=True, exist_ok=True)
    start = f"exec {shlex.quote(sys.executable)} -I -m usher_provider.main" if _is_installed() else _from_source()
    path.write_text(f'#!/bin/sh\n{start} "$@"\n', encoding="utf-8")
    path.chmod(0o755)
    return path


def configuration(folder: Path) -> str:
    """What stands in ~/.terraformrc, or in the file that TF_CLI_CONFIG_FILE names."""
    return f"""\
provider_installation {{
  filesystem_mirror {{
    path    = "{folder.resolve()}"
    include = ["{SOURCE}"]
  }}
  direct {{
    exclude = ["{SOURCE}"]
  }}
}}
"""


def _version() -> str:
    try:
        return version("terraform-provider-usher")
    except PackageNotFoundError:
        return "0.1.0"


def _is_installed() -> bool:
    try:
        return bool(version("terraform-provider-usher"))
    except PackageNotFoundError:
        return False


def _from_source() -> str:
    root = Path(__file__).resolve().parent.parent
    path = f"{root}:{root.parent / 'cli'}"  # where the client stands
    return f"PYTHONPATH={shlex.quote(path)} exec {shlex.quote(sys.executable)} -m usher_provider.main"


def run() -> None:
    """Be the program `usher-terraform-mirror`."""
    parser = argparse.ArgumentParser(prog="usher-terraform-mirror", description=__doc__)
    parser.add_argument("folder", type=Path, help="where the mirror is to be, such as ~/.terraform.d/usher")
    given = parser.parse_args()
    try:
        path = write(given.folder)
    except (ValueError, OSError) as error:
        sys.exit(f"{error}")
    sys.stdout.write(f"# {path} is written. Put this into ~/.terraformrc:\n{configuration(given.folder)}")


if __name__ == "__main__":
    run()
