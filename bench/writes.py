"""What a write through the API costs beside one insert of Django: statements, and wall time by turns."""

import json
import statistics
import time
import uuid
from datetime import timedelta
from functools import partial
from typing import Any, Final

from django.core.management.color import no_style
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from access.models import AccessRequest, Grant, Integration, KeptAnswer, Token, User, UserMapping
from access.people import tokens
from bench import looks

ROUNDS: Final = 15
SCOPES: Final = ("read", "ask", "approve", "end")
BOUNDS: Final = {"ask": 8.0, "approve": 8.0, "deny": 6.0, "end": 6.0}
AROUND: Final = ("BEGIN", "SAVEPOINT", "RELEASE", "COMMIT")
Row = dict[str, Any]


def measure() -> list[Row]:
    """Ask, approve, deny and end some times over; each is followed by a bare insert."""
    _count_on()
    asks, decides, ends = (_caller(number) for number in (looks.REQUESTER, looks.APPROVER, looks.ADMIN))
    took: dict[str, list[float]] = {name: [] for name in (*BOUNDS, "insert")}
    asked: dict[str, int] = {}

    def turn(name: str, act: partial[HttpResponse]) -> dict[str, Any]:
        with CaptureQueriesContext(connection) as seen:
            began = time.perf_counter()
            answer = act()
            took[name].append(time.perf_counter() - began)
        asked[name] = sum(not one["sql"].startswith(AROUND) for one in seen.captured_queries)
        if answer.status_code not in (200, 201):
            raise RuntimeError(f"{name}: {answer.status_code} {answer.content.decode()}")
        took["insert"].append(_insert(asks.token))
        return dict(json.loads(answer.content))

    for number in range(ROUNDS):
        first, second = (turn("ask", partial(asks.ask, number + at))["ref"] for at in (0, 1))
        given = turn("approve", partial(decides.post, f"/requests/{first}/approve"))["grant"]["ref"]
        turn("deny", partial(decides.post, f"/requests/{second}/deny", comment="No."))
        turn("end", partial(ends.post, f"/grants/{given}/end"))
        Token.objects.update(reads=0, writes=0)
    floor = statistics.median(took["insert"])
    return [_row(name, asked[name], statistics.median(took[name]), floor) for name in BOUNDS]


def _count_on() -> None:
    """The rows of the past have numbers of their own, which PostgreSQL does not know of."""
    with connection.cursor() as cursor:
        for statement in connection.ops.sequence_reset_sql(no_style(), [AccessRequest, Grant]):
            cursor.execute(statement)


def _row(name: str, asked: int, seconds: float, floor: float) -> Row:
    return {
        "name": name, "queries": asked, "ms": round(seconds * 1000, 2), "floor_ms": round(floor * 1000, 2),
        "ratio": round(seconds / floor, 1), "bound": BOUNDS[name],
    }  # fmt: skip


class _Caller:
    def __init__(self, token: Token, text: str) -> None:
        self.token, self.text = token, text
        self._browser = Client(SERVER_NAME="127.0.0.1", headers={"Authorization": f"Bearer {text}"})

    def post(self, path: str, **said: str) -> HttpResponse:
        answer: Any = self._browser.post(f"/api/v1{path}", json.dumps(said), content_type="application/json")
        return answer  # type: ignore[no-any-return]

    def ask(self, number: int) -> HttpResponse:
        flow = number % 3
        return self.post("/requests", flow=f"flow-{flow:02}", target=f"target-{flow * 3:02}", duration="1h", reason="x")


def tokens_of_many() -> list[str]:
    """Of eight people who ask at the same time."""
    return [_caller(looks.REQUESTER + 10 + number).text for number in range(8)]


def _caller(number: int) -> _Caller:
    person, now = User.objects.get(email=f"person{number:03}@example.com"), timezone.now()
    UserMapping.objects.get_or_create(
        user=person, integration=Integration.objects.get(), defaults={"account_id": f"a-{person.pk}", "matched_at": now}
    )
    expires_at = now + timedelta(days=1)
    return _Caller(
        *tokens.issue(person=person, actor="bench", label="bench", scopes=SCOPES, expires_at=expires_at, now=now)
    )


def _insert(token: Token) -> float:
    began = time.perf_counter()
    KeptAnswer.objects.create(token=token, key=str(uuid.uuid4()), fingerprint="-", created_at=timezone.now())
    return time.perf_counter() - began
