"""A message to one person, in Slack's own form."""

from collections.abc import Iterator, Mapping
from typing import Any

from integrations.base import Message
from integrations.slack import rich_text


def blocks(message: Message) -> list[Mapping[str, Any]]:
    label, url = message.said.link
    last = rich_text.section(rich_text.link(url, label))
    return [rich_text.block(rich_text.fitting(_parts(message), last=last, url=url))]


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
