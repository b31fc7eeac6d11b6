"""Whose calls wait for their turn where calls are kept to so many a second, and whose do not: access that ends."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Final

from integrations.base import ProviderUnavailable


class OutOfTurn(ProviderUnavailable):
    """The call was not made, so that no more are made than agreed. It says nothing of whether the provider answers."""


_is_first: Final[ContextVar[bool]] = ContextVar("first", default=False)


@contextmanager
def first(is_first: bool = True) -> Iterator[None]:
    """What is asked for meanwhile waits for nobody else's calls."""
    token = _is_first.set(is_first or _is_first.get())
    try:
        yield
    finally:
        _is_first.reset(token)


def is_first() -> bool:
    return _is_first.get()
