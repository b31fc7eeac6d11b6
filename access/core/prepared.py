"""Queries that are put together once, and from then on only filled in.

To write a query takes Django longer than the database needs to answer it, and pages ask the same ones each time. A
function that is `prepared` stays an ordinary function that builds a queryset. It is called for each new *shape* of what
it is given, twice and with other stand-ins for the values, so that it shows where in the query each value stands. A
shape is all that may change the query: what is missing or empty, how many are in a collection, truths, and whatever is
given by name. So the function may ask whether something is there, and of a row which truths it has. It must neither
look at a value nor reckon with one: most of that raises NotPrepared, and `CHECKED` finds the rest.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from copy import copy
from dataclasses import fields, is_dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache, wraps
from typing import Any, Final, NamedTuple, ParamSpec, TypeVar
from uuid import UUID

from django.core.exceptions import EmptyResultSet, ObjectDoesNotExist
from django.db import DEFAULT_DB_ALIAS, connections
from django.db.models import BooleanField, Model, QuerySet
from django.db.transaction import TransactionManagementError

from access.core import kept_query, sql_words

KEPT: Final = 1000  # shapes of all functions together; each takes some 40 kB
STEP: Final = 8  # collections of more than so many are filled up to a multiple of it by one of theirs: fewer shapes
# Stand-ins, twice. `_` shows where a text has become part of a pattern, which escapes it.
NUMBERS: Final = (2_000_000_000, 2_100_000_000)
TIMES: Final = (datetime(5001, 1, 1, tzinfo=UTC), datetime(5511, 11, 11, tzinfo=UTC))
TEXTS: Final = ("_one%d_", "_two%d_")

# Tests: what was compared with the query that the function makes of the values themselves; None: nothing is compared.
CHECKED: dict[Any, set[Any]] | None = None
COMPARED: Final = 8  # other values of each shape, in a process: what looks at a value looks at each, or at most of them

P = ParamSpec("P")
M = TypeVar("M")
Fill = Callable[[list[Any], Any], Any]  # a parameter, of the values and the operations of the connection


class NotPrepared(TypeError):
    """The function makes of a value what can't be made of another one without it."""


class _Value(NamedTuple):
    kind: type


class _Many(NamedTuple):
    kind: type | None
    number: int


class _Row(NamedTuple):
    model: type[Model]
    truths: tuple[tuple[str, bool], ...]
    texts: tuple[tuple[str, Any], ...]


class _Record(NamedTuple):
    kind: type
    parts: tuple[tuple[str, Any], ...]


class _Written(NamedTuple):
    rows: QuerySet[Any, Any]
    compiler: Any
    sql: str
    params: tuple[Any, ...]


class _Kept(NamedTuple):
    written: _Written
    fills: list[Fill]
    sql: str  # with what is the same each time in its place
    rest: list[Fill]  # of what is not


def prepared(build: Callable[P, QuerySet[Any, M]]) -> Callable[P, list[M]]:
    """Make of a function that builds a queryset one that answers with its rows.

    By position it takes values: times, numbers, texts, UUIDs, truths, dataclasses of values, rows of which it needs no
    more than the primary key, truths and what their NAMED_BY lists, and collections of numbers or texts, whose order
    and repetition mean nothing.
    """

    @wraps(build)
    def ask(*args: P.args, **kwargs: P.kwargs) -> list[M]:
        values: list[Any] = []
        shapes = tuple([_shape(one, values) for one in args])
        known = _kept(build, shapes, tuple(kwargs.items()))
        if CHECKED is not None and _is_to_be_compared((build, shapes, *kwargs.items()), tuple(values), CHECKED):
            _check(build(*args, **kwargs), known, values)
        return list(_filled_in(known, values)) if known else []

    return ask


def the_one(found: Sequence[M]) -> M:
    """The row that has to be there. Raises ObjectDoesNotExist where it is gone."""
    if not found:
        raise ObjectDoesNotExist
    return found[0]


