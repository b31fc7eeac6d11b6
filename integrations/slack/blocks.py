"""The parts of what Slack shows: texts, buttons, facts, and the controls of a form. Plain data in, Block Kit out."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from django.utils.translation import gettext as _

from integrations.slack import rich_text
from integrations.slack.text import plain, short

Block = dict[str, Any]

MOST_BLOCKS: Final = 100
MOST_OPTIONS: Final = 100
LONGEST_LABEL: Final = 75  # of an option or a button
LONGEST_VALUE: Final = 150
LONGEST_TEXT: Final = 3000  # of a text that is typed
_FACTS_IN_ONE: Final = 5  # Slack lays ten texts out in two columns
# What stands behind it in a block's id only tells one control from another of the same name.
SEPARATOR: Final = ":"


class Kind(StrEnum):
    TEXT = "text"
    LINES = "lines"
    ONE = "one"  # of the choices
    MANY = "many"
    TICK = "tick"  # yes or no
    MOMENT = "moment"  # a day and a time


@dataclass(frozen=True)
class Choice:
    value: str
    label: str
    note: str = ""


@dataclass(frozen=True)
class Input:
    """One control of a form. `chosen` are values of choices, one text, or seconds since 1970 for a moment."""

    name: str
    label: str
    kind: Kind
    key: str = ""  # with another one, what was typed into it before is forgotten
    hint: str = ""
    required: bool = True
    choices: Sequence[Choice] = ()
    searched: bool = False  # the choices are asked of the portal while somebody types
    chosen: Sequence[str] = ()
    looks_again: bool = False  # the portal hears of a change at once
    longest: int = LONGEST_TEXT
    most: int | None = None

    @property
    def block_id(self) -> str:
        return short(f"{self.name}{SEPARATOR}{self.key}", 255)


@dataclass(frozen=True)
class Button:
    """`value` comes back with the click; one with a `url` opens that."""

    label: str
    action: str
    value: str = ""
    style: str = ""  # primary or danger
    url: str = ""
    confirm: str = ""  # what is asked before it counts


def text(words: str) -> Block:
    return {"type": "section", "text": plain(words)}


def quiet(words: str) -> Block:
    return {"type": "context", "elements": [plain(words, 2000)]}


def leading(url: str, words: str) -> Block:
    """Words that lead to a page."""
    return rich_text.block([rich_text.section(rich_text.link(url, words))])


def heading(words: str) -> Block:
    return {"type": "header", "text": plain(words, 150)}


def facts(pairs: Sequence[tuple[str, str | datetime]]) -> list[Block]:
    """Names and values in two columns. Times are shown in the zone of whoever reads them."""
    rows = [(plain(name, 2000), _cell(value)) for name, value in pairs]
    parts = [rows[at : at + _FACTS_IN_ONE] for at in range(0, len(rows), _FACTS_IN_ONE)]
    return [{"type": "section", "fields": [cell for row in part for cell in row]} for part in parts]


def _cell(value: str | datetime) -> Block:
    return {"type": "mrkdwn", "text": rich_text.token(value)} if isinstance(value, datetime) else plain(value, 2000)


def buttons(*shown: Button, key: str) -> Block:
    """A row of buttons; `key` is for this row alone."""
    return {"type": "actions", "block_id": f"do-{key}", "elements": [button(one) for one in shown]}


def control(one: Input) -> Block:
    """A labelled control of a form."""
    return {
        "type": "input",
        "block_id": one.block_id,
        "label": plain(one.label, 2000),
        "optional": not one.required,
        "element": _element(one),
        **({"hint": plain(one.hint, 2000)} if one.hint else {}),
        **({"dispatch_action": True} if one.looks_again else {}),
    }


def option(one: Choice) -> dict[str, Any]:
    note = {"description": plain(one.note, LONGEST_LABEL)} if one.note else {}
    return {"text": plain(one.label, LONGEST_LABEL), "value": one.value, **note}


def button(one: Button) -> dict[str, Any]:
    """One button, for a row of them."""
    return {
        "type": "button",
        "action_id": one.action,
        "text": plain(one.label, LONGEST_LABEL),
        **({"value": one.value} if one.value else {}),
        **({"style": one.style} if one.style else {}),
        **({"url": one.url} if one.url else {}),
        **({"confirm": _confirm(one)} if one.confirm else {}),
    }


def _confirm(one: Button) -> dict[str, Any]:
    return {
        "title": plain(one.label, 100),
        "text": plain(one.confirm, 300),
        "confirm": plain(one.label, 30),
        "deny": plain(_("Cancel"), 30),
    }


def _element(one: Input) -> dict[str, Any]:
    match one.kind:
        case Kind.TEXT | Kind.LINES:
            return _text_input(one)
        case Kind.ONE | Kind.MANY:
            return _select(one)
        case Kind.TICK:
            return _checkbox(one)
    at = {"initial_date_time": int(one.chosen[0])} if one.chosen else {}
    return {"type": "datetimepicker", "action_id": one.name, **at}


def _text_input(one: Input) -> dict[str, Any]:
    typed = "\n".join(one.chosen)[: one.longest]
    dispatch = {"dispatch_action_config": {"trigger_actions_on": ["on_enter_pressed"]}} if one.looks_again else {}
    return {
        "type": "plain_text_input",
        "action_id": one.name,
        "multiline": one.kind == Kind.LINES,
        "max_length": min(one.longest, LONGEST_TEXT),
        **({"initial_value": typed} if typed else {}),
        **dispatch,
    }


def _select(one: Input) -> dict[str, Any]:
    several = one.kind == Kind.MANY
    chosen = [option(choice) for choice in one.choices if choice.value in one.chosen]
    prefix = "multi_" if several else ""
    if one.searched:
        element: dict[str, Any] = {"type": f"{prefix}external_select", "min_query_length": 0}
    else:
        element = {"type": f"{prefix}static_select", "options": [option(choice) for choice in one.choices]}
    element["action_id"] = one.name
    if chosen:
        element |= {"initial_options": chosen} if several else {"initial_option": chosen[0]}
    if several and one.most:
        element["max_selected_items"] = one.most
    return element


def _checkbox(one: Input) -> dict[str, Any]:
    yes = option(one.choices[0])
    ticked = {"initial_options": [yes]} if one.chosen else {}
    return {"type": "checkboxes", "action_id": one.name, "options": [yes], **ticked}
