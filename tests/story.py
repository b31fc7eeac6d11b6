"""Rows that most tests begin with: put together once in a process, and from then on only written.

To put some twenty rows together takes Django many times as long as the database needs to take them.
"""

from collections.abc import Callable
from copy import deepcopy
from datetime import datetime
from typing import Any, Generic, TypeVar

from django.db import connection
from django.db.models import Model
from django.utils import timezone

M = TypeVar("M", bound=Model)
Row = dict[str, Any]
Key = tuple[type[Model], Any]  # the table, and the key of a row when it was made first
Written = dict[Key, tuple[Row, Row]]  # as it was then, and as it is now


class Story(Generic[M]):
    """What `make` makes of the rows that it is given, where there is nothing yet in the tables of `models`.

    It writes to no others; a time in them is the one at which it is made. Each table stands behind those it points to.
    """

    def __init__(self, make: Callable[..., M], *models: type[Model]) -> None:
        self.make, self.models = make, models
        self.rows: dict[type[Model], list[Row]] = {}
        self.given: list[Key] = []
        self.answer: Key | None = None

    def may_begin(self) -> bool:
        """Whether there is nothing yet, by one question."""
        tables = [connection.ops.quote_name(one._meta.db_table) for one in self.models]
        with connection.cursor() as cursor:
            cursor.execute("SELECT " + " OR ".join(f"EXISTS (SELECT 1 FROM {one})" for one in tables))  # noqa: S608
            return not cursor.fetchone()[0]

    def write(self, *given: Model) -> M:
        """Make the rows, and answer with the one that `make` answers with."""
        if self.answer is None:
            made = self.make(*given)
            self.rows = {one: list(one._base_manager.order_by("pk").values()) for one in self.models}
            self.given = [(type(one), one.pk) for one in given]
            self.answer = type(made), made.pk
            return made
        now: dict[Key, Any] = {key: one.pk for key, one in zip(self.given, given, strict=True)}
        written: Written = {}
        for model in self.models:
            _write(model, self.rows[model], now, written)
        return _instance(self.answer, written, dict(zip(self.given, given, strict=True)))  # type: ignore[return-value]


def _write(model: type[Model], rows: list[Row], now: dict[Key, Any], written: Written) -> None:
    """Write these rows with one statement. In `now` stand the keys of today, to which theirs are added."""
    pk: Any = model._meta.pk.attname
    fields: list[Any] = [one for one in model._meta.concrete_fields if not one.primary_key]
    new = [{one.attname: _value(one, row[one.attname], now) for one in fields} for row in rows]
    quote = connection.ops.quote_name
    into = f"{quote(model._meta.db_table)} ({', '.join(quote(one.column) for one in fields)})"
    each = f"({', '.join(['%s'] * len(fields))})"
    params = [one.get_db_prep_save(row[one.attname], connection) for row in new for one in fields]
    with connection.cursor() as cursor:
        cursor.execute(f"INSERT INTO {into} VALUES {', '.join([each] * len(rows))} RETURNING {quote(pk)}", params)  # noqa: S608
        keys = [key for (key,) in cursor.fetchall()]
    for row, changed, key in zip(rows, new, keys, strict=True):
        now[model, row[pk]] = key
        written[model, row[pk]] = row, {pk: key, **changed}


def _value(field: Any, value: Any, now: dict[Key, Any]) -> Any:
    if isinstance(value, datetime):
        return timezone.now()
    return now.get((field.related_model, value), value) if field.is_relation else value


def _instance(key: Key, written: Written, known: dict[Key, Model]) -> Model:
    """The row, with what it points to, as somebody has it who has just made them."""
    if key not in known:
        (model, _pk), (first, row) = key, written[key]
        fields: Any = model._meta.concrete_fields
        known[key] = model.from_db(
            "default", [one.attname for one in fields], [deepcopy(row[one.attname]) for one in fields]
        )
        for field in fields:
            if field.is_relation and (other := (field.related_model, first[field.attname])) in written:
                field.set_cached_value(known[key], _instance(other, written, known))
    return known[key]
