"""The dialogs: to ask, to decide, and to be told something. Plain data in, Block Kit out."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from django.utils.translation import gettext as _

from integrations.slack import blocks
from integrations.slack.blocks import MOST_BLOCKS, Block, Button, Input
from integrations.slack.text import plain
from integrations.storable import storable

View = dict[str, Any]

ASK: Final = "usher-ask"
APPROVE: Final = "usher-approve"
DENY: Final = "usher-deny"
BREAK_GLASS: Final = "usher-break-glass"
WITHDRAW: Final = "usher-withdraw"
DONE: Final = "usher-done"
EXTEND: Final = "usher-extend"
TOLD: Final = "usher-told"
LARGEST: Final = 150_000  # characters of a dialog as JSON; Slack takes 250,000, with what is told below it
TOLD_MOST: Final = 40  # sentences
LINK: Final = "usher-link"  # a button that only opens a page


@dataclass(frozen=True)
class Form:
    """A dialog with something to fill in. `kept` comes back when it is sent."""

    name: str
    title: str
    send: str
    inputs: Sequence[Input]
    wrong: Sequence[str] = ()  # what is not wrong with one of the inputs alone
    lead: Sequence[str] = ()
    facts: Sequence[tuple[str, str | datetime]] = ()
    told: Sequence[str] = ()  # below the inputs
    link: tuple[str, str] | None = None  # a label and an address, where all of what is told is
    kept: Mapping[str, str] = field(default_factory=dict)


def form(shown: Form) -> View:
    """The dialog of a form. Where Slack takes no dialog as long as this one, it leads to the page instead."""
    found: list[Block] = [blocks.text(f"⚠ {one}") for one in shown.wrong]
    found += [blocks.text(one) for one in shown.lead]
    found += blocks.facts(shown.facts)
    found += [blocks.leading(shown.link[1], shown.link[0])] if shown.link else []
    found += [blocks.control(one) for one in shown.inputs]
    if len(found) > MOST_BLOCKS or len(json.dumps(found)) > LARGEST:
        return told(shown.title, [_("This form is too long for Slack. Fill it in on its page.")], link=shown.link)
    return {
        "type": "modal",
        "callback_id": shown.name,
        "title": plain(shown.title, 24),
        "submit": plain(shown.send, 24),
        "close": plain(_("Cancel"), 24),
        "private_metadata": json.dumps(dict(shown.kept)),
        "blocks": [*found, *_below(shown, MOST_BLOCKS - len(found))],
    }


def _below(shown: Form, most: int) -> list[Block]:
    """What is told below the inputs. The form's link, above them, leads to what finds no room."""
    said = shown.told[: min(most - 1, TOLD_MOST)]
    return [{"type": "divider"}, *(blocks.quiet(one) for one in said)] if said else []


def told(title: str, sentences: Sequence[str], *, link: tuple[str, str] | None = None) -> View:
    """A dialog that only says something. `link` is a label and an address."""
    found = [blocks.text(one) for one in sentences[:TOLD_MOST]]
    if link:
        label, url = link
        found.append(blocks.buttons(Button(label, LINK, url=url), key="told"))
    return {
        "type": "modal",
        "callback_id": TOLD,
        "title": plain(title, 24),
        "close": plain(_("Close"), 24),
        "blocks": found,
    }


def kept(view: Mapping[str, Any]) -> dict[str, str]:
    """What a form was given to keep; nothing where it can't be read."""
    try:
        found = storable(json.loads(str(view.get("private_metadata") or "{}")))
    except (ValueError, RecursionError):
        return {}
    return {str(name): value for name, value in _map(found).items() if isinstance(value, str)}


def typed(view: Mapping[str, Any]) -> dict[str, list[str]]:
    """What is in the controls of a dialog, by the names of its inputs: values, texts, or seconds for a moment."""
    found: dict[str, list[str]] = {}
    for block_id, elements in _map(_map(view.get("state")).get("values")).items():
        for element in _map(elements).values():
            texts = found.setdefault(str(block_id).partition(blocks.SEPARATOR)[0], [])
            texts.extend(_texts(_map(element)))
    return found


def places(view: Mapping[str, Any]) -> dict[str, str]:
    """The ids of the blocks in which an error can be shown, by the names of the inputs."""
    found = view.get("blocks")
    ids = [str(_map(one).get("block_id")) for one in (found if isinstance(found, list) else [])]
    return {one.partition(blocks.SEPARATOR)[0]: one for one in ids if blocks.SEPARATOR in one}


def _texts(element: Mapping[str, Any]) -> list[str]:
    match element.get("type"):
        case "checkboxes":
            return ["true" if element.get("selected_options") else "false"]
        case "datetimepicker":
            at = element.get("selected_date_time")
            return [] if at is None else [str(at)]
        case "static_select" | "external_select":
            return _values([element.get("selected_option")])
        case "multi_static_select" | "multi_external_select":
            chosen = element.get("selected_options")
            return _values(chosen if isinstance(chosen, list) else [])
    value = element.get("value")
    return [value] if isinstance(value, str) else []


def _values(options: Sequence[Any]) -> list[str]:
    return [str(one.get("value", "")) for one in options if isinstance(one, Mapping)]


def _map(found: Any) -> Mapping[str, Any]:
    return found if isinstance(found, Mapping) else {}
