"""A process beside `usher run` that gives the access back if that one is killed, and can't do it any more itself.

It reads from a pipe that only the other one holds open: when that ends without a word, the other one is gone.
"""

import json
import subprocess
import sys
import time
from typing import Final

from usher_client.api import Client
from usher_client.errors import Refused, Unreachable, Unusable

DONE: Final = "done\n"
TRIES: Final = 10


class Guard:
    """The process, as the one that starts it sees it. The token goes through the pipe: no list of processes has it."""

    def __init__(self, client: Client, grant: str) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "usher_client.guard"], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL, start_new_session=True, text=True,
        )  # fmt: skip
        self._say(json.dumps({"url": client.url, "token": client.token, "grant": grant}) + "\n")

    def done(self) -> None:
        """Tell it that all is given back, and let it go."""
        self._say(DONE)
        pipe = self._process.stdin
        if pipe:
            pipe.close()
        try:
            self._process.wait(5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _say(self, text: str) -> None:
        try:
            if self._process.stdin:
                self._process.stdin.write(text)
                self._process.stdin.flush()
        except OSError:  # it is gone; access ends by its own time
            return


def watch() -> None:
    """Wait for the end of the pipe; unless all is done by then, end the access."""
    told = json.loads(sys.stdin.readline() or "null")
    if not told or sys.stdin.readline() == DONE:
        return
    client = Client(told["url"], told["token"])
    for turn in range(TRIES):
        try:
            client.post(f"/grants/{told['grant']}/end", {"comment": "The command was killed."})
        except (Refused, Unusable):
            return
        except Unreachable:
            time.sleep(min(2.0**turn, 60))
        else:
            return


if __name__ == "__main__":
    watch()
