"""Read many rows in constant memory, without a cursor that a pooler between us and PostgreSQL would take away."""

from collections.abc import Iterator
from functools import reduce
from typing import Any, Final

from django.db.models import Q, QuerySet

SIZE: Final = 1000


def in_slices(rows: QuerySet[Any, Any], *keys: str, size: int = SIZE) -> Iterator[Any]:
    """Read rows one by one in the order of `keys`, which name each row together: `-pk`, or several, all rising.

    Each slice is a query of its own and goes on behind the last row, so that it does not matter which connection
    answers it. What is written meanwhile may be among the rows or not.
    """
    rows = rows.order_by(*keys)
    part = list(rows[:size])
    while part:
        yield from part
        part = list(rows.filter(_behind(part[-1], keys))[:size]) if len(part) == size else []


def _behind(row: Any, keys: tuple[str, ...]) -> Q:
    """What comes after this row: a later first key, or the same one and what comes after it by the others."""
    *same, last = [(one.lstrip("-"), _value(row, one.lstrip("-")), "lt" if one[0] == "-" else "gt") for one in keys]
    name, value, later = last
    found = Q(**{f"{name}__{later}": value})
    for name, value, later in reversed(same):
        found = Q(**{f"{name}__{later}": value}) | Q(**{name: value}) & found
    return found


def _value(row: Any, name: str) -> Any:
    return row[name] if isinstance(row, dict) else reduce(getattr, name.split("__"), row)
