"""Texts of Terraform files, in the form that `terraform fmt` leaves alone."""

import re
from collections.abc import Iterator
from typing import Any, Final

_ESCAPES: Final = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"}
_UNITS: Final = (("d", 86_400), ("h", 3600), ("m", 60), ("s", 1))
# An argument on one line: what it opens is closed there.
_ARGUMENT: Final = re.compile(r"( *)(\w+) = (.*[^{\[(])")


def block(head: str, lines: list[str]) -> list[str]:
    return [f"{head} {{", *(f"  {line}" for line in lines), "}"] if lines else [f"{head} {{", "}"]


def text(value: str) -> str:
    """Write a string so that nothing in it is taken for an escape or a template."""
    plain = "".join(_ESCAPES.get(sign, sign if sign >= " " else f"\\u{ord(sign):04x}") for sign in value)
    return '"' + plain.replace("${", "\\u0024{").replace("%{", "\\u0025{") + '"'


def time(seconds: int) -> str:
    """Write a length in the largest unit that it is a multiple of."""
    unit, size = next(one for one in _UNITS if seconds % one[1] == 0)
    return text(f"{seconds // size}{unit}")


def value(plain: Any) -> str:
    match plain:
        case bool():
            return "true" if plain else "false"
        case str():
            return text(plain)
        case list():
            return "[" + ", ".join(map(value, plain)) + "]"
        case dict():
            return "{ " + ", ".join(f"{name} = {value(one)}" for name, one in plain.items()) + " }"
        case _:
            return str(plain)


def aligned(lines: list[str]) -> list[str]:
    """Put the signs of arguments that follow each other under one another."""
    found: list[str] = []
    for run in _runs(lines):
        width = max((len(name) for _indent, name, _value in run if name), default=0)
        found += [f"{indent}{name:{width}} = {value}" if name else value for indent, name, value in run]
    return found


def _runs(lines: list[str]) -> Iterator[list[tuple[str, str, str]]]:
    """Cut the lines where a run of arguments ends; a line that is no argument is a run without a name."""
    run: list[tuple[str, str, str]] = []
    for line in lines:
        found = _ARGUMENT.fullmatch(line)
        if run and (not found or run[0][0] != found.group(1)):
            yield run
            run = []
        if found:
            run.append((found.group(1), found.group(2), found.group(3)))
        else:
            yield [("", "", line)]
    if run:
        yield run
