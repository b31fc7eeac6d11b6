"""Whether resources say what their types allow, and what of it has no meaning here; everything with its place."""

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from integrations.terraform import first_provider, implementation
from integrations.terraform.configuration import Configuration, Resource, Section, Value
from integrations.terraform.functions import CannotCall
from integrations.terraform.module import PassedOver
from integrations.terraform.problems import Problem, did_you_mean
from integrations.terraform.schema import SETTINGS, SHAPES, Argument, Kind, Shape, is_foreign, note
from integrations.terraform.values import Reference, Unknown, holds_wrong, kind_of, leaves, unknown_in

DURATION: Final = re.compile(r"(\d{1,9})\s*(s|m|h|d|mo)")
_ONLY: Final[Mapping[str, str]] = dict.fromkeys(
    ("sym_integration", "sym_strategy", "sym_target"), " Leave what is not of Aptible aside with --only aptible."
)
LARGEST: Final = 2**31  # what a column holds
UNITS: Final[Mapping[str, int]] = {"s": 1, "m": 60, "h": 3600, "d": 86400, "mo": 30 * 86400}


@dataclass(frozen=True)
class Report:
    problems: list[Problem]
    warnings: list[Problem]  # accepted, and without a meaning here


def check(configuration: Configuration) -> Report:
    """Look at every resource of the files. The problems of reading them are among the problems."""
    problems = list(configuration.problems)
    warnings = [Problem(one.place, _not_read(one)) for one in configuration.passed_over]
    warnings += [Problem(one.place, f"{one.address} is left aside.") for one in configuration.left_aside]
    aside = {one.address for one in configuration.left_aside}
    ours = [one for one in configuration.resources if not is_foreign(one.reference.type)]
    if configuration.passed_over and not ours and not problems:
        text = "Nothing of these files is kept here, and a module was not read: is this the right folder?"
        problems.append(Problem(configuration.passed_over[0].place, text))
    for resource in configuration.resources:
        shape = SHAPES.get(resource.reference.type)
        if shape is None:
            foreign = is_foreign(resource.reference.type)
            (warnings if foreign else problems).append(_unknown_type(resource))
            continue
        for problem, is_warning in _resource(resource, shape, configuration.read_text):
            (warnings if is_warning else problems).append(problem)
        problems += _to_aside(resource.body, aside)
    return Report(sorted(set(problems)), sorted(set(warnings)))


def _to_aside(section: Section, aside: Collection[str]) -> Iterator[Problem]:
    """Tell what can't be without something that is left aside."""
    for name, value in section.arguments.items():
        for one in leaves(value.value) if aside else ():
            if isinstance(one, Reference) and one.address in aside:
                yield Problem(value.place, f"“{name}” names {one.address}, which is left aside.")
    for inner in section.sections:
        yield from _to_aside(inner, aside)


def _resource(resource: Resource, shape: Shape, read_text: Callable[[str], str]) -> Iterator[tuple[Problem, bool]]:
    kind = resource.body.arguments.get("type")
    if why := note(resource.reference.type, kind and kind.value):
        yield Problem(resource.place, f"{resource.address} changes nothing: {why}."), True
        yield from ((one, True) for one in _not_known(resource.body))
        return
    first, body = first_provider.told(resource)
    yield from ((one, False) for one in first)
    is_data = resource.reference.kind == "data"
    yield from _section(body, shape, resource.reference.type, is_data=is_data)
    yield from _advice(body, read_text)
    if not is_data:
        yield from _settings(resource)


def _not_known(section: Section) -> Iterator[Problem]:
    """Say of the arguments that nothing here needs what they were, where that can't be known."""
    for name, value in section.arguments.items():
        if unknown := unknown_in(value.value):
            yield Problem(value.name_place, f"“{name}” was {unknown}; nothing here needs it.")


def _not_read(one: PassedOver) -> str:
    return f"{one.address} is not read: {one.source} sets up something else, and nothing here can be in it."


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
    if is_foreign(type_):
        return Problem(resource.place, f"{resource.address} is passed over: it is not of this product.")
    return Problem(resource.place, f"There is no resource type {type_}.{did_you_mean(type_, list(SHAPES))}")


