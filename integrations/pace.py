"""Whose calls wait for their turn where calls are kept to so many a second, and whose do not: access that ends.

Nobody waits with a role in hand: somebody's time on it may be up meanwhile. So its calls get their turn together.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Final

from integrations.base import ProviderUnavailable


class OutOfTurn(ProviderUnavailable):
    """The call was not made, so that no more are made than agreed. It says nothing of whether the provider answers."""


class Admission:
    """Of calls that are made one after the other, or none of them: whether the first one got its turn."""

    given = False


_is_first: Final[ContextVar[bool]] = ContextVar("first", default=False)
_admission: Final[ContextVar[Admission | None]] = ContextVar("admission", default=None)


@contextmanager
def first(is_first: bool = True) -> Iterator[None]:
    """What is asked for meanwhile waits for nobody else's calls."""
    token = _is_first.set(is_first or _is_first.get())
    try:
        yield
    finally:
        _is_first.reset(token)


@contextmanager
def together() -> Iterator[None]:
    """The first call is made at once or not at all, and those that follow it wait for nobody."""
    token = _admission.set(Admission())
    try:
        yield
    finally:
        _admission.reset(token)


def is_first() -> bool:
    admission = _admission.get()
    return _is_first.get() or (admission is not None and admission.given)


def asks_for_all() -> Admission | None:
    """What the call that is made now gets its turn for, if it is for others, too, that follow it."""
    return _admission.get()
