"""What the framework writes into the description and the tools that read such descriptions do not take."""

from collections.abc import Iterable, Iterator
from typing import Any, Final

NOTHING: Final = {"type": "null"}
_METHODS: Final = ("get", "post", "put", "delete")


def operations(schema: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for address in schema["paths"].values():
        yield from ((method, address[method]) for method in _METHODS if method in address)


def parameter(one: dict[str, Any]) -> dict[str, Any]:
    """Leave a parameter's examples to its schema, and never call for a null that no address can carry."""
    told = {name: value for name, value in one.items() if name not in ("example", "examples")}
    told["schema"] = {name: value for name, value in without_null(one["schema"]).items() if name != "default" or value}
    return told


def body(one: dict[str, Any]) -> dict[str, Any]:
    """A body that can be left out is one that is not required, rather than one that is null."""
    for media in one["content"].values():
        told = without_null(media["schema"])
        one["required"] = told == media["schema"]
        media["schema"] = {"$ref": told["$ref"]} if "$ref" in told else told
    return one


def without_null(schema: dict[str, Any]) -> dict[str, Any]:
    """The schema of what is not null, of one that is a choice between that and null."""
    choices = schema.get("anyOf", [])
    if NOTHING not in choices:
        return schema
    rest = [one for one in choices if one != NOTHING]
    others = {name: value for name, value in schema.items() if name not in ("anyOf", "default")}
    return {**others, **(rest[0] if len(rest) == 1 else {"anyOf": rest})}


def only_used(schemas: dict[str, Any], *roots: Any) -> dict[str, Any]:
    """Leave out what nothing refers to: the names under which parameters are read."""
    used: set[str] = set()
    waiting = list(_named(roots))
    while waiting:
        name = waiting.pop()
        if name not in used:
            used.add(name)
            waiting += _named([schemas[name]])
    return {name: one for name, one in schemas.items() if name in used}


def _named(parts: Iterable[Any]) -> Iterator[str]:
    for part in parts:
        if isinstance(part, dict):
            if isinstance(part.get("$ref"), str):
                yield part["$ref"].rpartition("/")[2]
            yield from _named(part.values())
        elif isinstance(part, list | tuple):
            yield from _named(part)
