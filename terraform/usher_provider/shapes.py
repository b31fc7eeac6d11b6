"""What each type of resource may say: the portal's own table, which a command writes into shapes.json."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final


@dataclass(frozen=True)
class Argument:
    kind: str  # STRING, NUMBER, BOOL, STRINGS, DURATION, DURATIONS, SCALAR, SCALARS, MAP, ID or IDS
    required: bool
    of: str
    note: str  # why it changes nothing; empty when it does


@dataclass(frozen=True)
class Shape:
    arguments: Mapping[str, Argument]
    sections: Mapping[str, "Shape"]
    at_most_once: bool
    note: str

    @property
    def meant(self) -> dict[str, Argument]:
        """The arguments that the portal is told."""
        return {name: one for name, one in self.arguments.items() if not one.note}


def _shape(table: Mapping[str, Any]) -> Shape:
    return Shape(
        {name: Argument(**one) for name, one in table["arguments"].items()},
        {name: _shape(one) for name, one in table["sections"].items()},
        table["at_most_once"],
        table["note"],
    )


_TABLE: Final = json.loads((Path(__file__).parent / "shapes.json").read_text(encoding="utf-8"))
SHAPES: Final[Mapping[str, Shape]] = {type_: _shape(one) for type_, one in _TABLE["shapes"].items()}
KEPT: Final = frozenset(_TABLE["kept"])
SETTINGS: Final[Mapping[str, Mapping[str, Mapping[str, Argument]]]] = {
    type_: {kind: {name: Argument(**one) for name, one in known.items()} for kind, known in kinds.items()}
    for type_, kinds in _TABLE["settings"].items()
}


def note(type_: str, kind: object) -> str:
    """Say why a resource of this type and with this `type` changes nothing; empty when it does."""
    return str(SHAPES[type_].note or _TABLE["notes"].get(type_, {}).get(str(kind), ""))
