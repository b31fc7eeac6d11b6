"""What the variables of a module are set to: by `TF_VAR_*`, over them by `*.tfvars`, else by their defaults."""

from collections.abc import Mapping
from functools import partial
from typing import Any, Final

from integrations.terraform import blocks
from integrations.terraform.blocks import Block
from integrations.terraform.module import Module
from integrations.terraform.problems import Problem, did_you_mean
from integrations.terraform.syntax import parse
from integrations.terraform.values import WRONG

PREFIX: Final = "TF_VAR_"


def set_variables(
    module: Module, declared: Mapping[str, Block], sources: Mapping[str, str], environment: Mapping[str, str]
) -> None:
    """Give each declared variable its value. One without any is told where it is declared."""
    given = _from_environment(module, declared, environment) | _from_files(module, declared, sources)
    for name, block in declared.items():
        value: Any = WRONG
        if name in given:
            value = given[name]
        elif "default" in block.attributes:
            value = module.evaluator.value(block.attributes["default"])
        else:
            sentence = f"The variable “{name}” has no value: set {PREFIX}{name}, or name it in a .tfvars file."
            module.problems.append(Problem(block.place, sentence))
        module.variables[name] = partial(_same, value)


def _same(value: Any) -> Any:
    return value


def given_by(environment: Mapping[str, str], declared: Mapping[str, Block]) -> dict[str, str]:
    """The texts of the variables that the environment sets."""
    return {PREFIX + name: environment[PREFIX + name] for name in declared if PREFIX + name in environment}


def _from_files(module: Module, declared: Mapping[str, Block], sources: Mapping[str, str]) -> dict[str, Any]:
    """Read `terraform.tfvars` and then each `*.auto.tfvars`. Other such files are for a command line to name."""
    found: dict[str, Any] = {}
    automatic = [one for one in sorted(sources) if one.endswith(".auto.tfvars")]
    for file in [*(["terraform.tfvars"] if "terraform.tfvars" in sources else []), *automatic]:
        for piece in parse(sources[file], file, module.problems):
            top = blocks.read(piece, file, module.problems)
            for name, expression in top.attributes.items():
                if name not in declared:
                    sentence = f"No variable “{name}” is declared.{did_you_mean(name, list(declared))}"
                    module.problems.append(Problem(top.names[name], sentence))
                found[name] = module.evaluator.value(expression)
    return found


def _from_environment(module: Module, declared: Mapping[str, Block], environment: Mapping[str, str]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, block in declared.items():
        text = environment.get(PREFIX + name)
        if text is not None:
            found[name] = text if _is_text(block) else _typed(module, name, text)
    return found


def _is_text(block: Block) -> bool:
    """Whether the variable is declared as a string, or without a type: what a shell gives is a text."""
    declared = block.attributes.get("type")
    return declared is None or "".join(blocks.tokens(declared.node)) == "string"


def _typed(module: Module, name: str, text: str) -> Any:
    """Read a value of another type, which is written as an expression."""
    file = PREFIX + name
    for piece in parse(f"value = {text}\n", file, module.problems):
        top = blocks.read(piece, file, module.problems)
        return module.evaluator.value(top.attributes["value"])
    return WRONG
