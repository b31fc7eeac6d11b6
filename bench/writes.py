"""What a write through the API costs beside one insert of Django: statements, and wall time by turns.

Both go over HTTP to servers that run already, each on a connection that stays open: the product's, and the floor's on
the next port. `python -m bench.writes PORT`, on the configured database.
"""

import json
import logging
import os
import statistics
import sys
import time
from collections.abc import Callable
from datetime import timedelta
from http.client import HTTPConnection
from typing import Any, Final

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")
django.setup()

from django.core.management.color import no_style  # noqa: E402  needs the settings
from django.db import connection  # noqa: E402
from django.test import Client  # noqa: E402
from django.test.utils import CaptureQueriesContext  # noqa: E402
from django.utils import timezone  # noqa: E402

from access.models import AccessRequest, Grant, Integration, Token, User, UserMapping  # noqa: E402
from access.people import tokens  # noqa: E402
from bench import looks  # noqa: E402

ROUNDS: Final = 30
WARM: Final = 5  # writes of each kind that are not counted: they read code and plans, and put queries together
SCOPES: Final = ("read", "ask", "approve", "end", "audit")
CALLERS: Final = {"ask": looks.REQUESTER, "approve": looks.APPROVER, "deny": looks.APPROVER, "end": looks.ADMIN}
BOUNDS: Final = {"ask": 8.0, "approve": 8.0, "deny": 6.0, "end": 6.0}
AROUND: Final = ("BEGIN", "SAVEPOINT", "RELEASE", "COMMIT")
Row = dict[str, Any]
Send = Callable[[str, str, dict[str, str]], Row]  # which write, where, what; what was answered


def measure(port: int) -> list[Row]:
    """Ask, approve, deny and end some times over; each is followed by a bare insert."""
    logging.getLogger("usher").setLevel(logging.WARNING)
    issued = {name: token(number) for name, number in CALLERS.items()}
    counting, timing = _Counting(issued), _Timing(issued, port)
    for number in range(2):  # the first one in this process asks what is kept then
        _round(counting, number)
    for number in range(WARM + ROUNDS):
        _round(timing, number)
    return [_row(name, counting.asked[name], each) for name, each in timing.took.items()]


def token(number: int) -> str:
    """One for this person, who has an account where access is given."""
    person, now = User.objects.get(email=f"person{number:03}@example.com"), timezone.now()
    UserMapping.objects.get_or_create(
        user=person, integration=Integration.objects.get(), defaults={"account_id": f"a-{person.pk}", "matched_at": now}
    )
    expires_at = now + timedelta(days=1)
    return tokens.issue(person=person, actor="bench", label="bench", scopes=SCOPES, expires_at=expires_at, now=now)[1]


def count_on() -> None:
    """The rows of the past have numbers of their own, which PostgreSQL does not know of."""
    with connection.cursor() as cursor:
        for statement in connection.ops.sequence_reset_sql(no_style(), [AccessRequest, Grant]):
            cursor.execute(statement)


def _round(send: Send, number: int) -> None:
    """Two are asked for; one is approved, the other denied; what was given ends. Nobody has called too often then."""
    first, second = (send("ask", "/requests", _wish(number + at))["ref"] for at in (0, 1))
    given = send("approve", f"/requests/{first}/approve", {})["grant"]["ref"]
    send("deny", f"/requests/{second}/deny", {"comment": "No."})
    send("end", f"/grants/{given}/end", {})
    Token.objects.update(reads=0, writes=0)


def _wish(number: int) -> dict[str, str]:
    flow = number % 3
    return {"flow": f"flow-{flow:02}", "target": f"target-{flow * 3:02}", "duration": "1h", "reason": "x"}


def _row(name: str, asked: int, took: list[tuple[float, float]]) -> Row:
    write, insert = map(statistics.median, zip(*took[WARM:], strict=True))
    return {
        "name": name, "queries": asked, "ms": round(write, 2), "floor_ms": round(insert, 2),
        "ratio": round(write / insert, 1), "bound": BOUNDS[name],
    }  # fmt: skip


class _Counting:
    """Calls in this process, and keeps how many statements each write asked the last time."""

    def __init__(self, issued: dict[str, str]) -> None:
        self._issued, self._browser, self.asked = issued, Client(SERVER_NAME="127.0.0.1"), dict[str, int]()

    def __call__(self, name: str, path: str, said: dict[str, str]) -> Row:
        headers = {"Authorization": f"Bearer {self._issued[name]}"}
        with CaptureQueriesContext(connection) as seen:
            answer = self._browser.post(f"/api/v1{path}", said, "application/json", headers=headers)
        self.asked[name] = sum(not one["sql"].startswith(AROUND) for one in seen.captured_queries)
        return _read(path, answer.status_code, answer.content)


class _Timing:
    """Calls over HTTP, and keeps how many milliseconds each write took, and the insert after it."""

    def __init__(self, issued: dict[str, str], port: int) -> None:
        self._issued = issued
        self._product, self._floor = (HTTPConnection("127.0.0.1", one, timeout=60) for one in (port, port + 1))
        self.took: dict[str, list[tuple[float, float]]] = {name: [] for name in BOUNDS}

    def __call__(self, name: str, path: str, said: dict[str, str]) -> Row:
        headers = {"Authorization": f"Bearer {self._issued[name]}", "Content-Type": "application/json"}
        write, answer = _timed(self._product, f"/api/v1{path}", json.dumps(said), headers)
        insert, _done = _timed(self._floor, "/insert/", "", {})
        self.took[name].append((write, insert))
        return answer


def _timed(server: HTTPConnection, path: str, body: str, headers: dict[str, str]) -> tuple[float, Row]:
    began = time.perf_counter()
    server.request("POST", path, body, headers)
    answer = server.getresponse()
    content = answer.read()
    return (time.perf_counter() - began) * 1000, _read(path, answer.status, content)


def _read(path: str, status: int, content: bytes) -> Row:
    if status not in (200, 201):
        raise RuntimeError(f"{path}: {status} {content.decode()}")
    return dict(json.loads(content))


if __name__ == "__main__":
    sys.stdout.write("\n" + json.dumps(measure(int(sys.argv[1]))) + "\n")
