"""Block Kit as HTML: enough of it to read, press and fill in."""

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from integrations.slack.simulator import form_values
from integrations.slack.simulator.form_values import Element

_DATE: Final = re.compile(r"<!date\^\d+\^[^|>]*\|([^>]*)>")
_LINK: Final = re.compile(r"<([^|>!@#][^|>]*)\|?([^>]*)>")


class Dialog:
    """The state of a form while it is drawn: what was typed, what is wrong, what the portal offers."""

    def __init__(
        self,
        typed: Mapping[str, Any] | None = None,
        errors: Mapping[str, str] | None = None,
        offered: Mapping[str, Sequence[Element]] | None = None,
    ) -> None:
        self.typed, self.errors, self.offered = typed, errors or {}, offered or {}


def blocks(parts: Sequence[Element], dialog: Dialog | None = None) -> SafeString:
    return format_html_join("", "{}", ((_block(one, dialog or Dialog()),) for one in parts))


def _block(one: Element, dialog: Dialog) -> SafeString | str:
    match one["type"]:
        case "rich_text":
            return _joined("{}", [_rich(part) for part in one["elements"]])
        case "header":
            return format_html("<h3>{}</h3>", one["text"]["text"])
        case "section":
            return _section(one, dialog)
        case "context":
            return _joined('<p class="quiet">{}</p>', [said(part) for part in one["elements"]])
        case "actions":
            return format_html(
                '<p class="buttons">{}</p>', _joined("{}", [_element(one, part, dialog) for part in one["elements"]])
            )
        case "input":
            return _input(one, dialog)
        case "divider":
            return format_html("<hr>")
    return format_html("<p>({})</p>", one["type"])


def said(text: Element) -> SafeString | str:
    """A text. In a formatted one, only dates and links are shown for what they are."""
    if text.get("type") != "mrkdwn":
        return str(text.get("text", ""))
    plain = _LINK.sub(lambda found: found[2] or found[1], _DATE.sub(r"\1", text["text"]))
    return plain.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def _joined(form: str, parts: Sequence[SafeString | str]) -> SafeString:
    return format_html_join("", form, ((part,) for part in parts))


def _rich(part: Element) -> SafeString:
    inner = _joined("{}", [_rich_element(one) for one in part["elements"]])
    if part["type"] == "rich_text_quote":
        return format_html("<blockquote>{}</blockquote>", inner)
    return format_html("<p>{}</p>", inner)


def _rich_element(one: Element) -> SafeString | str:
    match one["type"]:
        case "link":
            return format_html('<a href="{}">{}</a>', one["url"], one.get("text") or one["url"])
        case "date":
            moment = datetime.fromtimestamp(one["timestamp"], UTC)
            return format_html('<time datetime="{}">{}</time>', moment.isoformat(), f"{moment:%b %d, %H:%M} UTC")
    if one.get("style", {}).get("bold"):
        return format_html("<b>{}</b>", one.get("text", ""))
    return str(one.get("text", ""))


def _section(one: Element, dialog: Dialog) -> SafeString:
    text = format_html("<p>{}</p>", said(one["text"])) if "text" in one else ""
    cells = [said(part) for part in one.get("fields", ())]
    table = format_html('<p class="facts">{}</p>', _joined("<span>{}</span>", cells)) if cells else ""
    beside = _element(one, one["accessory"], dialog) if "accessory" in one else ""
    return format_html('<div class="section">{}{}{}</div>', text, table, beside)


def _input(one: Element, dialog: Dialog) -> SafeString:
    error = dialog.errors.get(one.get("block_id", ""))
    optional = format_html(' <span class="quiet">(optional)</span>') if one.get("optional") else ""
    again = _again(one) if one.get("dispatch_action") else ""
    return format_html(
        '<div class="field"><label>{}{} {}</label>{}{}{}</div>',
        said(one["label"]),
        optional,
        _element(one, one["element"], dialog),
        again,
        format_html('<p class="quiet">{}</p>', said(one["hint"])) if "hint" in one else "",
        format_html('<p class="error">{}</p>', error) if error else "",
    )


def _again(one: Element) -> SafeString:
    """In Slack the choice itself tells the portal; here a button does."""
    name = form_values.name_of(one.get("block_id", ""), one["element"]["action_id"])
    return format_html('<button name="go" value="{}" formnovalidate>Apply this choice</button>', name)


def _element(block: Element, one: Element, dialog: Dialog) -> SafeString:
    name = form_values.name_of(block.get("block_id", ""), one.get("action_id", ""))
    if one["type"] == "button":
        if one.get("url"):
            return format_html('<a class="button" href="{}">{}</a>', one["url"], said(one["text"]))
        return format_html(
            '<button name="go" value="{}" class="{}" formnovalidate>{}</button>',
            name,
            one.get("style", ""),
            said(one["text"]),
        )
    state = (dialog.typed or {}).get(block.get("block_id", ""), {}).get(one.get("action_id", ""))
    shown = form_values.texts(one, state)
    if one["type"] in (*form_values.SELECTS, *form_values.MANY):
        return _choices(name, one, shown, dialog)
    text = shown[0] if shown else ""
    if one["type"] == "datetimepicker":
        return format_html('<input type="datetime-local" name="{}" value="{}"> UTC', name, text)
    if one.get("multiline"):
        return format_html('<textarea name="{}" rows="3">{}</textarea>', name, text)
    return format_html('<input name="{}" value="{}">', name, text)


def _choices(name: str, one: Element, shown: Sequence[str], dialog: Dialog) -> SafeString:
    known = [*one.get("options", ()), *dialog.offered.get(name, ()), *form_values.chosen(one)]
    options = {option["value"]: option for option in known}.values()
    if one["type"] in ("checkboxes", "radio_buttons"):
        kind = "checkbox" if one["type"] == "checkboxes" else "radio"
        form = '<span class="tick"><input type="{}" name="{}" value="{}"{}> {}</span>'
        rows = [
            format_html(form, kind, name, option["value"], _mark(option, shown, " checked"), _label(option))
            for option in options
        ]
        return _joined("{}", rows)
    several = one["type"] in form_values.MANY
    rows = [
        format_html(
            "<option value='{}'{}>{}</option>", option["value"], _mark(option, shown, " selected"), _label(option)
        )
        for option in options
    ]
    empty = "" if several else format_html('<option value="">–</option>')
    return format_html(
        '<select name="{}"{}>{}{}</select>',
        name,
        format_html(" multiple") if several else "",
        empty,
        _joined("{}", rows),
    )


def _label(option: Element) -> str:
    note = option.get("description")
    return f"{said(option['text'])} — {said(note)}" if note else str(said(option["text"]))


def _mark(option: Element, shown: Sequence[str], mark: str) -> SafeString | str:
    return format_html(mark) if option["value"] in shown else ""
