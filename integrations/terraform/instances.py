"""What `for_each` and `count` make of one block: several, by keys or by numbers."""

from collections.abc import Callable, Iterator
from typing import Any, Final, Protocol, TypeVar

from integrations.terraform.blocks import Block, Expression
from integrations.terraform.evaluate import Scope
from integrations.terraform.problems import Mistake, Place, Problem
from integrations.terraform.values import WRONG, Key, List, Map, Unknown, Wrong, unknown_in

MOST: Final = 1000
T = TypeVar("T")


class Owner(Protocol):
    """The module in which the block stands."""

    problems: list[Problem]

    def once(self, what: str, expression: Expression, scope: Scope, place: Place) -> Any:
        """Give the value of an expression, which is evaluated once."""


def expand(owner: Owner, what: str, block: Block, make: Callable[[Key | None, Scope], Any], place: Place) -> Any:
    """Give what the block makes: one, a map of them with `for_each`, a list with `count`; else WRONG or Unknown."""
    written = [name for name in ("for_each", "count") if name in block.attributes]
    if not written:
        return make(None, {})
    if len(written) > 1:
        owner.problems.append(Problem(block.names["count"], "Set count or for_each, not both."))
        return WRONG
    expression = block.attributes[written[0]]
    value = owner.once(f"{what} ({written[0]})", expression, {}, place)
    if isinstance(value, Wrong | Unknown):
        return value
    try:
        return _by_count(value, make, expression) if written == ["count"] else _by_key(value, make, expression)
    except Mistake as mistake:
        owner.problems.append(Problem(mistake.place, str(mistake)))
        return WRONG


def each(found: Any, kind: type[T]) -> Iterator[T]:
    """Go through what `expand` gave."""
    several = found.values() if isinstance(found, dict) else found if isinstance(found, list) else [found]
    yield from (one for one in several if isinstance(one, kind))


def _by_count(value: Any, make: Callable[[Key | None, Scope], Any], expression: Expression) -> List:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= MOST:
        raise Mistake(f"count takes a whole number from 0 to {MOST}.", expression.place)
    return List(make(number, {"count": Map({"index": number})}) for number in range(value))


def _by_key(value: Any, make: Callable[[Key | None, Scope], Any], expression: Expression) -> Any:
    if isinstance(value, List) and (unknown := unknown_in(list(value))):
        return unknown
    if isinstance(value, List) and all(isinstance(one, str) for one in value):
        return Map({one: make(one, _each(one, one)) for one in value})
    if isinstance(value, dict):
        return Map({key: make(key, _each(key, one)) for key, one in value.items()})
    raise Mistake('for_each takes a map, or a set of strings such as toset(["a", "b"]).', expression.place)


def _each(key: str, value: Any) -> Scope:
    return {"each": Map({"key": key, "value": value})}
