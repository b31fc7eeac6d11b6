"""What an expression is worth. A mistake is told once, and what depends on it is passed over in silence."""

import operator
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final, Protocol

from integrations.terraform import functions, templates
from integrations.terraform.blocks import Expression, Origin, children, tokens, unescaped
from integrations.terraform.problems import AlreadyTold, Mistake, Place, Problem, did_you_mean
from integrations.terraform.syntax import Node
from integrations.terraform.values import (
    WRONG,
    List,
    Map,
    NotKnown,
    Unknown,
    bracketed,
    holds_wrong,
    kind_of,
    unknown_in,
)

DEEPEST: Final = 100
Scope = Mapping[str, Any]

_OPERATORS: Final[Mapping[str, Callable[[Any, Any], Any]]] = {
    "==": operator.eq, "!=": operator.ne, "<": operator.lt, ">": operator.gt, "<=": operator.le, ">=": operator.ge,
    "+": operator.add, "-": operator.sub, "*": operator.mul, "/": operator.truediv, "%": operator.mod,
    "&&": lambda one, other: one and other, "||": lambda one, other: one or other,
}  # fmt: skip
_OF_BOOLS: Final = {"&&", "||"}
_OF_NUMBERS: Final = {"<", ">", "<=", ">=", "+", "-", "*", "/", "%"}


class Names(Protocol):
    """Where the evaluator finds what a name stands for."""

    def look_up(self, name: str, place: Place) -> Any:
        """Give the value of a name at the beginning of a reference. Raises Mistake or AlreadyTold."""

    def step(self, value: Any, name: str, place: Place) -> Any:
        """Give what a dot and a name lead to. Raises Mistake or AlreadyTold."""