def read_along(row: Model, name: str, found: list[Any]) -> None:
    """Keep with a row what belongs to it by this name, as `prefetch_related` does."""
    rows = getattr(row, name).all()
    rows._result_cache = found
    row.__dict__.setdefault("_prefetched_objects_cache", {})[name] = rows


def _shape(given: Any, values: list[Any]) -> Any:
    """What of it may change the query. Its values are put down in their order."""
    if given is None or given is True or given is False or given == "":
        return given
    for kind in _WAYS:
        if isinstance(given, kind):
            values.append(given)
            return _Value(kind)
    if isinstance(given, Model):
        values.append(given.pk)
        truths = [one.attname for one in _columns(given.__class__) if isinstance(one, BooleanField)]
        texts = [(name, _shape(getattr(given, name), values)) for name in getattr(given, "NAMED_BY", ())]
        return _Row(given.__class__, tuple([(name, getattr(given, name)) for name in truths]), tuple(texts))
    if is_dataclass(given):
        parts = [(one.name, _shape(getattr(given, one.name), values)) for one in fields(given)]
        return _Record(type(given), tuple(parts))
    return _shape_of_many(given, values)


def _shape_of_many(given: Collection[Any], values: list[Any]) -> _Many:
    each = list(dict.fromkeys(given))
    if len(each) > STEP:
        each += each[:1] * (-len(each) % STEP)
    values.extend(each)
    return _Many((str if isinstance(each[0], str) else int) if each else None, len(each))


@lru_cache(maxsize=KEPT)
def _kept(build: Callable[..., Any], shapes: tuple[Any, ...], named: tuple[tuple[str, Any], ...]) -> _Kept | None:
    """Put the query together with each of the stand-ins. None where it finds nothing, whatever the values."""
    marks: tuple[list[Any], list[Any]] = ([], [])
    given = ([_stand_in(shape, marks[turn], turn) for shape in shapes] for turn in (0, 1))
    one, other = (_written(build(*each, **dict(named))) for each in given)
    if one is None or other is None:
        return None
    if one.sql != other.sql:
        raise NotPrepared("It asks something else of another value.")
    fills = [_fill(*both, marks) for both in zip(one.params, other.params, strict=True)]
    words = [sql_words.word(*both) for both in zip(one.params, other.params, strict=True)]
    sql, left = sql_words.written(one.sql, words)
    kept_query.look_up_once(one.compiler)
    kept_query.forget_how(one.rows.query, one.compiler)
    return _Kept(one, fills, sql, [fill for fill, is_left in zip(fills, left, strict=True) if is_left])


def _written(rows: QuerySet[Any, Any]) -> _Written | None:
    compiler = rows.query.get_compiler(DEFAULT_DB_ALIAS)
    try:
        sql, params = compiler.as_sql()
    except EmptyResultSet:
        return None
    return _Written(rows, compiler, sql, tuple(params))


def _stand_in(shape: Any, marks: list[Any], turn: int) -> Any:
    match shape:
        case _Value(kind):
            return _mark(kind, marks, turn)
        case _Many(kind, number):
            return [_mark(kind or int, marks, turn) for _each in range(number)]
        case _Row(model, truths, texts):
            # Whatever else is asked of this row is looked for in the database, and not there.
            known = {model._meta.pk.attname: _mark(int, marks, turn), **dict(truths)}
            known |= {name: _stand_in(one, marks, turn) for name, one in texts}
            return model.from_db(None, known, [known[one.attname] for one in _columns(model) if one.attname in known])
        case _Record(kind, parts):
            return kind(**{name: _stand_in(one, marks, turn) for name, one in parts})
    return shape


def _columns(model: type[Model]) -> Sequence[Any]:
    return model._meta.concrete_fields


def _mark(kind: type, marks: list[Any], turn: int) -> Any:
    number = len(marks)
    mark: Any = NUMBERS[turn] + number
    if kind is datetime:
        # Other distances in the other turn: a time is so much later than one of them only.
        mark = TIMES[turn] + timedelta(days=number * (1 + turn))
    elif kind is str:
        mark = TEXTS[turn] % number
    elif kind is UUID:
        mark = UUID(int=mark)
    marks.append(mark)
    return mark


