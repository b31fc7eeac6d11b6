"""A folder of Terraform files, read and evaluated: resources with plain values, or every mistake with its place."""

import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from integrations.storable import storable
from integrations.terraform.blocks import Block, Expression
from integrations.terraform.calls import open_call
from integrations.terraform.declare import declare
from integrations.terraform.module import META, Instance, Module, PassedOver
from integrations.terraform.problems import Place, Problem
from integrations.terraform.sources import Sources
from integrations.terraform.values import WRONG, Reference
from integrations.terraform.variables import given_by, set_variables


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
    passed_over: list[PassedOver]  # modules, which are not read
    sources: dict[str, str]  # file name to text
    digest: str  # SHA-256 over names and contents of all files, hexadecimal
    read_text: Callable[[str], str]  # of another file by its path, or CannotCall
    left_aside: list[Resource] = field(default_factory=list)  # by `only`
    imports: frozenset[str] = frozenset()  # addresses of resources that take over what is there already


def read(folder: Path, environment: Mapping[str, str] = os.environ, *, root: Path | None = None) -> Configuration:
    """Read the `.tf` files of a folder with its `*.tfvars` and the `TF_VAR_*` given, and the local modules it calls.

    All of them lie below `root`, which is the folder itself unless it is given. Never raises for what is in the
    files: it is told in `problems`, sorted by place.
    """
    problems: list[Problem] = []
    sources = Sources(folder, root)
    module = Module(sources.folder, sources, problems, open_call)
    texts = sources.of(sources.folder, problems)
    variables = declare(module, texts)
    set_variables(module, variables, texts, environment)
    resources = [_resource(one, one.module) for one in module.every_instance()]
    module.check_locals()
    return Configuration(
        resources, sorted(set(problems)), _passed_over(module), sources.texts,
        sources.digest(given_by(environment, variables)), sources.read,
        imports=frozenset(module.imports),
    )  # fmt: skip


def _passed_over(module: Module) -> list[PassedOver]:
    return [*module.passed_over, *(one for child in module.children() for one in _passed_over(child))]


def _resource(instance: Instance, module: Module) -> Resource:
    block = instance.declaration.block
    if instance.is_foreign:
        return Resource(instance.reference, Section(block.type, block.place))
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
