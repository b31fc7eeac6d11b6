"""What an expression can be: plain values that remember their places, and references to other resources."""

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


@dataclass(frozen=True)
class Reference:
    """The id of another resource of the files, or of a data source."""

    kind: str  # resource or data
    type: str
    name: str
    key: str | None = None  # of an instance made by for_each

    @property
    def address(self) -> str:
        prefix = "data." if self.kind == "data" else ""
        instance = f'["{self.key}"]' if self.key is not None else ""
        return f"{prefix}{self.type}.{self.name}{instance}"

    def __str__(self) -> str:
        return self.address


class Wrong:
    """Stands for a value that could not be read. Its problem has been told; nothing more is said of it."""

    def __repr__(self) -> str:
        return "WRONG"


WRONG: Final = Wrong()


def holds_wrong(value: Any) -> bool:
    """Whether a value, or a part of it, could not be read."""
    if isinstance(value, dict):
        return any(holds_wrong(one) for one in value.values())
    if isinstance(value, list):
        return any(holds_wrong(one) for one in value)
    return value is WRONG


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
        case _:
            return "a reference"
