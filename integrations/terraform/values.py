"""What an expression can be: plain values that remember their places, and references to other resources."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from integrations.terraform.problems import Place


class Map(dict[str, Any]):
    """An object of a file. `places` says where each key stands."""

    def __init__(self, *args: Any, places: dict[str, Place] | None = None) -> None:
        super().__init__(*args)
        self.places = places or {}


class List(list[Any]):
    """A list of a file. `places` says where each element stands, when it was written out."""

    def __init__(self, *args: Any, places: list[Place] | None = None) -> None:
        super().__init__(*args)
        self.places = places or []


Key = str | int  # of an instance: a text with for_each, a number with count


@dataclass(frozen=True)
class Reference:
    """The id of another resource of the files, or of a data source."""

    kind: str  # resource or data
    type: str
    name: str
    key: Key | None = None
    module: str = ""  # the address of the module that it stands in; empty for the folder given

    @property
    def address(self) -> str:
        prefix = "data." if self.kind == "data" else ""
        within = f"{self.module}." if self.module else ""
        return f"{within}{prefix}{self.type}.{self.name}{bracketed(self.key)}"

    def __str__(self) -> str:
        return self.address


@dataclass(frozen=True)
class Unknown:
    """Stands for a value that is nobody's mistake and can't be known here, such as what another provider makes."""

    source: str  # what was written, such as module.runtime.settings
    why: str  # goes on after "which"

    def step(self, name: str) -> "Unknown":
        return Unknown(f"{self.source}{name}", self.why)

    def __str__(self) -> str:
        return f"{self.source}, which {self.why}"


class NotKnown(Exception):
    """What an expression is made from is not known, so neither is its value."""

    def __init__(self, value: Unknown) -> None:
        super().__init__(str(value))
        self.value = value


class Wrong:
    """Stands for a value that could not be read. Its problem has been told; nothing more is said of it."""

    def __repr__(self) -> str:
        return "WRONG"


WRONG: Final = Wrong()


def bracketed(key: Key | None) -> str:
    """Write the key of an instance as an address does."""
    if key is None:
        return ""
    return f"[{key}]" if isinstance(key, int) else f'["{key}"]'


def holds_wrong(value: Any) -> bool:
    """Whether a value, or a part of it, could not be read."""
    return any(one is WRONG for one in leaves(value))


def unknown_in(value: Any) -> Unknown | None:
    """The first part of a value that can't be known here."""
    return next((one for one in leaves(value) if isinstance(one, Unknown)), None)


def leaves(value: Any) -> Iterator[Any]:
    """Every part of a value that is neither a list nor a map."""
    if isinstance(value, dict | list):
        for one in value.values() if isinstance(value, dict) else value:
            yield from leaves(one)
    else:
        yield value


def kind_of(value: Any) -> str:
    """Name a value's type as a person who writes Terraform does."""
    match value:
        case None:
            return "null"
        case bool():
            return "a bool"
        case int() | float():
            return "a number"
        case str():
            return "a string"
        case list():
            return "a list"
        case dict():
            return "a map"
        case Unknown():
            return "not known"
        case _:
            return "a reference"
