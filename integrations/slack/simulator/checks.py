"""Refuse what Slack refuses: texts that are too long or empty, too many parts, two controls of one name."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from integrations.slack.simulator.state import SlackSays

MOST_BLOCKS_OF_A_MESSAGE: Final = 50
MOST_BLOCKS_OF_A_VIEW: Final = 100
# Of everything that a message says, and of its line for notifications: 9,597 were seen to be taken, 11,341 refused.
MOST_CHARACTERS: Final = 9_500
LONGEST_LINE: Final = 4_000
LARGEST_VIEW: Final = 250_000
# The type of what holds a text, the key under which it does, and the most characters.
_LONGEST: Final[Mapping[tuple[str, str], int]] = {
    ("header", "text"): 150,
    ("section", "text"): 3000,
    ("button", "text"): 75,
    ("button", "value"): 2000,
    ("button", "url"): 3000,
    ("button", "action_id"): 255,
    ("link", "url"): 3000,
    ("input", "label"): 2000,
    ("input", "hint"): 2000,
    ("input", "block_id"): 255,
    ("actions", "block_id"): 255,
    ("plain_text_input", "initial_value"): 3000,
    ("modal", "callback_id"): 255,
    ("modal", "title"): 24,
    ("modal", "submit"): 24,
    ("modal", "close"): 24,
}
_MOST: Final[Mapping[tuple[str, str], int]] = {
    ("section", "fields"): 10,
    ("context", "elements"): 10,
    ("actions", "elements"): 25,
    ("static_select", "options"): 100,
    ("multi_static_select", "options"): 100,
    ("checkboxes", "options"): 10,
    ("radio_buttons", "options"): 10,
}


def check_message(blocks: Sequence[Any], text: str = "") -> None:
    """Raise SlackSays for what no message may be. `text` is the line for notifications."""
    if len(text) > LONGEST_LINE:
        raise SlackSays("msg_too_long")
    if len(blocks) > MOST_BLOCKS_OF_A_MESSAGE:
        raise SlackSays("invalid_blocks")
    _check_parts(blocks)
    if sum(len(one) for one in _texts(blocks)) > MOST_CHARACTERS:
        raise SlackSays("msg_blocks_too_long")


def check_view(view: Mapping[str, Any]) -> None:
    """Raise SlackSays for what no view may be."""
    blocks = view.get("blocks")
    if view.get("type") not in ("modal", "home") or not isinstance(blocks, list):
        raise SlackSays("invalid_arguments")
    if len(blocks) > MOST_BLOCKS_OF_A_VIEW or len(str(view.get("private_metadata", ""))) > 3000:
        raise SlackSays("view_too_large")
    if len(json.dumps(view)) > LARGEST_VIEW:
        raise SlackSays("view_too_large")
    if view["type"] == "modal" and not view.get("title"):
        raise SlackSays("invalid_arguments")
    if view["type"] == "modal" and any(one.get("type") == "input" for one in blocks) and not view.get("submit"):
        raise SlackSays("invalid_arguments")
    _check_parts([view])


def _check_parts(parts: Sequence[Any]) -> None:
    names = [one["block_id"] for one in _objects(parts) if one.get("block_id")]
    if len(names) != len(set(names)):
        raise SlackSays("duplicate_block_ids")
    for one in _objects(parts):
        for (kind, key), longest in _LONGEST.items():
            if one.get("type") == kind and key in one and not 0 < len(_said(one[key])) <= longest:
                raise SlackSays("invalid_blocks", where=f"{kind}.{key}")
        for (kind, key), most in _MOST.items():
            if one.get("type") == kind and key in one and not 0 < len(one[key]) <= most:
                raise SlackSays("invalid_blocks", where=f"{kind}.{key}")
        _check_option(one)
        _check_fields(one)
        _check_chosen(one)
        if one.get("type") == "text" and not one.get("text"):
            raise SlackSays("invalid_blocks", where="rich text")


def _check_option(one: Mapping[str, Any]) -> None:
    if isinstance(one.get("text"), dict) and "value" in one and "type" not in one:
        fits = 0 < len(_said(one["text"])) <= 75 and 0 < len(str(one["value"])) <= 150
        if not fits or len(_said(one.get("description", {"text": " "}))) > 75:
            raise SlackSays("invalid_blocks", where="option")


_OF_A_CONFIRMATION: Final = {"title": 100, "text": 300, "confirm": 30, "deny": 30}


def _check_fields(one: Mapping[str, Any]) -> None:
    cells = [*one.get("fields", ()), *(one.get("elements", ()) if one.get("type") == "context" else ())]
    confirm = one.get("confirm") if one.get("type") == "button" else None
    asked = [(_said(confirm[name]), most) for name, most in _OF_A_CONFIRMATION.items()] if confirm else []
    if not all(0 < len(text) <= most for text, most in [*((_said(cell), 2000) for cell in cells), *asked]):
        raise SlackSays("invalid_blocks", where="fields, context or confirm")


def _check_chosen(one: Mapping[str, Any]) -> None:
    """What is chosen at first has to be one of the options, with the very same words."""
    chosen = [*one.get("initial_options", ()), *([one["initial_option"]] if "initial_option" in one else [])]
    if "options" in one and any(each not in one["options"] for each in chosen):
        raise SlackSays("invalid_blocks", where="initial option")
    if len(str(one.get("initial_value", ""))) > one.get("max_length", 3000):
        raise SlackSays("invalid_blocks", where="initial value")


def _said(text: Any) -> str:
    return str(text.get("text", "")) if isinstance(text, dict) else str(text)


def _objects(part: Any) -> Iterator[Mapping[str, Any]]:
    if isinstance(part, dict):
        yield part
        for value in part.values():
            yield from _objects(value)
    elif isinstance(part, list):
        for value in part:
            yield from _objects(value)


def _texts(part: Any) -> Iterator[str]:
    return (one["text"] for one in _objects(part) if isinstance(one.get("text"), str))
