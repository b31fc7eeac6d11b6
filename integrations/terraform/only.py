"""Leave aside what is of other systems than the one named, so that the rest of the files can be used."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any, Final

from integrations.terraform.configuration import Configuration, Resource
from integrations.terraform.schema import SETTINGS, note
from integrations.terraform.values import Reference, leaves

KINDS: Final = tuple(sorted(SETTINGS["sym_strategy"]))


def only(configuration: Configuration, kind: str) -> Configuration:
    """Give the files without the strategies of other kinds, and what is there for those alone.

    That is targets and integrations of types that are not known, secrets that only those integrations use, and flows
    of those strategies.
    """
    aside = {one.address for one in configuration.resources if _is_of_another(one, kind)}
    aside |= {one.address for one in configuration.resources if _flow_uses(one, aside)}
    left = [one for one in configuration.resources if one.address not in aside]
    for type_ in ("sym_secret", "sym_secrets"):
        used = {each.address for one in left for each in _references(one)}
        theirs = {each.address for one in configuration.resources if one.address in aside for each in _references(one)}
        unused = {one.address for one in left if one.reference.type == type_} & theirs - used
        aside |= unused
        left = [one for one in left if one.address not in unused]
    gone = [one for one in configuration.resources if one.address in aside]
    return replace(configuration, resources=left, left_aside=gone)


def _is_of_another(one: Resource, kind: str) -> bool:
    type_ = _said(one, "type")
    match one.reference.type:
        case "sym_strategy":
            return bool(type_ != kind)
        case "sym_integration":
            return type_ not in SETTINGS["sym_integration"] and not note("sym_integration", type_)
        case "sym_target":
            return type_ not in SETTINGS["sym_target"]
    return False


def _flow_uses(one: Resource, aside: set[str]) -> bool:
    """Whether a flow gives access by a strategy that is left aside."""
    return one.reference.type == "sym_flow" and any(each.address in aside for each in _references(one))


def _references(one: Resource) -> Iterator[Reference]:
    sections = [one.body]
    while sections:
        section = sections.pop()
        sections += section.sections
        for value in section.arguments.values():
            yield from (each for each in leaves(value.value) if isinstance(each, Reference))


def _said(one: Resource, name: str) -> Any:
    found = one.body.arguments.get(name)
    return found.value if found else None