class Evaluator:
    def __init__(self, names: Names, problems: list[Problem], read: Callable[[str], str]) -> None:
        self.names = names
        self.problems = problems
        self.read = read  # a file, by its path from the folder given
        self.depth = 0

    def value(self, expression: Expression, scope: Scope | None = None) -> Any:
        """Give the value, or WRONG once the reason has been added to the problems."""
        try:
            return self._value(expression.node, expression.origin, scope or {})
        except Mistake as mistake:
            self.problems.append(Problem(mistake.place, str(mistake)))
        except AlreadyTold:
            pass
        except NotKnown as unknown:
            return unknown.value
        return WRONG

    def _known(self, node: Node, origin: Origin, scope: Scope) -> Any:
        """Give a value that something else is made from. Raises NotKnown, so that this is not known either."""
        value = self._value(node, origin, scope)
        if isinstance(value, Unknown):
            raise NotKnown(value)
        return value

    def _value(self, node: Node, origin: Origin, scope: Scope) -> Any:
        self.depth += 1
        try:
            if self.depth > DEEPEST:
                raise Mistake(f"This is nested more than {DEEPEST} levels deep.", origin.place(node))
            known = getattr(self, f"_{node.data}", None)
            if known is None:
                raise Mistake("This kind of expression is not read here.", origin.place(node))
            return known(node, origin, scope)
        finally:
            self.depth -= 1

    def _expr_term(self, node: Node, origin: Origin, scope: Scope) -> Any:
        return self._value(next(children(node)), origin, scope)

    def _literal_value(self, node: Node, _origin: Origin, _scope: Scope) -> Any:
        return {"null": None, "true": True, "false": False}[str(next(tokens(node)))]

    def _int_lit(self, node: Node, _origin: Origin, _scope: Scope) -> int:
        return int(str(next(tokens(node)))[:18])

    def _float_lit(self, node: Node, _origin: Origin, _scope: Scope) -> float:
        return float(str(next(tokens(node))))

    def _string(self, node: Node, origin: Origin, scope: Scope) -> Any:
        return templates.joined(self._parts(node, origin, scope), origin.place(node))

    def _parts(self, node: Node, origin: Origin, scope: Scope) -> Iterator[tuple[Any, Place]]:
        for part in children(node):
            inner = part.children[0]
            if isinstance(inner, str):
                yield unescaped(inner), origin.place(inner)
            elif inner.data == "interpolation":
                yield self._value(next(children(inner)), origin, scope), origin.place(inner)
            else:
                raise Mistake("Directives with %{ } are not read here.", origin.place(inner))

    def _heredoc_template(self, node: Node, origin: Origin, scope: Scope) -> Any:
        token = next(tokens(node))
        parts = templates.heredoc(str(token), origin, token.line or 1)
        values = ((one, place) if isinstance(one, str) else (self._within(one, scope), place) for one, place in parts)
        return templates.joined(values, origin.place(node))

    _heredoc_template_trim = _heredoc_template

    def _within(self, expression: Expression, scope: Scope) -> Any:
        return self._value(expression.node, expression.origin, scope)

    def _tuple(self, node: Node, origin: Origin, scope: Scope) -> List:
        found = list(children(node))
        return List((self._element(one, origin, scope) for one in found), places=[origin.place(one) for one in found])

    def _element(self, node: Node, origin: Origin, scope: Scope) -> Any:
        """Give the value of a part, or WRONG: what is wrong with one part hides no mistake in another."""
        return self.value(Expression(node, origin), scope)

    def _object(self, node: Node, origin: Origin, scope: Scope) -> Map:
        made = Map()
        for element in children(node):
            key_node, value_node = list(children(element))
            key = self._key(key_node, origin, scope)
            if key in made:
                raise Mistake(f"The key “{key}” is there twice.", origin.place(key_node))
            made[key] = self._element(value_node, origin, scope)
            made.places[key] = origin.place(value_node)
        return made

    def _key(self, node: Node, origin: Origin, scope: Scope) -> str:
        """Read an object's key: a bare word is itself, not a name to look up."""
        inner = next(children(node))
        words = list(tokens(inner))
        if len(words) == 1 and words[0].type not in ("DBLQUOTE", "STRING_CHARS"):
            return str(words[0])
        return self._text(self._known(inner, origin, scope), origin.place(inner))

    def _text(self, value: Any, place: Place) -> str:
        try:
            return functions.text_of(value)
        except functions.CannotCall as refusal:
            raise Mistake(str(refusal), place) from None

    def _function_call(self, node: Node, origin: Origin, scope: Scope) -> Any:
        name_node, *rest = children(node)
        name, place = str(next(tokens(name_node))), origin.place(name_node)
        if name not in functions.KNOWN and name != "file":
            near = did_you_mean(f"{name}()", [f"{one}()" for one in (*functions.KNOWN, "file")])
            raise Mistake(f"There is no function {name}() here.{near}", place)
        arguments = [self._known(one, origin, scope) for part in rest for one in children(part)]
        if holds_wrong(arguments):
            raise AlreadyTold
        try:
            return functions.call(name, arguments, read=self.read)
        except functions.CannotCall as refusal:
            if unknown := unknown_in(arguments):
                raise NotKnown(unknown) from None
            raise Mistake(str(refusal), origin.place(node)) from None

    def _identifier(self, node: Node, origin: Origin, scope: Scope) -> Any:
        name = str(next(tokens(node)))
        return scope[name] if name in scope else self.names.look_up(name, origin.place(node))

    def _get_attr_expr_term(self, node: Node, origin: Origin, scope: Scope) -> Any:
        value_node, step = list(children(node))
        value = self._value(value_node, origin, scope)
        name = str(list(tokens(step))[-1])
        return self._step(value, name, origin.place(node))

    def _step(self, value: Any, name: str, place: Place) -> Any:
        if isinstance(value, Unknown):
            return value.step(f".{name}")
        if isinstance(value, dict):
            if name not in value:
                raise Mistake(f"There is no “{name}” in it.{did_you_mean(name, list(value))}", place)
            return value[name]
        return self.names.step(value, name, place)

    def _index_expr_term(self, node: Node, origin: Origin, scope: Scope) -> Any:
        value_node, step = list(children(node))
        value, place = self._value(value_node, origin, scope), origin.place(node)
        inner = list(children(step))
        index = self._known(inner[0], origin, scope) if inner else int(str(list(tokens(step))[-1]))
        return self._at(value, index, place)

    def _at(self, value: Any, index: Any, place: Place) -> Any:
        if isinstance(value, Unknown):
            return value.step(bracketed(index))
        if isinstance(value, dict) and isinstance(index, str):
            return self._step(value, index, place)
        if isinstance(value, list) and isinstance(index, int) and not isinstance(index, bool):
            if not 0 <= index < len(value):
                raise Mistake(f"There is no element {index}: the list has {len(value)}.", place)
            return value[index]
        raise Mistake(f"{kind_of(value).capitalize()} has no element {index!r}.", place)

    def _attr_splat_expr_term(self, node: Node, origin: Origin, scope: Scope) -> List:
        value_node, splat = list(children(node))
        value, place = self._known(value_node, origin, scope), origin.place(node)
        values = value if isinstance(value, list) else [] if value is None else [value]
        for step in children(splat):
            name = str(list(tokens(step))[-1])
            values = [self._step(one, name, place) for one in values]
        return List(values)

    _full_splat_expr_term = _attr_splat_expr_term

    def _conditional(self, node: Node, origin: Origin, scope: Scope) -> Any:
        question, yes, no = list(children(node))
        answer = self._known(question, origin, scope)
        if not isinstance(answer, bool):
            raise Mistake(f"A condition is true or false; this is {kind_of(answer)}.", origin.place(question))
        return self._value(yes if answer else no, origin, scope)

    def _unary_op(self, node: Node, origin: Origin, scope: Scope) -> Any:
        value = self._known(next(children(node)), origin, scope)
        if str(node.children[0]) == "!":
            return not self._checked(value, bool, "!", origin.place(node))
        return -self._checked(value, int | float, "-", origin.place(node))

    def _binary_op(self, node: Node, origin: Origin, scope: Scope) -> Any:
        left_node, term = list(children(node))
        sign_node, right_node = list(children(term))
        # The grammar takes the end of a line before an operator for a part of it.
        sign, place = str(next(tokens(sign_node))).strip(), origin.place(node)
        left, right = self._known(left_node, origin, scope), self._known(right_node, origin, scope)
        if sign in _OF_BOOLS | _OF_NUMBERS:
            kind = bool if sign in _OF_BOOLS else int | float
            left, right = self._checked(left, kind, sign, place), self._checked(right, kind, sign, place)
        try:
            return _OPERATORS[sign](left, right)
        except ZeroDivisionError:
            raise Mistake("Nothing can be divided by zero.", place) from None

    def _checked(self, value: Any, kind: Any, sign: str, place: Place) -> Any:
        if not isinstance(value, kind) or (kind is not bool and isinstance(value, bool)):
            raise Mistake(f"“{sign}” can't take {kind_of(value)}.", place)
        return value

    def _for_tuple_expr(self, node: Node, origin: Origin, scope: Scope) -> List:
        intro, body, *condition = list(children(node))
        return List(self._value(body, origin, inner) for inner in self._rounds(intro, condition, origin, scope))

    def _for_object_expr(self, node: Node, origin: Origin, scope: Scope) -> Map:
        intro, key, body, *condition = list(children(node))
        return Map(
            (self._text(self._known(key, origin, inner), origin.place(key)), self._value(body, origin, inner))
            for inner in self._rounds(intro, condition, origin, scope)
        )

    def _rounds(self, intro: Node, condition: list[Node], origin: Origin, scope: Scope) -> Iterator[Scope]:
        """Give the scope of each round of a for expression."""
        *names, source = list(children(intro))
        words = [str(next(tokens(one))) for one in names]
        for key, one in self._pairs(self._known(source, origin, scope), origin.place(source)):
            inner = {**scope, words[-1]: one, **({words[0]: key} if len(words) > 1 else {})}
            if not condition or self._known(next(children(condition[0])), origin, inner) is True:
                yield inner

    def _pairs(self, source: Any, place: Place) -> list[tuple[Any, Any]]:
        if isinstance(source, dict):
            return sorted(source.items())
        if isinstance(source, list):
            return list(enumerate(source))
        raise Mistake(f"Only lists and maps can be gone through; this is {kind_of(source)}.", place)