def _fill(one: Any, other: Any, marks: tuple[list[Any], list[Any]]) -> Fill:
    """How a parameter is made of the values: seen from what was made of the stand-ins."""
    if _plain(one) == _plain(other):
        return lambda _values, _ops: one
    ops = connections[DEFAULT_DB_ALIAS].ops
    # Most are a value as it is: of a hundred in a list, each would be compared with all before it.
    likely = [marks[0].index(one)] if one in marks[0] else []
    for number in [*likely, *range(len(marks[0]))]:
        mark = marks[0][number]
        fill = _WAYS[type(mark)](number, one, mark)
        if fill(marks[0], ops) == one and fill(marks[1], ops) == other:
            return fill
    raise NotPrepared(f"It can't be seen what {one!r} was made of.")


def _plain(param: Any) -> Any:
    """PostgreSQL's driver wraps JSON, and knows no two wrappers as the same."""
    return getattr(param, "obj", param)


def _number(number: int, param: Any, _mark: int) -> Fill:
    kind = type(param) if isinstance(param, int) else int  # PostgreSQL's driver has numbers of its own
    return lambda values, _ops: kind(values[number])


def _time(number: int, param: Any, mark: datetime) -> Fill:
    """So much later than the value."""
    later = (_moment(param) or mark) - mark
    return lambda values, ops: ops.adapt_datetimefield_value(values[number] + later)


def _moment(param: Any) -> datetime | None:
    """A time as it was given to the database. SQLite takes text without a zone."""
    try:
        moment = param if isinstance(param, datetime) else datetime.fromisoformat(param)
    except (TypeError, ValueError):
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _text(number: int, param: Any, mark: str) -> Fill:
    """The value, or a pattern around it."""
    escaped = connections[DEFAULT_DB_ALIAS].ops.prep_for_like_query(mark)
    before, is_in, after = str(param).partition(escaped)
    if is_in:
        return lambda values, ops: f"{before}{ops.prep_for_like_query(values[number])}{after}"
    return lambda values, _ops: values[number]


def _uuid(number: int, param: Any, _mark: UUID) -> Fill:
    """SQLite has no such type, and takes its digits."""
    return lambda values, _ops: values[number] if isinstance(param, UUID) else values[number].hex


_WAYS: Final[Mapping[type, Callable[[int, Any, Any], Fill]]] = {
    int: _number, str: _text, datetime: _time, UUID: _uuid,
}  # fmt: skip


def _filled_in(known: _Kept, values: list[Any]) -> QuerySet[Any, Any]:
    """The kept query as one that can be asked: its compiler has written it down already."""
    compiler = copy(known.written.compiler)
    compiler.connection = connection = connections[DEFAULT_DB_ALIAS]
    if compiler.query.select_for_update and connection.get_autocommit():
        raise TransactionManagementError("A lock would be let go of at once: there is no transaction.")
    params = tuple([fill(values, connection.ops) for fill in known.rest])
    compiler.as_sql = lambda *_args, **_named: (known.sql, params)
    rows = known.written.rows._chain()  # type: ignore[attr-defined]
    rows.query.get_compiler = lambda *_args, **_named: compiler
    return rows  # type: ignore[no-any-return]


def _is_to_be_compared(what: Any, values: Any, compared: dict[Any, set[Any]]) -> bool:
    before = compared.setdefault(what, set())
    if values in before or len(before) == COMPARED:
        return False
    before.add(values)
    return True


def _check(rows: QuerySet[Any, Any], known: _Kept | None, values: list[Any]) -> None:
    """Raise NotPrepared where the function itself asks something else. What was filled up can't be compared."""
    sql, fills = (known.written.sql, known.fills) if known else (None, [])
    params = [fill(values, connections[DEFAULT_DB_ALIAS].ops) for fill in fills]
    asked = _written(rows)
    own = (asked.sql, [*map(_plain, asked.params)]) if asked else (None, [])
    if own != (sql, [*map(_plain, params)]) and (not asked or not sql or len(asked.params) == len(params)):
        raise NotPrepared(f"Prepared: {sql} {params}; asked: {own[0]} {own[1]}")
