"""Requests that were asked with one form, side by side for whoever decides them."""

from collections.abc import Iterable
from typing import Any

from access.requests.approval_queue import Row


def groups(rows: Iterable[Row]) -> list[list[Row]]:
    """Put those together that the reader can decide and that were asked with one form; others stay alone.

    What a passkey signs, it signs one by one.
    """
    found: dict[Any, list[Row]] = {}
    for one in rows:
        alone = one.request.batch is None or one.why_not or one.in_force.passkey
        found.setdefault(one.request.pk if alone else one.request.batch, []).append(one)
    return list(found.values())
