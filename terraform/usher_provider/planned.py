"""What one plan would do, so far: each row is judged by the portal after those that are planned before it."""

import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from tf.types import Unknown

from usher_provider.shapes import SETTINGS, SHAPES, Argument, Shape

Key = tuple[str, str]


@dataclass
class Planned:
    """Terraform plans a row after those that it names, from ten threads at once."""

    steps: dict[Key, dict[str, Any]] = field(default_factory=dict)  # the last plan of each row, in their order
    unknown: set[Key] = field(default_factory=set)  # rows of which something is known only after the apply
    lock: threading.Lock = field(default_factory=threading.Lock)

    def before(self, step: Mapping[str, Any]) -> list[dict[str, Any]]:
        with self.lock:
            return [*(one for key, one in self.steps.items() if key != _key(step)), dict(step)]

    def add(self, step: Mapping[str, Any]) -> None:
        with self.lock:
            self.steps.pop(_key(step), None)
            self.steps[_key(step)] = dict(step)

    def leave_out(self, key: Key) -> None:
        """Judge neither this row nor what names it: the portal would miss what is not known yet."""
        with self.lock:
            self.unknown.add(key)

    def can_judge(self, type_: str, document: Mapping[str, Any]) -> bool:
        with self.lock:
            return not holds_unknown(document) and not self.unknown & set(named(type_, document))


def _key(step: Mapping[str, Any]) -> Key:
    return str(step["type"]), str(step["name"])


def holds_unknown(value: Any) -> bool:
    if isinstance(value, Mapping):
        return any(map(holds_unknown, value.values()))
    if isinstance(value, list | tuple):
        return any(map(holds_unknown, value))
    return value is Unknown


def named(type_: str, document: Mapping[str, Any]) -> Iterator[Key]:
    """The rows that this one names by their ids."""
    yield from _named(SHAPES[type_], document)
    settings = SETTINGS.get(type_, {}).get(str(document.get("type")), {})
    yield from _of(settings, document.get("settings") or {})


def _named(shape: Shape, said: Mapping[str, Any]) -> Iterator[Key]:
    yield from _of(shape.arguments, said)
    for name, inner in shape.sections.items():
        value = said.get(name) or []
        for one in value if isinstance(value, list) else [value]:
            yield from _named(inner, one)


def _of(arguments: Mapping[str, Argument], said: Mapping[str, Any]) -> Iterator[Key]:
    for name, argument in arguments.items():
        value = said.get(name)
        if argument.of and value is not None:
            yield from ((argument.of, str(one).lower()) for one in (value if isinstance(value, list) else [value]))
