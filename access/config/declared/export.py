"""Write the set-up as Terraform files, so that they plan to nothing: here, and with the provider."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from access.config.declared import as_json, hcl_text, present
from access.config.declared.differences import Key
from access.config.declared.present import Present
from access.config.declared.wanted import TYPES
from integrations.terraform.schema import SETTINGS, SHAPES, Argument, Kind, Shape

FILES: Final[Mapping[str, str]] = {
    "sym_secret": "secrets.tf",
    "sym_integration": "integrations.tf",
    "sym_target": "targets.tf",
    "sym_strategy": "strategies.tf",
    "sym_flow": "flows.tf",
}
IMPORTS: Final = "imports.tf"
Labels = Mapping[Key, str]


def files() -> dict[str, str]:
    """Give the text of each file by its name; no secret's value is in them.

    `imports.tf` is for Terraform, whose state has none of the rows yet. `manage.py config` passes it over.
    """
    here = present.read()
    labels = _labels(here)
    found: dict[str, list[list[str]]] = {name: [] for name in (*FILES.values(), IMPORTS)}
    for source in sorted({one.facts["source"] for key, one in here.items() if key[0] == "sym_secret"}):
        said = [f"type = {hcl_text.text(source)}", f"name = {hcl_text.text(source)}"]
        found["secrets.tf"].append(hcl_text.block(f'resource "sym_secrets" "{source}"', said))
    for type_ in TYPES:
        for key, one in sorted(here.items()):
            if key[0] == type_:
                found[FILES[type_]].append(_resource(one, labels))
                found[IMPORTS].append(_import(key, labels))
    return {name: _file(blocks) for name, blocks in found.items() if blocks}


def _file(blocks: list[list[str]]) -> str:
    return "\n".join("\n".join(hcl_text.aligned(lines)) + "\n" for lines in blocks)


def _labels(here: Mapping[Key, Present]) -> dict[Key, str]:
    """A resource's label is its row's name as an identifier; a number keeps apart what would be alike."""
    found: dict[Key, str] = {}
    for type_, name in sorted(here):
        plain = re.sub(r"[^a-z0-9_]", "_", name)
        plain = plain if plain[:1].isalpha() else f"_{plain}"
        taken = {label for key, label in found.items() if key[0] == type_}
        found[type_, name] = next(one for one in _candidates(plain) if one not in taken)
    return found


def _candidates(plain: str) -> Iterator[str]:
    yield plain
    number = 2
    while True:
        yield f"{plain}_{number}"
        number += 1


def _import(key: Key, labels: Labels) -> list[str]:
    return hcl_text.block("import", [f"to = {key[0]}.{labels[key]}", f"id = {hcl_text.text(key[1])}"])


def _resource(one: Present, labels: Labels) -> list[str]:
    shape = SHAPES[one.type]
    said = {"name": one.name, **as_json.of(one.type, one.facts)}
    settings = SETTINGS.get(one.type, {}).get(str(said.get("type")), {})
    lines = _arguments(shape.arguments, {**said, "settings": None}, labels)
    if said.get("settings"):
        lines += [*_braced("settings", _settings(settings, said["settings"], labels))]
    return hcl_text.block(
        f'resource "{one.type}" "{labels[one.type, one.name]}"', [*lines, *_blocks(shape, said, labels)]
    )


def _settings(known: Mapping[str, Argument], said: Mapping[str, Any], labels: Labels) -> list[str]:
    """Those that have no shape, as of a secret, are texts."""
    shapes = {name: known.get(name, Argument(Kind.STRING)) for name in said}
    return _arguments(shapes, said, labels)


def _braced(name: str, lines: list[str]) -> list[str]:
    return [f"{name} = {{", *(f"  {line}" for line in lines), "}"]


def _arguments(known: Mapping[str, Argument], said: Mapping[str, Any], labels: Labels) -> list[str]:
    """What is empty is not written, unless it has to be: else it is the same as what is not said."""
    found: list[str] = []
    for name, argument in known.items():
        value = said.get(name)
        is_empty = value in (None, "", [], {}) or (argument.kind is Kind.DURATION and not value)
        if value is None or (is_empty and not argument.required):
            continue
        if argument.kind is Kind.IDS:
            ids = (f"  {_id(argument.of, one, labels)}," for one in value)
            found += [f"{name} = [", *ids, "]"]
        else:
            found.append(f"{name} = {_written(argument, value, labels)}")
    return found


def _written(argument: Argument, value: Any, labels: Labels) -> str:
    match argument.kind:
        case Kind.ID:
            return _id(argument.of, value, labels)
        case Kind.DURATION:
            return hcl_text.time(value)
        case Kind.DURATIONS:
            return "[" + ", ".join(map(hcl_text.time, value)) + "]"
        case _:
            return hcl_text.value(value)


def _id(type_: str, name: str, labels: Labels) -> str:
    """A source of secrets is called by its type."""
    return f"{type_}.{name if type_ == 'sym_secrets' else labels[type_, name]}.id"


def _blocks(shape: Shape, said: Mapping[str, Any], labels: Labels) -> list[str]:
    lines: list[str] = []
    for name, inner in shape.sections.items():
        value = said.get(name) or []
        for one in value if isinstance(value, list) else [value]:
            lines += hcl_text.block(name, [*_arguments(inner.arguments, one, labels), *_blocks(inner, one, labels)])
    return lines
