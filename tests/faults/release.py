"""The release before this one, from the repository, run beside today's."""

import os
import re
import signal
import subprocess
import sys
import tarfile
from collections.abc import Mapping
from io import BytesIO
from pathlib import Path

import requests

from tests import source
from tests.worker_process import until


def before() -> str:
    """The commit that docs/upgrade.md names."""
    [commit] = re.findall(
        r"The release before is commit `([0-9a-f]{7,40})`", (source.ROOT / "docs/upgrade.md").read_text()
    )
    return str(commit)


def unpack(commit: str, into: Path) -> Path:
    """Put the code of that commit into a folder. Raises CalledProcessError where the history is not there."""
    told = subprocess.run(  # noqa: S603  a commit's name, out of our own document
        ["git", "archive", commit], cwd=source.ROOT, capture_output=True, check=True,  # noqa: S607
    )  # fmt: skip
    with tarfile.open(fileobj=BytesIO(told.stdout)) as archive:
        archive.extractall(into, filter="data")
    return into


class Release:
    """The web server of a tree of code, on the database that the environment names."""

    def __init__(self, root: Path, environment: Mapping[str, str], *, port: int) -> None:
        self.root, self.port = root, port
        self.environment = {**os.environ, **environment}
        self._web: subprocess.Popen[bytes] | None = None

    def start_web(self, log: Path) -> None:
        with log.open("ab") as out:
            self._web = subprocess.Popen(  # noqa: S603  our own command line
                [sys.executable, "-m", "gunicorn", "portal.wsgi", "--bind", f"127.0.0.1:{self.port}", "--threads", "4",
                 "--no-control-socket"],
                env=self.environment, cwd=self.root, stdin=subprocess.DEVNULL, stdout=out, stderr=out,
                start_new_session=True,
            )  # fmt: skip
        until(self._answers, what=f"the web server of {self.root} answers")

    def stop_web(self) -> None:
        if self._web:
            os.killpg(self._web.pid, signal.SIGKILL)
            self._web.wait()

    def get(self, path: str) -> requests.Response:
        return requests.get(f"http://127.0.0.1:{self.port}{path}", timeout=30)

    def call(self, token: str, method: str, path: str, body: object = None) -> dict[str, object]:
        """Call the API. Raises AssertionError for an answer that is no success."""
        url = f"http://127.0.0.1:{self.port}/api/v1{path}"
        answer = requests.request(method, url, json=body, headers={"Authorization": f"Bearer {token}"}, timeout=30)
        assert answer.ok, (answer.status_code, answer.text)
        told: dict[str, object] = answer.json()
        return told

    def _answers(self) -> bool:
        try:
            return self.get("/healthz").ok
        except (requests.ConnectionError, requests.Timeout):  # gunicorn listens before its process can answer
            return False
