"""Files for the first version of the predecessor's provider: what has to be written otherwise, in a sentence each."""

from dataclasses import replace
from typing import Final

from integrations.terraform.configuration import Resource, Section
from integrations.terraform.problems import Problem

_SENTENCES: Final = {
    "template": "“template” is of the first version of Sym's provider: take it out, there is one kind of flow.",
    "params": "“params = { … }” is of the first version of Sym's provider: write a block “params { … }”, and in it "
    "a block “prompt_field { … }” for each entry of prompt_fields_json.",
}


def told(resource: Resource) -> tuple[list[Problem], Section]:
    """Say what of a flow is written as that version wanted it. Return the rest of the flow, to be looked at."""
    arguments = resource.body.arguments
    if resource.reference.type != "sym_flow" or not (old := [one for one in _SENTENCES if one in arguments]):
        return [], resource.body
    left = {name: value for name, value in arguments.items() if name not in old}
    problems = [Problem(arguments[one].name_place, _SENTENCES[one]) for one in old]
    return problems, replace(resource.body, arguments=left)
