"""What stands at the top of a module's files, put where the module looks for it."""

from collections.abc import Mapping
from typing import Final

from integrations.terraform import blocks
from integrations.terraform.blocks import Block
from integrations.terraform.module import Declaration, Module
from integrations.terraform.problems import Problem
from integrations.terraform.syntax import parse

# What says how Terraform itself is run, not what is to be there.
PASSED_OVER: Final = frozenset({"terraform", "provider", "moved", "removed", "check"})


def declare(module: Module, texts: Mapping[str, str]) -> dict[str, Block]:
    """Read the `.tf` files among the texts into the module. Return the variables that they declare."""
    variables: dict[str, Block] = {}
    for name in [one for one in texts if one.endswith(".tf")]:
        for piece in parse(texts[name], name, module.problems):
            variables |= _top(blocks.read(piece, name, module.problems, module.address), module)
    return variables


def _top(top: Block, module: Module) -> dict[str, Block]:
    problems = module.problems
    problems.extend(Problem(place, f"“{name}” stands outside of a block.") for name, place in top.names.items())
    variables: dict[str, Block] = {}
    for block in top.blocks:
        if block.type in ("resource", "data"):
            _resource(block, module)
        elif block.type == "variable" and len(block.labels) == 1:
            variables[block.labels[0]] = block
        elif block.type == "locals" and not block.labels:
            _locals(block, module)
        elif block.type == "module" and len(block.labels) == 1:
            _call(block, module)
        elif block.type == "output" and len(block.labels) == 1:
            _output(block, module)
        elif block.type == "import" and not block.labels:
            _import(block, module)
        elif block.type not in PASSED_OVER:
            problems.append(Problem(block.place, f"A block “{block.type}” is not read here."))
    return variables


def _resource(block: Block, module: Module) -> None:
    if len(block.labels) != 2:
        sentence = f'A {block.type} has a type and a name: {block.type} "sym_target" "prod".'
        module.problems.append(Problem(block.place, sentence))
        return
    declaration = Declaration(block.type, block.labels[0], block.labels[1], block)
    known = module.declarations.setdefault((declaration.kind, declaration.type, declaration.name), declaration)
    if known is not declaration:
        _say_twice(known.address, known.block, block, module)


def _call(block: Block, module: Module) -> None:
    known = module.calls.setdefault(block.labels[0], block)
    if known is not block:
        _say_twice(f"module.{block.labels[0]}", known, block, module)


def _say_twice(address: str, first: Block, again: Block, module: Module) -> None:
    sentence = f"{address} is there twice; first at {first.place.file}:{first.place.line}."
    module.problems.append(Problem(again.place, sentence))


def _output(block: Block, module: Module) -> None:
    if "value" in block.attributes:
        module.outputs[block.labels[0]] = block.attributes["value"]


def _import(block: Block, module: Module) -> None:
    """Remember which resource takes over what is there already."""
    if "to" in block.attributes:
        words = block.attributes["to"].node.scan_values(lambda _token: True)
        module.imports.add("".join(map(str, words)))


def _locals(block: Block, module: Module) -> None:
    for name, expression in block.attributes.items():
        if module.locals.setdefault(name, expression) is not expression:
            module.problems.append(Problem(block.names[name], f"local.{name} is set twice."))
