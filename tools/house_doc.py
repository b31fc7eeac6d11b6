"""Write the drawing and the table of the rooms into docs/house.md, from the imports and the docstrings of today.

`.venv/bin/python -m tools.house_doc`, which `make docs` calls.
"""

import ast
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

# From the ground up: a room may import those named before it, and nothing else.
ROOMS: Final = (
    "core", "models", "audit", "people", "directory", "policy", "grants", "events", "requests", "notify", "evidence",
    "config", "alerts", "worker", "demo",
)  # fmt: skip

ROOT: Final = Path(__file__).resolve().parent.parent
PAGE: Final = ROOT / "docs" / "house.md"
BEGIN: Final = "<!-- From here to the next mark, `make docs` writes. -->"
END: Final = "<!-- The end of what `make docs` writes. -->"


def text() -> str:
    """The whole page as it should be: what people wrote, with today's drawing and table between the marks."""
    before, _, rest = PAGE.read_text().partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n\n{_drawing(arrows())}\n\n{_table()}\n\n{END}{after}"


def arrows() -> dict[str, set[str]]:
    """Which rooms each room imports."""
    return {room: set(_imported_by(room)) - {room} for room in rooms()}


def rooms() -> tuple[str, ...]:
    return tuple(room for room in ROOMS if (ROOT / "access" / room).is_dir())


def _imported_by(room: str) -> Iterator[str]:
    for path in sorted((ROOT / "access" / room).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ImportFrom) and node.module:
                names = [f"{node.module}.{one.name}" for one in node.names]
            else:
                names = [one.name for one in node.names] if isinstance(node, ast.Import) else []
            words = (name.split(".") for name in names)
            yield from (parts[1] for parts in words if parts[0] == "access" and len(parts) > 1 and parts[1] in ROOMS)


def _drawing(imports: Mapping[str, set[str]]) -> str:
    """Without the arrows that follow from others: with a room come the rooms that it imports."""
    lines = [
        "```mermaid",
        "flowchart TD",
        "  portal --> access",
        "  access --> integrations",
        "  subgraph access",
        "    direction TB",
    ]
    for room, targets in reversed(list(imports.items())):
        further = set[str]().union(*(_reached(one, imports) for one in targets))
        lines += [f"    {room} --> {one}" for one in reversed(rooms()) if one in targets - further]
    return "\n".join([*lines, "  end", "```"])


def _reached(room: str, imports: Mapping[str, set[str]]) -> set[str]:
    """The rooms that are reached from this one by one arrow or more."""
    return set(imports[room]).union(*(_reached(one, imports) for one in imports[room]))


def _table() -> str:
    lines = ["| room | what lives there | front door |", "|---|---|---|"]
    for room in rooms():
        told = ast.get_docstring(ast.parse((ROOT / "access" / room / "__init__.py").read_text())) or ""
        doors = [line.removeprefix("Front door: ").rstrip(".") for line in told.splitlines() if "Front door" in line]
        door = ", ".join(f"`{one}`" for one in doors[0].split(", ")) if doors else "–"
        lines.append(f"| [`{room}/`](../access/{room}/__init__.py) | {told.splitlines()[0]} | {door} |")
    return "\n".join(lines)


if __name__ == "__main__":
    PAGE.write_text(text())
