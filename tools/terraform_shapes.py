"""Writes terraform/usher_provider/shapes.json: what each type of resource may say, for the Terraform provider.

The provider is a distribution of its own and has none of the portal's code; the table is the portal's.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from integrations.terraform.schema import NOTES, SETTINGS, SHAPES, Argument, Shape

PATH: Final = Path(__file__).resolve().parent.parent / "terraform" / "usher_provider" / "shapes.json"
# The rows that the API keeps; the others are the provider's alone, and change nothing.
KEPT: Final = ("sym_secret", "sym_integration", "sym_target", "sym_strategy", "sym_flow")


def text() -> str:
    """Give the whole file."""
    table = {
        "kept": KEPT,
        "shapes": {type_: _shape(shape) for type_, shape in SHAPES.items()},
        "settings": {type_: _kinds(kinds) for type_, kinds in SETTINGS.items()},
        "notes": NOTES,
    }
    return json.dumps(table, indent=1) + "\n"


def _shape(shape: Shape) -> dict[str, Any]:
    return {
        "arguments": {name: _argument(one) for name, one in shape.arguments.items()},
        "sections": {name: _shape(one) for name, one in shape.sections.items()},
        "at_most_once": shape.at_most_once,
        "note": shape.note,
    }


def _kinds(kinds: Mapping[str, Mapping[str, Argument]]) -> dict[str, Any]:
    return {kind: {name: _argument(one) for name, one in known.items()} for kind, known in kinds.items()}


def _argument(one: Argument) -> dict[str, Any]:
    return {"kind": one.kind.name, "required": one.required, "of": one.of, "note": one.note}


if __name__ == "__main__":
    PATH.write_text(text(), encoding="utf-8")
