"""The portal's web server as a real process, and a caller of its API."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

import requests
from django.conf import settings
from django.utils import timezone

from access.models import User
from access.people import tokens
from tests.worker_process import PATIENCE, until

SCOPES = ("read", "ask", "approve", "end")


class WebProcess:
    """A gunicorn on a free port. `address` answers once `until_it_answers` has returned."""

    def __init__(self, environment: Mapping[str, str], *, log: Path) -> None:
        self._log = log
        self.address = f"http://127.0.0.1:{free_port()}"
        own = {"BASE_URL": self.address, "BIND": self.address.removeprefix("http://"), "SECRET_KEY": "s" * 50}
        with log.open("ab") as out:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "gunicorn", "--config", "python:portal.server"],
                cwd=settings.BASE_DIR,
                env={**os.environ, **environment, **own},
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    @property
    def log(self) -> str:
        return self._log.read_text()

    def until_it_answers(self) -> None:
        until(self._answers, what="the web server answers")

    def _answers(self) -> bool:
        try:
            return requests.get(f"{self.address}/healthz", timeout=5).ok
        except (requests.ConnectionError, requests.Timeout):  # it starts, and has no thread for it yet
            return False

    def kill(self) -> None:
        """kill -9 all of it, as a power cut would."""
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(PATIENCE)


class Caller:
    """Somebody who has a token of their own, and speaks to whichever web server is named."""

    def __init__(self, person: User) -> None:
        now = timezone.now()
        _token, text = tokens.issue(
            person=person, actor="cli", label="Tests", scopes=SCOPES, expires_at=now + timedelta(days=1), now=now
        )
        self._session = requests.Session()
        self._session.headers["Authorization"] = f"Bearer {text}"

    def post(self, web: WebProcess, path: str, body: Any = None) -> Any:
        """Raises requests.HTTPError for whatever is no success."""
        answer = self._session.post(f"{web.address}/api/v1{path}", json=body, timeout=PATIENCE)
        answer.raise_for_status()
        return answer.json()


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])
