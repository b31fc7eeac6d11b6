"""What can be chosen, while somebody searches for it in a dialog."""

from collections.abc import Mapping
from typing import Any

from access.core.errors import Refusal
from access.requests import choices
from integrations.slack import modals
from integrations.slack.blocks import MOST_OPTIONS, SEPARATOR, option
from portal.slack import ask_view
from portal.slack.click import Answer, Click


def found(click: Click, shown: Mapping[str, Any], block_id: str, search: str) -> Answer:
    """The targets of the form's flow that fit what was typed: a hundred at most, none for whom it is not open."""
    if block_id.partition(SEPARATOR)[0] != "target":
        return {"options": []}
    try:
        person, flows = click.asker()
    except Refusal:
        # There is no place for a sentence here: whatever is done next says why.
        return {"options": []}
    name = modals.kept(shown).get("flow")
    flow = next((one for one in flows if one.name == name), None)
    offered = choices.choices(flow=flow, requester=person, search=search[:100]) if flow else []
    return {"options": [option(ask_view.offered(one)) for one in offered[:MOST_OPTIONS]]}
