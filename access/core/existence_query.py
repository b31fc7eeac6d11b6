"""Is there anything, and of which kind? One statement for all of them, put together once."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from django.db import connection
from django.db.models import QuerySet

from access.core import sql_words

# Two moments at which a question is written down, to see where in it the moment stands.
_ONE: Final = datetime(2001, 1, 1, tzinfo=UTC)
_OTHER: Final = datetime(2002, 2, 2, tzinfo=UTC)


class Question:
    """Asks which of these kinds have a row at a moment.

    To write fourteen queries anew, four times a second, is more work than to answer them.
    """

    def __init__(self, kinds: Mapping[str, Callable[[datetime], QuerySet[Any, Any]]]) -> None:
        self._kinds = kinds
        self._sql = ""
        self._params: list[Any] = []

    def __call__(self, now: datetime) -> set[str]:
        """Name the kinds of which there is something."""
        if not self._sql:
            self._write_down()
        with connection.cursor() as cursor:
            cursor.execute(self._sql, [_at(now, one) for one in self._params])
            found = cursor.fetchone()
        return {kind for kind, is_there in zip(self._kinds, found, strict=True) if is_there}

    def _write_down(self) -> None:
        """Raises ValueError for a question that reckons with the moment otherwise than by adding a length of time."""
        one, other = self._asked_at(_ONE), self._asked_at(_OTHER)
        params = [_reckoned(here, there) for here, there in zip(one[1], other[1], strict=True)]
        if one[0] != other[0]:
            raise ValueError("A question asks the same at each moment.")
        words = [sql_words.word(*both) for both in zip(one[1], other[1], strict=True)]
        self._sql, left = sql_words.written(one[0], words)
        self._params = [param for param, is_left in zip(params, left, strict=True) if is_left]

    def _asked_at(self, moment: datetime) -> tuple[str, list[Any]]:
        asked = [rows(moment).order_by().query.sql_with_params() for rows in self._kinds.values()]
        sql = ", ".join(f"EXISTS ({text})" for text, _params in asked)
        return f"SELECT {sql}", [one for _text, params in asked for one in params]


def _reckoned(here: Any, there: Any) -> Any:
    """A parameter as it is, or how far from the moment it is."""
    if here == there:
        return here
    distance = _read(here) - _ONE
    if _read(there) - _OTHER != distance:
        raise ValueError("A question looks at moments that are as far from its own each time.")
    return distance


def _at(now: datetime, param: Any) -> Any:
    return connection.ops.adapt_datetimefield_value(now + param) if isinstance(param, timedelta) else param


def _read(param: Any) -> datetime:
    """A moment as the database is given it: SQLite takes text without a zone."""
    moment = param if isinstance(param, datetime) else datetime.fromisoformat(param)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
