"""Is anything due, and of which kind? One statement for all of them, put together once."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, Final

from django.db import connection
from django.db.models import QuerySet

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
        """Name the kinds of which something is due."""
        if not self._sql:
            self._write_down()
        moment = connection.ops.adapt_datetimefield_value(now)
        with connection.cursor() as cursor:
            cursor.execute(self._sql, [moment if one is _ONE else one for one in self._params])
            found = cursor.fetchone()
        return {kind for kind, is_due in zip(self._kinds, found, strict=True) if is_due}

    def _write_down(self) -> None:
        """Raises ValueError for a question that reckons with the moment: it would be asked of a wrong one."""
        one, other = self._at(_ONE), self._at(_OTHER)
        moments = [connection.ops.adapt_datetimefield_value(at) for at in (_ONE, _OTHER)]
        pairs = list(zip(one[1], other[1], strict=True))
        if one[0] != other[0] or any(here != there and [here, there] != moments for here, there in pairs):
            raise ValueError("A question of what is due looks at the moment itself, not at one reckoned from it.")
        self._sql = one[0]
        self._params = [_ONE if here != there else here for here, there in pairs]

    def _at(self, moment: datetime) -> tuple[str, list[Any]]:
        asked = [rows(moment).order_by().query.sql_with_params() for rows in self._kinds.values()]
        sql = ", ".join(f"EXISTS ({text})" for text, _params in asked)
        return f"SELECT {sql}", [one for _text, params in asked for one in params]
