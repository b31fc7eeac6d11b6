"""A message to one person, in Slack's own form."""

from collections.abc import Iterator, Mapping
from typing import Any

from integrations.base import Message
from integrations.slack import rich


def blocks(message: Message) -> list[Mapping[str, Any]]:
    return [rich.block(_parts(message))]


def fallback(message: Message) -> str:
    """The line for a notification."""
    return rich.escaped(message.subject)


def _parts(message: Message) -> Iterator[rich.Element]:
    said = message.said
    yield rich.section(rich.text(message.subject, bold=True))
    for paragraph in said.paragraphs:
        yield rich.section(rich.text(paragraph))
    for name, value in said.facts:
        yield rich.section(rich.text(f"{name}: ", bold=True), rich.text(value))
    if said.quote:
        yield rich.section(rich.text(said.quote[0]))
        yield rich.quote(said.quote[1])
    label, url = said.link
    yield rich.section(rich.link(url, label))
