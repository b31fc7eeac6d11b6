"""A portal with its worker and a simulated Aptible, as real processes on this machine."""

import os
import re
import secrets
import signal
import socket
import subprocess
import time
from contextlib import suppress
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

ROOT = Path(__file__).resolve().parents[2]
# The portal has an environment of its own; this distribution needs none of it.
PYTHON = os.environ.get("USHER_PORTAL_PYTHON", str(ROOT / ".venv" / "bin" / "python"))
PATIENCE = 120  # seconds; generous, because other things may keep the machine busy


def free_port() -> int:
    """One that is free, with the one after it, and that no outgoing call takes before it is listened to."""
    while True:
        port = 20_000 + secrets.randbelow(12_000)  # below those that Linux gives to calls
        with socket.socket() as probe, socket.socket() as next_one, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            next_one.bind(("127.0.0.1", port + 1))
            return port


class Portal:
    """Runs from `start` to `stop`. Tokens are issued by the operator's own command."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.port = folder, free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._environment = {
            **{name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ},
            "DATA_DIR": str(folder), "PORT": str(self.port), "SIMULATOR_PORT": str(free_port()), "DEBUG": "1",
        }  # fmt: skip
        self._log = folder / "portal.log"

    def start(self) -> None:
        with self._log.open("wb") as log:
            self.process = subprocess.Popen(
                [PYTHON, "manage.py", "demo"], cwd=ROOT, env=self._environment, stdin=subprocess.DEVNULL, stdout=log,
                stderr=subprocess.STDOUT,
            )  # fmt: skip
        deadline = time.monotonic() + PATIENCE
        while not self._answers():
            if self.process.poll() is not None or time.monotonic() > deadline:
                self.stop()
                raise RuntimeError(f"The portal did not start:\n{self._log.read_text()[-3000:]}")
            time.sleep(0.2)

    def stop(self) -> None:
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(30)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait(30)

    def manage(self, *arguments: str) -> str:
        """Run a command of the operator, and return what it wrote."""
        environment = {**self._environment, "DEMO": "1", "BASE_URL": self.url}
        done = subprocess.run(
            [PYTHON, "manage.py", *arguments], cwd=ROOT, env=environment, capture_output=True, text=True,
            timeout=PATIENCE, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        return done.stdout

    def token(self, person: str, *scopes: str) -> str:
        wanted = [word for scope in scopes for word in ("--scope", scope)]
        told = self.manage("tokens", "issue", "--person", person, "--label", "Tests", *wanted)
        return re.search(r"usher_[A-Za-z0-9_-]{43}", told)[0]

    def _answers(self) -> bool:
        """Whether the portal and its worker are up, as a load balancer would ask."""
        try:
            with urlopen(f"{self.url}/readyz", timeout=5) as answer:
                return answer.status == 200 and "Ctrl-C" in self._log.read_text()
        except (URLError, OSError):
            return False
