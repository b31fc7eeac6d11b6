"""A resource as JSON, read as one that stands in a file. Ids are names, places are paths such as `stage.0.people`."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from integrations.terraform.configuration import Configuration, Resource, Section, Value
from integrations.terraform.functions import CannotCall
from integrations.terraform.problems import Place
from integrations.terraform.schema import SETTINGS, SHAPES, Argument, Kind, Shape
from integrations.terraform.values import List, Map, Reference

# Where a resource of this type has no name of its own, its type is its id.
_NAMED_BY_TYPE: Final = "sym_secrets"


def read(type_: str, name: str, said: Mapping[str, Any]) -> Configuration:
    """Read a resource of a known type. Other rows that it names become data sources, which have to be there."""
    others: dict[tuple[str, str], Resource] = {}
    body = _section(type_, SHAPES[type_], {**said, "name": name}, "", others)
    settings = body.arguments.get("settings")
    if settings and isinstance(settings.value, dict):
        known = SETTINGS.get(type_, {}).get(str(said.get("type")), {})
        where = {one: Place(f"settings.{one}") for one in settings.value}
        found = {one: _value(known.get(one), value, where[one], others) for one, value in settings.value.items()}
        body.arguments["settings"] = Value(Map(found, places=where), settings.place, settings.name_place)
    mine = Resource(Reference("resource", type_, name), body)
    return Configuration([mine, *others.values()], [], [], {}, "", _no_files)


def _no_files(name: str) -> str:
    raise CannotCall(f"There is no file {name}.")


def _section(
    type_: str, shape: Shape, said: Mapping[str, Any], path: str, others: dict[tuple[str, str], Resource]
) -> Section:
    section = Section(type_, Place(path.rstrip(".") or "name"))
    for name, value in said.items():
        inner, place = shape.sections.get(name), Place(path + name)
        blocks = list(_blocks(value, f"{path}{name}")) if inner else []
        if inner and blocks:
            section.sections += [_section(name, inner, one, f"{where}.", others) for where, one in blocks]
        elif value is not None and not (inner and value == []):
            found = _value(shape.arguments.get(name), value, place, others)
            section.arguments[name] = Value(found, place, place)
    return section


def _blocks(value: Any, path: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """One object, or a list of them. Whatever is neither stays an argument, and is told as an unknown one."""
    if isinstance(value, dict):
        yield path, value
    elif isinstance(value, list) and all(isinstance(one, dict) for one in value):
        yield from ((f"{path}.{number}", one) for number, one in enumerate(value))


def _value(argument: Argument | None, value: Any, place: Place, others: dict[tuple[str, str], Resource]) -> Any:
    if argument and not argument.note and argument.kind is Kind.ID and isinstance(value, str):
        return _reference(argument.of, value, place, others) if value else None
    if argument and not argument.note and argument.kind is Kind.IDS and isinstance(value, list):
        return List(_reference(argument.of, one, place, others) if isinstance(one, str) else one for one in value)
    return Map(value) if isinstance(value, dict) else value


def _reference(type_: str, id_: str, place: Place, others: dict[tuple[str, str], Resource]) -> Reference:
    name = id_.strip().lower()
    argument = "type" if type_ == _NAMED_BY_TYPE else "name"
    body = Section(type_, place, arguments={argument: Value(name, place, place)})
    one = others.setdefault((type_, name), Resource(Reference("data", type_, name), body))
    return one.reference
