"""Rows that each test of a file begins with: made once by the real services, and taken back behind the last of them."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import transaction


@contextmanager
def rows() -> Iterator[None]:
    """What is written here, before the first test, is there for each; what a test writes is taken back as ever."""
    outermost: Any = transaction.atomic()
    # Durable blocks count as outermost within it, as in any test.
    outermost._from_testcase = True
    with outermost:
        yield
        transaction.set_rollback(True)
