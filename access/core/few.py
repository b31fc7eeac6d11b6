"""Conditions on many rows or few: a database that is given a query within an OR reads every row to answer it."""

from collections.abc import Iterable
from typing import Any, Final

from django.db.models import QuerySet

MOST: Final = 1000


def named(values: QuerySet[Any, Any]) -> Iterable[Any]:
    """These values one by one where they are few, so that an index finds them; else the query for them."""
    values = values.order_by()
    few = list(values[: MOST + 1])
    return few if len(few) <= MOST else values
