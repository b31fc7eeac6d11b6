"""The id under which one web request or one job is found in the log, here and at those whom we call."""

import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Final

HEADER: Final = "X-Request-ID"
_FORM: Final = re.compile(r"[A-Za-z0-9_.-]{8,64}")
_current: Final[ContextVar[str]] = ContextVar("trace", default="")


def current() -> str:
    """The id of what this thread is at; empty outside of a request and a job."""
    return _current.get()


def begin(given: str) -> None:
    """From here on, what this thread logs is about this."""
    _current.set(given)


@contextmanager
def of(given: str = "") -> Iterator[str]:
    """Give everything that is logged meanwhile this id, or a new one where it is none that can be kept."""
    token = _current.set(given if _FORM.fullmatch(given) else secrets.token_hex(8))
    try:
        yield _current.get()
    finally:
        _current.reset(token)
