"""Make a .venv beside a requirements file and put its pinned packages into it: `python3 tools/bootstrap.py FILE`.

Standard library only, and plain enough that a Python far too old for the product can say so.
"""

import subprocess
import sys
from pathlib import Path
from typing import NoReturn

OLDEST = (3, 11)
# How pip names an index that did not answer.
UNREACHABLE = ("NewConnectionError", "NameResolutionError", "ConnectTimeout", "ReadTimeout", "ProxyError", "SSLError")


def fail(sentence: str) -> NoReturn:
    """Say in one sentence why it can't go on, and leave with 2."""
    sys.stderr.write(sentence + "\n")
    sys.exit(2)


def check_python() -> None:
    if sys.version_info[:2] < OLDEST:
        fail(
            f"Usher needs Python 3.11 or newer, and {sys.executable} is {sys.version.split()[0]}:"
            " install a newer one and name it, such as `make demo PYTHON=python3.12`."
        )
    try:
        import ensurepip  # noqa: F401
        import venv  # noqa: F401
    except ImportError:
        fail(
            f"{sys.executable} can't make virtual environments: install its venv module"
            " (on Debian and Ubuntu: apt-get install python3-venv), then run the command again."
        )


def make_venv(venv: Path) -> Path:
    """Make the environment, and make it anew when its Python is gone or is not of this version."""
    python = venv / "bin" / "python"
    if _version(python) == sys.version_info[:2] and (venv / "bin" / "pip").exists():
        return python
    print(f"Making .venv with Python {sys.version.split()[0]} ...", flush=True)
    done = _run(sys.executable, "-m", "venv", "--clear", str(venv))
    if done.returncode:
        last = (done.stdout.strip().splitlines() or ["no reason was given"])[-1]
        fail(f"The virtual environment .venv could not be made: {last}")
    return python


def install(python: Path, requirements: Path) -> None:
    """Install what is pinned, and nothing that has another hash."""
    print(f"Installing {requirements.name} ...", flush=True)
    done = _run(
        str(python), "-m", "pip", "install", "--disable-pip-version-check", "--no-input",
        "--require-hashes", "-r", str(requirements),
    )  # fmt: skip
    log = requirements.parent / ".venv" / "setup.log"
    log.write_text(done.stdout, encoding="utf-8")
    if done.returncode == 0:
        return
    if any(word in done.stdout for word in UNREACHABLE):
        fail("The package index did not answer: check the network or the proxy, then run the command again.")
    if "DO NOT MATCH THE HASHES" in done.stdout:
        fail(f"A package is not the one that was pinned, so nothing was installed: {log} says which.")
    fail(f"The packages of {requirements.name} could not be installed: {log} says why.")


def _version(python: Path) -> tuple:  # type: ignore[type-arg]  # an old Python has no tuple[int, ...]
    try:
        found = _run(str(python), "-c", "import sys; print(*sys.version_info[:2])").stdout.split()
    except OSError:
        return ()
    return tuple(int(part) for part in found if part.isdigit())


def _run(*command: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, encoding="utf-8", errors="replace", check=False
    )


if __name__ == "__main__":
    if len(sys.argv) != 2:
        fail("Usage: python3 tools/bootstrap.py REQUIREMENTS_FILE")
    check_python()
    wanted = Path(sys.argv[1]).resolve()
    install(make_venv(wanted.parent / ".venv"), wanted)
