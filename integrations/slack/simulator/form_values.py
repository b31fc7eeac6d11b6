"""What a person fills into a dialog on the page, in the form in which Slack hands it to the portal."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

Element = Mapping[str, Any]
Form = Mapping[str, Sequence[str]]

SEPARATOR: Final = "|"
SELECTS: Final = ("static_select", "external_select", "radio_buttons")
MANY: Final = ("multi_static_select", "multi_external_select", "checkboxes")


def name_of(block_id: str, action_id: str) -> str:
    return f"{block_id}{SEPARATOR}{action_id}"


def elements(view: Mapping[str, Any]) -> Iterator[tuple[str, Element]]:
    """Everything that can be filled in or pressed, with the id of its block."""
    for block in view.get("blocks", ()):
        id = block.get("block_id", "")
        found = [block.get("element"), block.get("accessory")]
        for one in [*found, *(block.get("elements", ()) if block.get("type") == "actions" else ())]:
            if isinstance(one, dict):
                yield id, one


def values(view: Mapping[str, Any], form: Form, offered: Mapping[str, Sequence[Element]]) -> dict[str, Any]:
    """The state of the dialog. `offered` has the choices that the portal gave, by the name of the control."""
    state: dict[str, Any] = {}
    for block_id, one in elements(view):
        if one["type"] == "button":
            continue
        name = name_of(block_id, one["action_id"])
        options = [*one.get("options", ()), *offered.get(name, ()), *chosen(one)]
        state.setdefault(block_id, {})[one["action_id"]] = _value(one, list(form.get(name, ())), options)
    return state


def chosen(element: Element) -> list[Element]:
    """What is chosen from the beginning."""
    return [*element.get("initial_options", ()), *([element["initial_option"]] if "initial_option" in element else ())]


def _value(element: Element, typed: list[str], options: Sequence[Element]) -> dict[str, Any]:
    kind = element["type"]
    picked = list({one["value"]: one for one in options if one["value"] in typed}.values())
    if kind in SELECTS:
        return {"type": kind, "selected_option": picked[0] if picked else None}
    if kind in MANY:
        return {"type": kind, "selected_options": picked}
    text = typed[0] if typed else ""
    if kind == "datetimepicker":
        return {"type": kind, "selected_date_time": _seconds(text)}
    return {"type": kind, "value": text or None}


def _seconds(text: str) -> int | None:
    try:
        return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp())
    except ValueError:
        return None


def texts(element: Element, state: Mapping[str, Any] | None) -> list[str]:
    """What a control shows: what was typed before, or what it begins with."""
    if state is not None:
        picked = [one["value"] for one in (state.get("selected_options") or ())]
        one = state.get("selected_option")
        at, text = state.get("selected_date_time"), state.get("value")
        return picked or ([one["value"]] if one else [_moment(at)] if at else [text] if text else [])
    if at := element.get("initial_date_time"):
        return [_moment(at)]
    return [one["value"] for one in chosen(element)] or [str(element.get("initial_value", ""))]


def _moment(at: int) -> str:
    return f"{datetime.fromtimestamp(at, UTC):%Y-%m-%dT%H:%M}"
