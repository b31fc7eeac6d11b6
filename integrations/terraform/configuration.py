"""A folder of Terraform files, read and evaluated: resources with plain values, or every mistake with its place."""

import hashlib
import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from integrations.storable import storable
from integrations.terraform import blocks
from integrations.terraform.blocks import Block, Expression
from integrations.terraform.module import META, Declaration, Instance, Module
from integrations.terraform.problems import Place, Problem
from integrations.terraform.syntax import parse
from integrations.terraform.values import WRONG, Reference
from integrations.terraform.variables import set_variables

LARGEST_FILE: Final = 10 * 1024 * 1024
# What says how Terraform itself is run, not what is to be there.
PASSED_OVER: Final = frozenset({"terraform", "provider", "output", "moved", "import", "removed", "check"})


@dataclass(frozen=True)
class Value:
    """The plain value of an argument: texts, numbers, lists, maps, `Reference`s, or WRONG."""

    value: Any
    place: Place  # of the value
    name_place: Place


@dataclass
class Section:
    """The inside of a resource, or of a block in it."""

    type: str
    place: Place
    labels: list[str] = field(default_factory=list)
    arguments: dict[str, Value] = field(default_factory=dict)
    sections: list["Section"] = field(default_factory=list)


@dataclass(frozen=True)
class Resource:
    reference: Reference
    body: Section

    @property
    def address(self) -> str:
        return self.reference.address

    @property
    def place(self) -> Place:
        return self.body.place


@dataclass
class Configuration:
    resources: list[Resource]
    problems: list[Problem]
    passed_over: list[Place]  # modules, which are not read
    sources: dict[str, str]  # file name to text
    digest: str  # SHA-256 over names and contents of all files, hexadecimal
    folder: Path


def read(folder: Path, environment: Mapping[str, str] = os.environ) -> Configuration:
    """Read the `.tf` files of a folder, not those below it, with its `*.tfvars` and the `TF_VAR_*` given.

    Never raises for what is in the files: it is told in `problems`, sorted by place.
    """
    problems: list[Problem] = []
    sources = _sources(folder, problems)
    module = Module(folder, problems)
    variables = {}
    for name in [one for one in sources if one.endswith(".tf")]:
        for piece in parse(sources[name], name, problems):
            top = blocks.read(piece, name, problems)
            variables.update(_declare(top, module, problems))
    set_variables(module, variables, sources, environment)
    resources = [_resource(one, module) for one in module.every_instance()]
    module.check_locals()
    return Configuration(resources, sorted(set(problems)), module.passed_over, sources, _digest(sources), folder)


def _sources(folder: Path, problems: list[Problem]) -> dict[str, str]:
    found: dict[str, str] = {}
    for path in sorted(folder.iterdir()) if folder.is_dir() else []:
        if not path.is_file() or path.suffix not in (".tf", ".tfvars"):
            continue
        if path.stat().st_size > LARGEST_FILE:
            problems.append(Problem(Place(path.name), "This file is larger than 10 MiB."))
            continue
        try:
            found[path.name] = path.read_bytes().decode("utf-8-sig")
        except UnicodeDecodeError as error:
            line = path.read_bytes()[: error.start].count(b"\n") + 1
            problems.append(Problem(Place(path.name, line), "This file is not UTF-8."))
    if not any(one.endswith(".tf") for one in found) and not problems:
        problems.append(Problem(Place(str(folder)), "There is no .tf file in this folder."))
    return found


def _digest(sources: Mapping[str, str]) -> str:
    parts = [f"{name}\0{len(text)}\0{text}" for name, text in sorted(sources.items())]
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def _declare(top: Block, module: Module, problems: list[Problem]) -> dict[str, Block]:
    """Add what stands at the top of a file to the module. Return the variables."""
    problems.extend(Problem(place, f"“{name}” stands outside of a block.") for name, place in top.names.items())
    variables: dict[str, Block] = {}
    for block in top.blocks:
        if block.type in ("resource", "data"):
            _declare_resource(block, module, problems)
        elif block.type == "variable" and len(block.labels) == 1:
            variables[block.labels[0]] = block
        elif block.type == "locals" and not block.labels:
            _declare_locals(block, module, problems)
        elif block.type == "module":
            module.passed_over.append(block.place)
        elif block.type not in PASSED_OVER:
            problems.append(Problem(block.place, f"A block “{block.type}” is not read here."))
    return variables


def _declare_resource(block: Block, module: Module, problems: list[Problem]) -> None:
    if len(block.labels) != 2:
        problems.append(
            Problem(block.place, f'A {block.type} has a type and a name: {block.type} "sym_target" "prod".')
        )
        return
    declaration = Declaration(block.type, block.labels[0], block.labels[1], block)
    known = module.declarations.setdefault((declaration.kind, declaration.type, declaration.name), declaration)
    if known is not declaration:
        first = known.block.place
        problems.append(Problem(block.place, f"{known.address} is there twice; first at {first.file}:{first.line}."))
    if "count" in block.attributes:
        problems.append(Problem(block.names["count"], "count is not read here; use for_each."))


def _declare_locals(block: Block, module: Module, problems: list[Problem]) -> None:
    for name, expression in block.attributes.items():
        if module.locals.setdefault(name, expression) is not expression:
            problems.append(Problem(block.names[name], f"local.{name} is set twice."))


def _resource(instance: Instance, module: Module) -> Resource:
    block = instance.declaration.block
    body = _section(block, lambda name, one: _argument(module, instance, one, name), skipped=META)
    body.sections = [_inner(one, instance, module, f"{number}") for number, one in _numbered(block)]
    return Resource(instance.reference, body)


def _numbered(block: Block) -> Iterator[tuple[int, Block]]:
    return enumerate(one for one in block.blocks if one.type not in META)


def _inner(block: Block, instance: Instance, module: Module, path: str) -> Section:
    body = _section(block, lambda name, one: _argument(module, instance, one, f"{path}.{name}"))
    body.sections = [_inner(one, instance, module, f"{path}.{number}") for number, one in enumerate(block.blocks)]
    return body


def _argument(module: Module, instance: Instance, one: Expression, path: str) -> Any:
    """The value of an argument, where it can be kept."""
    value = module.argument(instance, one, path)
    if storable(value) == value:
        return value
    module.problems.append(Problem(one.place, "There is a character in this that no text has, such as \\u0000."))
    return WRONG


def _section(
    block: Block, value_of: Callable[[str, Expression], Any], skipped: frozenset[str] = frozenset()
) -> Section:
    arguments = {
        name: Value(value_of(name, expression), expression.place, block.names[name])
        for name, expression in block.attributes.items()
        if name not in skipped
    }
    return Section(block.type, block.place, list(block.labels), arguments)
