"""Calls of modules: those in a folder below the root are read; what can't be read is told, or means nothing here."""

import re
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any, Final

from integrations.terraform import instances
from integrations.terraform.blocks import Block
from integrations.terraform.declare import declare
from integrations.terraform.evaluate import Scope
from integrations.terraform.module import Module, PassedOver
from integrations.terraform.problems import Place, Problem, did_you_mean
from integrations.terraform.values import WRONG, Key, Unknown, Wrong, bracketed

OWN: Final = frozenset({"source", "version", "providers", "for_each", "count", "depends_on"})
# Modules of a public registry that are known to set up a cloud alone: those which connected the predecessor with one,
# and the common ones. Whatever else can't be read could hold flows, so it is a mistake.
_HOLDS_NOTHING: Final = re.compile(
    r"(?:(?:registry\.terraform\.io|terraform\.symops\.com)/)?"
    r"(?:symopsio/[\w-]+-(?:connector|addon|addons)/[\w-]+"
    r"|terraform-aws-modules/[\w-]+/aws|terraform-google-modules/[\w-]+/google)(?://[\w./-]+)?"
)


def open_call(module: Module, name: str) -> Any:
    """Give the module of a call, a map or a list of them, Unknown where nothing of it matters, or WRONG once told."""
    block, address = module.calls[name], f"{module.address}.module.{name}".lstrip(".")
    written = block.attributes.get("source")
    source = module.evaluator.value(written) if written else None
    place = written.place if written else block.place
    if not isinstance(source, str):
        if not isinstance(source, Wrong):
            module.problems.append(Problem(place, f"{address} needs a source that is a text."))
        return WRONG
    if source.startswith(("./", "../")):
        folder = _folder(module, source, place)
        return _local(module, name, block, folder) if folder else WRONG
    if _HOLDS_NOTHING.fullmatch(source):
        module.passed_over.append(PassedOver(address, source, block.place))
        return Unknown(f"module.{name}", "is not read here")
    text = (
        f"{address} can't be read: {source} is not a folder here. Copy the module into one, such as "
        f"./modules/{name}, or take the call out if it makes nothing of what is kept here."
    )
    module.problems.append(Problem(place, text))
    return WRONG


def _folder(module: Module, source: str, place: Place) -> Path | None:
    """The folder of a local module; None once it is told why it can't be read."""
    folder = (module.folder / source).resolve()
    sentence = ""
    if not module.sources.is_inside(folder):
        sentence = f"{source} lies outside of the folder, so it is not read. Name a folder that has both with --root."
    elif not folder.is_dir():
        sentence = f"There is no folder {source}."
    elif any(one.folder == folder for one in _callers(module)):
        sentence = f"The module in {source} calls itself."
    if sentence:
        module.problems.append(Problem(place, sentence))
    return None if sentence else folder


def _callers(module: Module) -> list[Module]:
    return [module, *(_callers(module.parent) if module.parent else [])]


def _local(module: Module, name: str, block: Block, folder: Path) -> Any:
    def make(key: Key | None, scope: Scope) -> Module:
        address = f"{module.address}.module.{name}{bracketed(key)}".lstrip(".")
        child = Module(folder, module.sources, module.problems, open_call, address, module)
        found: list[Problem] = []
        declared = declare(child, module.sources.of(folder, found))
        module.problems.extend(found)
        _set_variables(child, declared, block, f"module.{name}{bracketed(key)}", scope)
        return child

    found = instances.expand(module, f"module.{name}", block, make, block.place)
    if isinstance(found, Unknown):
        text = f"How many modules module.{name} makes comes from {found}. Write it out."
        module.problems.append(Problem(block.place, text))
        return WRONG
    return found


def _set_variables(child: Module, declared: Mapping[str, Block], call: Block, what: str, scope: Scope) -> None:
    """Let each variable be what the call says, once somebody asks for it, or its default."""
    caller = child.parent
    assert caller is not None  # noqa: S101  a module that is called has a caller
    for name in set(call.attributes) - OWN - set(declared):
        text = f"{child.address} has no variable “{name}”.{did_you_mean(name, list(declared))}"
        caller.problems.append(Problem(call.names[name], text))
    for name, block in declared.items():
        given, default = call.attributes.get(name), block.attributes.get("default")
        if given is not None:
            child.variables[name] = partial(caller.once, f"{what}.{name}", given, scope, given.place)
        elif default is not None:
            child.variables[name] = partial(child.once, f"var.{name}", default, {}, default.place)
        else:
            caller.problems.append(Problem(call.place, f"{child.address} needs “{name}”."))
            child.variables[name] = Wrong
