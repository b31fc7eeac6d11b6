"""The functions of the language that configurations of this kind use. Each is given values and gives one."""

import json
import re
from collections.abc import Callable, Mapping
from typing import Any, Final

from integrations.terraform.values import List, Map, Reference, kind_of

_VERBS: Final = re.compile("%[sdv%]")


class CannotCall(Exception):
    """A function refuses its arguments; its text is a sentence."""


def call(name: str, arguments: list[Any], *, read: Callable[[str], str]) -> Any:
    """Call a function that `KNOWN` or `file` names; `read` gives the text of a file. Raises CannotCall."""
    if name == "file":
        return read(*_texts(name, arguments, count=1))
    try:
        return KNOWN[name](*arguments)
    except CannotCall:
        raise
    except (TypeError, ValueError, AttributeError, KeyError, IndexError, StopIteration):
        kinds = ", ".join(kind_of(one) for one in arguments) or "nothing"
        raise CannotCall(f"{name}() can't take {kinds}.") from None


def text_of(value: Any) -> str:
    """Write a value into a text, as a template does. Raises CannotCall for what has no such form."""
    match value:
        case bool():
            return "true" if value else "false"
        case str():
            return value
        case int():
            return str(value)
        case float():
            return f"{value:g}"
        case _:
            raise CannotCall(f"{kind_of(value).capitalize()} can't be a part of a text.")


def _texts(name: str, arguments: list[Any], *, count: int) -> list[str]:
    if len(arguments) != count or not all(isinstance(one, str) for one in arguments):
        raise CannotCall(f"{name}() takes {count} string.")
    return arguments


def _jsonencode(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False, default=_refuse_reference)


def _refuse_reference(value: Any) -> Any:
    raise CannotCall(f"{value} can't be written as JSON: its id is not a text of the files.")


def _set(values: Any) -> List:
    if not isinstance(values, list):
        raise TypeError
    found = sorted(dict.fromkeys(values), key=str) if not any(isinstance(one, Reference) for one in values) else values
    return List(found)


def _merge(*maps: Mapping[str, Any]) -> Map:
    return Map({key: value for one in maps if one is not None for key, value in one.items()})


def _lookup(where: Mapping[str, Any], key: str, *default: Any) -> Any:
    return where.get(key, *default) if default else where[key]


def _join(separator: str, values: list[Any]) -> str:
    return separator.join(text_of(one) for one in values)


def _format(pattern: str, *values: Any) -> str:
    left = list(values)
    found = _VERBS.sub(lambda verb: "%" if verb.group() == "%%" else text_of(left.pop(0)), pattern)
    if left or "%" in _VERBS.sub("", pattern):
        raise ValueError
    return found


def _coalesce(*values: Any) -> Any:
    return next(one for one in values if one not in (None, ""))


def _flatten(values: list[Any]) -> List:
    return List(part for one in values for part in (_flatten(one) if isinstance(one, list) else [one]))


def _number(value: Any) -> int | float:
    number = float(value)
    return int(number) if number.is_integer() else number


def _length(value: Any) -> int:
    if not isinstance(value, str | list | dict):
        raise TypeError
    return len(value)


def _only_text(change: Callable[..., Any]) -> Callable[..., Any]:
    def checked(value: str, *more: Any) -> Any:
        if not isinstance(value, str):
            raise TypeError
        return change(value, *more)

    return checked


KNOWN: Final[Mapping[str, Callable[..., Any]]] = {
    "coalesce": _coalesce,
    "compact": lambda values: List(one for one in values if one not in (None, "")),
    "concat": lambda *lists: List(part for one in lists for part in one),
    "contains": lambda values, one: one in values,
    "distinct": lambda values: List(dict.fromkeys(values)),
    "element": lambda values, number: values[number % len(values)],
    "flatten": _flatten,
    "format": _format,
    "join": _join,
    "jsondecode": _only_text(json.loads),
    "jsonencode": _jsonencode,
    "keys": lambda where: List(sorted(where.keys())),
    "length": _length,
    "lookup": _lookup,
    "lower": _only_text(str.lower),
    "merge": _merge,
    "replace": _only_text(str.replace),
    "reverse": lambda values: List(reversed(values)),
    "sort": lambda values: List(sorted(values)),
    "split": lambda separator, text: List(text.split(separator)),
    "title": _only_text(str.title),
    "tobool": lambda value: {"true": True, "false": False}[text_of(value)],
    "tolist": List,
    "tomap": lambda where: Map(where.items()),
    "tonumber": _number,
    "toset": _set,
    "tostring": text_of,
    "trimspace": _only_text(str.strip),
    "upper": _only_text(str.upper),
    "values": lambda where: List(where[key] for key in sorted(where.keys())),
    "zipmap": lambda keys, values: Map(zip(keys, values, strict=True)),
}
