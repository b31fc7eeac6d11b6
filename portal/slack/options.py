"""What can be chosen, while somebody searches for it in a dialog."""

from collections.abc import Mapping
from typing import Any

from access.core.errors import Refusal
from access.requests import choices
from integrations.slack import modals
from integrations.slack.blocks import MOST_OPTIONS, SEPARATOR, Choice, option
from portal.slack import ask_view
from portal.slack.caller import Answer, Click


def found(click: Click, shown: Mapping[str, Any], block_id: str, search: str) -> Answer:
    """The flows, or the targets of the form's flow, that fit what was typed: a hundred at most, none for whom it is
    not open."""
    wanted = block_id.partition(SEPARATOR)[0]
    if wanted not in ("flow", "target"):
        return {"options": []}
    try:
        person, flows = click.asker()
    except Refusal:
        # There is no place for a sentence here: whatever is done next says why.
        return {"options": []}
    if shown.get("callback_id") == modals.BREAK_GLASS:
        flows = [one for one in flows if one.break_glass]
    name, search = modals.kept(shown).get("flow"), search[:100]
    flow = next((one for one in flows if one.name == name), None)
    if wanted == "flow":
        offered = [one for one in map(ask_view.flow_offered, flows) if _fits(one, search)]
    else:
        targets = choices.choices(flow=flow, requester=person, search=search) if flow else []
        offered = [ask_view.offered(one) for one in targets]
    return {"options": [option(one) for one in offered[:MOST_OPTIONS]]}


def _fits(one: Choice, search: str) -> bool:
    """Whether each word that was typed is in what can be chosen."""
    said = f"{one.value} {one.label} {one.note}".casefold()
    return all(word in said for word in search.casefold().split())
