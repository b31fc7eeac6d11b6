"""The announcement of a request: one message, the same at each step but for what has changed."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from django.utils.translation import gettext as _

from integrations.bidi import isolated
from integrations.slack import rich_text
from integrations.slack.modals import APPROVE, DENY, LINK

FACT_MAX: Final = 300  # characters

Block = Mapping[str, Any]


@dataclass(frozen=True)
class Fact:
    label: str
    value: str | datetime
    url: str = ""


@dataclass(frozen=True)
class Note:
    """What somebody decided, and what they wrote."""

    text: str
    comment: str = ""


@dataclass(frozen=True)
class Card:
    ref: str
    title: str  # who asks for what
    icon: str
    status: Sequence[str | datetime]  # in words and moments
    url: str  # of the request's page
    facts: Sequence[Fact] = ()
    reason: str = ""
    notes: Sequence[Note] = field(default=())
    can_decide: bool = False
    signed: bool = False  # approved with a passkey, on the request's page alone


def blocks(card: Card) -> list[Block]:
    """The message in Block Kit."""
    return [rich_text.block(_parts(card)), *([_buttons(card)] if card.can_decide else [])]


def fallback(card: Card) -> str:
    """The line for a notification, and for readers that show no blocks."""
    said = (rich_text.token(one) if isinstance(one, datetime) else rich_text.escaped(one) for one in card.status)
    return f"{rich_text.escaped(f'{card.icon} {card.title}')} — {' '.join(said).replace('> .', '>.')}"


def _parts(card: Card) -> Iterator[rich_text.Element]:
    yield rich_text.section(rich_text.text(_line(card.title), bold=True))
    yield rich_text.section(rich_text.text(f"{card.icon} "), *map(_said, card.status))
    for fact in card.facts:
        yield rich_text.section(rich_text.text(f"{fact.label}: ", bold=True), *_value(fact, card.url))
    if card.reason:
        yield rich_text.section(rich_text.text(_("Reason:"), bold=True))
        yield rich_text.quote(card.reason, url=card.url)
    for note in card.notes:
        yield rich_text.section(rich_text.text(_line(note.text)))
        if note.comment:
            yield rich_text.quote(note.comment, url=card.url)
    yield rich_text.section(rich_text.link(card.url, _("Open the request %(ref)s") % {"ref": card.ref}))


def _value(fact: Fact, url: str) -> list[rich_text.Element]:
    if isinstance(fact.value, datetime):
        return [_said(fact.value)]
    if fact.url:
        return [rich_text.link(fact.url, _line(fact.value))]
    return rich_text.whole(_line(fact.value), url=url, longest=FACT_MAX)


def _said(part: str | datetime) -> rich_text.Element:
    return rich_text.moment(part, "{date_short_pretty} {time}") if isinstance(part, datetime) else rich_text.text(part)


def _line(words: str) -> str:
    """What somebody put into a name must not look like a line of ours, or turn one."""
    return isolated(" ".join(words.split()))


def _buttons(card: Card) -> Block:
    return {
        "type": "actions",
        "block_id": f"decide-{card.ref}",
        "elements": [
            _button(_("Approve with your passkey"), LINK, card.ref, "primary", url=card.url)
            if card.signed
            else _button(_("Approve"), APPROVE, card.ref, "primary"),
            _button(_("Deny"), DENY, card.ref, "danger"),
        ],
    }


def _button(label: str, action: str, value: str, style: str, *, url: str = "") -> Block:
    words = {"type": "plain_text", "text": label}
    opens = {"url": url} if url else {}
    return {"type": "button", "action_id": action, "value": value, "style": style, "text": words, **opens}
