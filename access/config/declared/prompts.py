"""Prompt fields, between files, plain facts and rows."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from typing import Any, Final

from access.core import prompts
from access.models import Flow, PromptField
from access.policy.prompts import set_fields
from integrations.terraform.configuration import Section
from integrations.terraform.problems import Problem, did_you_mean

Facts = Mapping[str, Any]
# What the predecessor called them.
ALSO_CALLED: Final = {"slack_user": prompts.Type.PERSON, "slack_user_list": prompts.Type.PEOPLE}


def read(sections: Sequence[Section]) -> tuple[list[Facts], list[Problem]]:
    """Read the blocks of a flow's prompt fields into facts, or into what is wrong with them."""
    problems = [problem for one in sections if (problem := _unknown_type(one))]
    if problems:
        return [], problems
    settled, wrong = prompts.settle([_field(one) for one in sections])
    for section, errors in zip(sections, wrong, strict=True):
        problems += [Problem(_place(section, name), sentence) for name, sentence in errors.items()]
    return [facts(one) for one in settled], problems


def facts(field: prompts.Field) -> Facts:
    """Write a prompt field as plain data."""
    plain = asdict(field)
    return {**plain, "type": str(field.type), "allowed": list(field.allowed), "shown_values": list(field.shown_values)}


def write(flows: Iterable[tuple[Flow, Facts]]) -> None:
    """Let these flows ask these questions, and no others."""
    flows = list(flows)
    PromptField.objects.filter(flow__in=[row for row, _facts in flows]).delete()
    PromptField.objects.bulk_create(
        set_fields.put(PromptField(flow=row, position=number), field(said))
        for row, facts in flows
        for number, said in enumerate(facts["prompt_fields"], 1)
    )


def field(said: Facts) -> prompts.Field:
    """Read back what `facts` wrote."""
    tuples = {name: tuple(said[name]) for name in ("allowed", "shown_values")}
    return prompts.Field(**{**said, **tuples, "type": prompts.Type(said["type"])})


def _said(section: Section) -> Facts:
    return {name: one.value for name, one in section.arguments.items() if one.value is not None}


def _type(said: Facts) -> str:
    return str(ALSO_CALLED.get(said["type"], said["type"]))


def _unknown_type(section: Section) -> Problem | None:
    type_ = _type(_said(section))
    if type_ in prompts.Type:
        return None
    near = did_you_mean(type_, [str(one) for one in prompts.Type])
    return Problem(section.arguments["type"].place, f"There is no type “{type_}” of prompt fields.{near}")


def _field(section: Section) -> prompts.Field:
    said = _said(section)
    shown_if = said.get("shown_if") or {}
    return prompts.Field(
        name=said["name"],
        type=prompts.Type(_type(said)),
        label=said.get("label", ""),
        help=said.get("help", ""),
        required=said.get("required", True),
        default=said.get("default"),
        visible=said.get("visible", True),
        allowed=tuple(said.get("allowed_values", ())),
        shown_if=str(shown_if.get("field", "")),
        shown_values=tuple(shown_if.get("values", ())),
    )


def _place(section: Section, name: str) -> Any:
    """Where the argument stands that a sentence is about."""
    argument = {"allowed": "allowed_values", "shown_values": "shown_if"}.get(name, name)
    known = section.arguments.get(argument)
    return known.place if known else section.place