def _section(section: Section, shape: Shape, where: str, *, is_data: bool) -> Iterator[tuple[Problem, bool]]:
    for name, value in section.arguments.items():
        argument = shape.arguments.get(name)
        if argument is None:
            known = [*shape.arguments, *shape.sections]
            yield Problem(value.name_place, f"{where} has no argument “{name}”.{did_you_mean(name, known)}"), False
        elif argument.note:
            was = f" It was {unknown}." if (unknown := unknown_in(value.value)) else ""
            yield Problem(value.name_place, f"“{name}” changes nothing: {argument.note}.{was}"), True
        elif sentence := _wrong(name, value, argument):
            yield Problem(value.place, sentence), False
    for name, argument in shape.arguments.items():
        if argument.required and name not in section.arguments and not is_data:
            yield Problem(section.place, f"{where} needs “{name}”."), False
    yield from _inner(section, shape, where)


def _advice(section: Section, read_text: Callable[[str], str]) -> Iterator[tuple[Problem, bool]]:
    """Say which blocks to write instead of the Python of an implementation, which is a text or a path."""
    value = section.arguments.get("implementation")
    if value is None or not isinstance(value.value, str):
        return
    source = value.value
    if implementation.is_path(source):
        try:
            source = read_text(source)
        except CannotCall as refusal:
            yield Problem(value.name_place, f"Nothing can be said of this implementation: {refusal}"), True
            return
    yield from ((Problem(value.name_place, sentence), True) for sentence in implementation.advice(source))


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


def _settings(resource: Resource) -> Iterator[tuple[Problem, bool]]:
    """Look at the settings, which depend on the type that the resource names."""
    known = SETTINGS.get(resource.reference.type)
    type_ = resource.body.arguments.get("type")
    if known is None or type_ is None or not isinstance(type_.value, str):
        return
    if type_.value not in known:
        near = did_you_mean(type_.value, list(known)) or _ONLY.get(resource.reference.type, "")
        sentence = f"There is no {resource.reference.type} of the type “{type_.value}” here.{near}"
        yield Problem(type_.place, sentence), False
        return
    settings = resource.body.arguments.get("settings")
    found = settings.value if settings and isinstance(settings.value, dict) else {}
    place = settings.place if settings else resource.place
    allowed = known[type_.value]
    for name, value in found.items():
        at = getattr(found, "places", {}).get(name, place)
        if name not in allowed:
            yield Problem(at, f"The settings have no “{name}”.{did_you_mean(name, list(allowed))}"), False
        elif allowed[name].note:
            was = f" It was {unknown}." if (unknown := unknown_in(value)) else ""
            yield Problem(at, f"“{name}” changes nothing: {allowed[name].note}.{was}"), True
        elif sentence := _wrong(name, Value(value, at, at), allowed[name]):
            yield Problem(at, sentence), False
    for name, argument in allowed.items():
        if argument.required and name not in found and not _is_open(settings):
            yield Problem(place, f"The settings need “{name}”."), False


def _is_open(settings: Value | None) -> bool:
    """Whether something is wrong with the settings, or not known of them, that is told elsewhere."""
    return settings is not None and (holds_wrong(settings.value) or isinstance(settings.value, Unknown))


def _wrong(name: str, value: Value, argument: Argument) -> str:
    """Say what is wrong with a value, or nothing."""
    found = value.value
    if holds_wrong(found) or (found is None and not argument.required):
        return ""
    is_map = argument.kind is Kind.MAP and isinstance(found, dict)  # whose parts are looked at one by one
    if unknown := None if is_map and name == "settings" else unknown_in(found):
        return f"“{name}” comes from {unknown}. Write what it is."
    if name == "allowed_sources":
        return _limited(found)
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


def _limited(found: Any) -> str:
    """A limit on where a flow can be used from is a control: it is not dropped with a word on it."""
    if not _each(found, _is_text):
        return f"“allowed_sources” takes {Kind.STRINGS.value}, and this is {kind_of(found)}."
    if {"slack", "api"} <= set(found):
        return ""
    return (
        "“allowed_sources” can't be kept to here: who may ask can do so on the web, in Slack and by the API. "
        "Say who may with “requesters”, and take the line out."
    )


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
