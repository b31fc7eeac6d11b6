"""The announcement of a request: one message, the same at each step but for what has changed."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from django.utils.translation import gettext as _

from integrations.bidi import isolated
from integrations.slack import rich_text
from integrations.slack.blocks import Button, button
from integrations.slack.modals import APPROVE, DENY, LINK, WITHDRAW
from integrations.slack.text import readable, short

LINE_MAX: Final = 200  # characters of a title or of what somebody is said to have done
STATUS_MAX: Final = 500
FACT_MAX: Final = 300
COMMENT_MAX: Final = 500
FACTS_MOST: Final = 10
NOTES_MOST: Final = 5  # the newest ones
_IN_NOTIFICATIONS: Final = 150  # of each text: Slack takes 4,000 in all, in which a sign may be written as five

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
    can_withdraw: bool = False  # where whoever asked sees it


def blocks(card: Card) -> list[Block]:
    """The message in Block Kit."""
    last = rich_text.section(rich_text.link(card.url, _("Open the request %(ref)s") % {"ref": card.ref}))
    shown = rich_text.block(rich_text.fitting(_parts(card), last=last, url=card.url))
    return [shown, *([_buttons(card)] if card.can_decide else [])]


def fallback(card: Card) -> str:
    """The line for a notification, and for readers that show no blocks."""
    said = (rich_text.token(one) if isinstance(one, datetime) else _brief(one) for one in card.status)
    return f"{_brief(f'{card.icon} {card.title}')} — {' '.join(said).replace('> .', '>.')}"


def _brief(words: str) -> str:
    return rich_text.escaped(short(readable(words), _IN_NOTIFICATIONS))


def _parts(card: Card) -> Iterator[rich_text.Element]:
    """The parts in the order in which they matter, should there be too many."""
    yield rich_text.section(*_whole(card.title, card, LINE_MAX, bold=True))
    yield rich_text.section(
        rich_text.text(f"{card.icon} "), *(part for one in card.status for part in _said(one, card))
    )
    for fact in card.facts[:FACTS_MOST]:
        yield rich_text.section(rich_text.text(f"{_line(fact.label)}: ", bold=True), *_value(fact, card))
    yield from _more(len(card.facts) - FACTS_MOST, _("%(count)d more facts"), card)
    if card.reason:
        yield rich_text.section(rich_text.text(_("Reason:"), bold=True))
        yield rich_text.quote(card.reason, url=card.url)
    yield from _more(len(card.notes) - NOTES_MOST, _("%(count)d earlier decisions"), card)
    for note in card.notes[-NOTES_MOST:]:
        yield rich_text.section(*_whole(note.text, card, LINE_MAX))
        if note.comment:
            yield rich_text.quote(note.comment, url=card.url, longest=COMMENT_MAX)


def _more(count: int, words: str, card: Card) -> list[rich_text.Element]:
    return [rich_text.section(rich_text.link(card.url, words % {"count": count}))] if count > 0 else []


def _whole(words: str, card: Card, longest: int, *, bold: bool = False) -> list[rich_text.Element]:
    return rich_text.whole(_line(words), url=card.url, longest=longest, bold=bold)


def _value(fact: Fact, card: Card) -> list[rich_text.Element]:
    if isinstance(fact.value, str) and fact.url:
        return [rich_text.link(fact.url, short(_line(fact.value), FACT_MAX))]
    return _said(fact.value, card) if isinstance(fact.value, datetime) else _whole(fact.value, card, FACT_MAX)


def _said(part: str | datetime, card: Card) -> list[rich_text.Element]:
    if isinstance(part, datetime):
        return [rich_text.moment(part, "{date_short_pretty} {time}")]
    return rich_text.whole(part, url=card.url, longest=STATUS_MAX)


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
            *([_withdraw(card)] if card.can_withdraw else []),
        ],
    }


def _withdraw(card: Card) -> Block:
    sure = _("Only whoever asked can take it back. Nobody decides it then.")
    return button(Button(_("Withdraw"), WITHDRAW, card.ref, confirm=sure))


def _button(label: str, action: str, value: str, style: str, *, url: str = "") -> Block:
    return button(Button(label, action, value, style, url))
