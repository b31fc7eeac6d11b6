"""Whether resources say what their types allow, and what of it has no meaning here; everything with its place."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from integrations.terraform import implementation
from integrations.terraform.configuration import Configuration, Resource, Section, Value
from integrations.terraform.problems import Problem, did_you_mean
from integrations.terraform.schema import FOREIGN, SETTINGS, SHAPES, Argument, Kind, Shape, note
from integrations.terraform.values import Reference, holds_wrong, kind_of

DURATION: Final = re.compile(r"(\d{1,9})\s*(s|m|h|d|mo)")
LARGEST: Final = 2**31  # what a column holds
UNITS: Final[Mapping[str, int]] = {"s": 1, "m": 60, "h": 3600, "d": 86400, "mo": 30 * 86400}


@dataclass(frozen=True)
class Report:
    problems: list[Problem]
    warnings: list[Problem]  # accepted, and without a meaning here


def check(configuration: Configuration) -> Report:
    """Look at every resource of the files. The problems of reading them are among the problems."""
    problems = list(configuration.problems)
    warnings = [Problem(place, "Modules are passed over.") for place in configuration.passed_over]
    for resource in configuration.resources:
        shape = SHAPES.get(resource.reference.type)
        if shape is None:
            (warnings if resource.reference.type.startswith(FOREIGN) else problems).append(_unknown_type(resource))
            continue
        kind = resource.body.arguments.get("type")
        if why := note(resource.reference.type, kind and kind.value):
            warnings.append(Problem(resource.place, f"{resource.address} changes nothing: {why}."))
        is_data = resource.reference.kind == "data"
        for problem, is_warning in _section(resource.body, shape, resource.reference.type, is_data=is_data):
            (warnings if is_warning else problems).append(problem)
        if not is_data:
            problems += _settings(resource)
    return Report(sorted(set(problems)), sorted(set(warnings)))


def seconds(value: Any) -> int | None:
    """Read a duration: a whole number of seconds, or a number with s, m, h, d or mo (30 days). None: it is none."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return value if 0 <= value < LARGEST else None
    found = DURATION.fullmatch(value.strip()) if isinstance(value, str) else None
    return int(found.group(1)) * UNITS[found.group(2)] if found else None


def _unknown_type(resource: Resource) -> Problem:
    type_ = resource.reference.type
    if type_.startswith(FOREIGN):
        return Problem(resource.place, f"{resource.address} is passed over: it is not of this product.")
    return Problem(resource.place, f"There is no resource type {type_}.{did_you_mean(type_, list(SHAPES))}")


def _section(section: Section, shape: Shape, where: str, *, is_data: bool) -> Iterator[tuple[Problem, bool]]:
    for name, value in section.arguments.items():
        argument = shape.arguments.get(name)
        if argument is None:
            known = [*shape.arguments, *shape.sections]
            yield Problem(value.name_place, f"{where} has no argument “{name}”.{did_you_mean(name, known)}"), False
        elif argument.note:
            yield Problem(value.name_place, f"“{name}” changes nothing: {argument.note}."), True
            yield from _advice(name, value)
        elif sentence := _wrong(name, value, argument):
            yield Problem(value.place, sentence), False
    for name, argument in shape.arguments.items():
        if argument.required and name not in section.arguments and not is_data:
            yield Problem(section.place, f"{where} needs “{name}”."), False
    yield from _inner(section, shape, where)


def _advice(name: str, value: Value) -> Iterator[tuple[Problem, bool]]:
    """Say which blocks to write instead of the Python of an implementation."""
    if name == "implementation" and isinstance(value.value, str):
        yield from ((Problem(value.name_place, sentence), True) for sentence in implementation.advice(value.value))


def _inner(section: Section, shape: Shape, where: str) -> Iterator[tuple[Problem, bool]]:
    seen: set[str] = set()
    for one in section.sections:
        inner = shape.sections.get(one.type)
        if inner is None:
            known = [*shape.arguments, *shape.sections]
            yield Problem(one.place, f"{where} has no block “{one.type}”.{did_you_mean(one.type, known)}"), False
            continue
        if inner.at_most_once and one.type in seen:
            yield Problem(one.place, f"{where} takes one block “{one.type}”."), False
        seen.add(one.type)
        yield from _section(one, inner, one.type, is_data=False)


def _settings(resource: Resource) -> Iterator[Problem]:
    """Look at the settings, which depend on the type that the resource names."""
    known = SETTINGS.get(resource.reference.type)
    type_ = resource.body.arguments.get("type")
    if known is None or type_ is None or not isinstance(type_.value, str):
        return
    if type_.value not in known:
        near = did_you_mean(type_.value, list(known))
        yield Problem(type_.place, f"There is no {resource.reference.type} of the type “{type_.value}” here.{near}")
        return
    settings = resource.body.arguments.get("settings")
    found = settings.value if settings and isinstance(settings.value, dict) else {}
    place = settings.place if settings else resource.place
    allowed = known[type_.value]
    for name, value in found.items():
        at = getattr(found, "places", {}).get(name, place)
        if name not in allowed:
            yield Problem(at, f"The settings have no “{name}”.{did_you_mean(name, list(allowed))}")
        elif sentence := _wrong(name, Value(value, at, at), allowed[name]):
            yield Problem(at, sentence)
    for name, argument in allowed.items():
        if argument.required and name not in found and not holds_wrong(settings and settings.value):
            yield Problem(place, f"The settings need “{name}”.")


def _wrong(name: str, value: Value, argument: Argument) -> str:
    """Say what is wrong with a value, or nothing."""
    found = value.value
    if holds_wrong(found) or (found is None and not argument.required):
        return ""
    if argument.kind in (Kind.ID, Kind.IDS):
        return _wrong_ids(name, found, argument)
    if not _CHECKS[argument.kind](found):
        return f"“{name}” takes {argument.kind.value}, and this is {kind_of(found)}."
    return ""


def _wrong_ids(name: str, found: Any, argument: Argument) -> str:
    ids = found if argument.kind is Kind.IDS and isinstance(found, list) else [found]
    if argument.kind is Kind.IDS and not isinstance(found, list):
        return f"“{name}” takes {argument.kind.value}, and this is {kind_of(found)}."
    for one in ids:
        if not isinstance(one, Reference):
            return f"“{name}” takes {argument.kind.value}, such as {argument.of}.example.id."
        if one.type != argument.of:
            return f"“{name}” takes a {argument.of}, and {one.address} is a {one.type}."
    return ""


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _is_number(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and abs(value) < LARGEST


def _is_scalar(value: Any) -> bool:
    return isinstance(value, str | int | float | bool)


def _each(value: Any, check: Any) -> bool:
    return isinstance(value, list) and all(check(one) for one in value)


_CHECKS: Final[Mapping[Kind, Any]] = {
    Kind.STRING: _is_text,
    Kind.NUMBER: _is_number,
    Kind.BOOL: lambda value: isinstance(value, bool),
    Kind.STRINGS: lambda value: _each(value, _is_text),
    Kind.DURATION: lambda value: seconds(value) is not None,
    Kind.DURATIONS: lambda value: _each(value, lambda one: seconds(one) is not None),
    Kind.SCALAR: _is_scalar,
    Kind.SCALARS: lambda value: _each(value, _is_scalar),
    Kind.MAP: lambda value: isinstance(value, dict),
}
