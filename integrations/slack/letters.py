"""A message to one person, in Slack's own form."""

from collections.abc import Iterator, Mapping
from typing import Any

from django.utils.translation import gettext as _

from integrations.base import Message
from integrations.slack import rich_text
from integrations.slack.blocks import Button, buttons
from integrations.slack.modals import WITHDRAW


def blocks(message: Message) -> list[Mapping[str, Any]]:
    label, url = message.said.link
    last = rich_text.section(rich_text.link(url, label))
    told = rich_text.block(rich_text.fitting(_parts(message), last=last, url=url))
    return [told, _withdraw(message.withdraw)] if message.withdraw else [told]


def _withdraw(ref: str) -> Mapping[str, Any]:
    sure = _("Take this request back? Nobody decides it then.")
    return buttons(Button(_("Withdraw"), WITHDRAW, ref, confirm=sure), key=ref)


def fallback(message: Message) -> str:
    """The line for a notification."""
    return rich_text.escaped(message.subject)


def _parts(message: Message) -> Iterator[rich_text.Element]:
    said = message.said
    yield rich_text.section(rich_text.text(message.subject, bold=True))
    url = said.link[1]
    for paragraph in said.paragraphs:
        yield rich_text.section(*rich_text.whole(paragraph, url=url))
    for name, value in said.facts:
        yield rich_text.section(rich_text.text(f"{name}: ", bold=True), *rich_text.whole(value, url=url))
    if said.quote:
        yield rich_text.section(rich_text.text(said.quote[0]))
        yield rich_text.quote(said.quote[1], url=url)
