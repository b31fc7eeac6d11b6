"""Every step of giving, taking and extending access, and what may go wrong at it: the cells of the matrix of faults."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any, Final
from unittest import mock

from django.db import OperationalError

from access.grants import begin, claim, converge, last_role, member_list, record
from integrations.aptible.provider import AptibleProvider
from integrations.http import Answer, Http

# What a person waits for, and by which steps a pass over the role gets there.
SITUATIONS: Final[dict[str, tuple[str, ...]]] = {
    "grant": ("claim", "begin", "list", "write down", "add", "list again", "record", "give back"),
    "revoke": ("claim", "list", "ask for other roles", "remove", "list again", "record", "give back"),
    "extend": ("look first", "claim", "begin"),
    "last role": ("claim", "list", "ask for all roles", "keep in", "remove", "list again", "record", "give back"),
}
# Where each step is in the code.
PLACES: Final[dict[str, tuple[Any, str]]] = {
    "claim": (claim, "_claim"),
    "begin": (begin, "begin"),
    "look first": (AptibleProvider, "read_members"),
    "list": (member_list, "go_on"),
    "write down": (converge, "_intend"),
    "add": (AptibleProvider, "add"),
    "ask for other roles": (AptibleProvider, "roles_of"),
    "ask for all roles": (AptibleProvider, "roles_by_account"),
    "keep in": (last_role, "_add_fallback"),
    "remove": (AptibleProvider, "remove"),
    "list again": (member_list, "anew"),
    "record": (record, "outcome"),
    "give back": (claim, "release"),
}
# Those that write to the database.
WRITES: Final = ("claim", "begin", "write down", "record", "give back")


class Killed(BaseException):
    """As by kill -9: nothing catches it, and nothing is given back."""


AWAY: Final = OperationalError("server closed the connection unexpectedly")
FULL: Final = OperationalError("could not extend file: No space left on device")
# What happens to the worker, and whether before or after the step has been done.
DEATHS: Final[dict[str, tuple[BaseException, bool]]] = {
    "killed before it": (Killed(), False),
    "killed after it": (Killed(), True),
}
LOSSES: Final[dict[str, tuple[BaseException, bool]]] = {
    "the database is away": (AWAY, False),
    "the database takes it and goes away": (AWAY, True),
    "the database is full": (FULL, False),
}
# The calls of a pass, by what they are for.
CALLS: Final[dict[str, tuple[str, str]]] = {
    "sign-in": ("POST", "/tokens"),
    "list": ("GET", "/memberships"),
    "add": ("POST", "/memberships"),
    "remove": ("DELETE", ""),
}
_MISREAD = b'{"_embedded": {"memberships": [{"id": 7, "_links": []}, null, "x"]}}'
# What a server says in place of its answer. None: it breaks off, and has done nothing, or all of it.
ANSWERS: Final[dict[str, Answer | str]] = {
    "breaks off before": "drop_call",
    "breaks off after": "drop_answer",
    **{f"{status} without a body": Answer(status) for status in (302, 400, 401, 403, 404, 409, 422, 423, 500, 503)},
    "429 with a pause": Answer(429, 90.0),
    "503 with a pause": Answer(503, 90.0),
    "502 of a proxy": Answer(502, None, b"<html>Bad gateway</html>"),
    "422 in JSON": Answer(422, None, b'{"code": 422, "error": "unprocessable_entity", "message": "No."}'),
    "200 without a body": Answer(200),
    "200 of a proxy": Answer(200, None, b"<html>Please sign in.</html>"),
    "200 with null": Answer(200, None, b"null"),
    "200 with a list": Answer(200, None, b"[1, 2]"),
    "200 with something else": Answer(200, None, b'{"hello": {"memberships": 3}}'),
    "200 with rows that can't be read": Answer(200, None, _MISREAD),
    "200 cut off": Answer(200, None, b'{"_embedded": {"memberships": [{"id": "'),
}


def deaths() -> Iterator[tuple[str, str, str]]:
    """Each step of each situation, and how the worker dies or loses the database at it."""
    for situation, steps in SITUATIONS.items():
        for step in steps:
            for fault in (*DEATHS, *(LOSSES if step in WRITES else ())):
                yield situation, step, fault


def answers() -> Iterator[tuple[str, str, str]]:
    """Each call of giving and of taking access, and each wrong answer to it."""
    for situation, calls in {"grant": ("sign-in", "list", "add"), "revoke": ("sign-in", "list", "remove")}.items():
        for call in calls:
            for answer in ANSWERS:
                yield situation, call, answer


@contextmanager
def at(step: str, fault: str) -> Iterator[list[str]]:
    """Let this happen at the step, the first time it comes to it. Gives back what happened, which may be nothing."""
    error, after = {**DEATHS, **LOSSES}[fault]
    place, name = PLACES[step]
    real = getattr(place, name)
    happened: list[str] = []

    def broken(*args: Any, **kwargs: Any) -> Any:
        if happened:
            return real(*args, **kwargs)
        happened.append(step)
        if after:
            real(*args, **kwargs)
        raise error

    with ExitStack() as stack:
        stack.enter_context(mock.patch.object(place, name, broken))
        if isinstance(error, Killed) and step != "give back":
            # Nobody is left to give anything back.
            stack.enter_context(mock.patch.object(claim, "release", return_value=None))
        yield happened


@contextmanager
def answered(call: str, answer: str, aptible: Any) -> Iterator[list[str]]:
    """Let Aptible answer this to each such call, and do nothing else unless it breaks off after it."""
    method, path = CALLS[call]
    said = ANSWERS[answer]
    happened: list[str] = []
    real: Callable[..., Answer] = Http.send

    def send(http: Http, how: str, url: str, **more: Any) -> Answer:
        if (how, url.endswith(path)) != (method, True):
            return real(http, how, url, **more)
        happened.append(url)
        if isinstance(said, str):
            # What only reads is sent once more by itself.
            times = 2 if method == "GET" else 1
            getattr(aptible, f"{said}s")(times, method=method, path=f"*{path or '/memberships/*'}")
            return real(http, how, url, **more)
        return said

    with mock.patch.object(Http, "send", send):
        yield happened
