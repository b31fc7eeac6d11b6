"""The home of the app: what one can do, what one holds, and what waits for one. Plain data in, Block Kit out."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.utils.translation import gettext as _

from integrations.slack import blocks, modals, rich_text
from integrations.slack.blocks import Block, Button

View = dict[str, Any]

MOST: Final = 15  # of each list: a home has at most a hundred blocks


@dataclass(frozen=True)
class Held:
    ref: str
    what: str
    status: str
    until: datetime | None
    can_end: bool
    extend_by: str  # a length of time, without approval; empty: not so
    ask_again: str  # the request to fill the form in with; empty where nothing is extended


@dataclass(frozen=True)
class Waiting:
    ref: str
    what: str
    who: str
    reason: str
    length: str
    progress: str  # such as 1 of 2
    url: str
    signed: bool = False  # approved with a passkey, on the request's page alone


@dataclass(frozen=True)
class Asked:
    """What this person asked for, and waits for."""

    ref: str
    what: str
    progress: str
    url: str


@dataclass(frozen=True)
class Home:
    can_ask: bool
    can_break_glass: bool
    held: Sequence[Held]
    waiting: Sequence[Waiting]
    asked: Sequence[Asked]
    url: str  # of the portal


def view(shown: Home) -> View:
    """The whole of it."""
    first = [Button(_("Ask for access"), modals.ASK, style="primary")] if shown.can_ask else []
    last = [Button(_("Break-glass"), modals.BREAK_GLASS, style="danger")] if shown.can_break_glass else []
    found = [
        blocks.buttons(*first, Button(_("Open Usher"), modals.LINK, url=shown.url), *last, key="home"),
        blocks.heading(_("Waiting for me")),
        *(block for one in shown.waiting[:MOST] for block in _waiting(one)),
        *_rest(shown.waiting, _("Nothing waits for you."), shown.url),
        blocks.heading(_("My access")),
        *(block for one in shown.held[:MOST] for block in _held(one)),
        *_rest(shown.held, _("You hold nothing at the moment."), shown.url),
        *([blocks.heading(_("My requests"))] if shown.asked else []),
        *(block for one in shown.asked[:MOST] for block in _asked(one)),
        *(_rest(shown.asked, "", shown.url) if shown.asked else []),
    ]
    return {"type": "home", "blocks": found}


def told(sentence: str, url: str) -> View:
    """A home that only says why there is none."""
    return {
        "type": "home",
        "blocks": [blocks.text(sentence), blocks.buttons(Button(_("Open Usher"), modals.LINK, url=url), key="home")],
    }


def _rest(rows: Sequence[object], nothing: str, url: str) -> list[Block]:
    if not rows:
        return [blocks.quiet(nothing)]
    more = len(rows) - MOST
    return [blocks.leading(url, _("%(count)d more are on the pages of Usher.") % {"count": more})] if more > 0 else []


def _held(one: Held) -> list[Block]:
    said = [rich_text.text(one.what, bold=True), rich_text.text(f" · {one.status} ")]
    said += [rich_text.moment(one.until, "{date_short_pretty} {time}")] if one.until else []
    shown = []
    if one.extend_by:
        label = _("Extend by %(length)s") % {"length": one.extend_by}
        shown.append(Button(label, modals.EXTEND, one.ref, confirm=_("Hold it longer, without a new approval?")))
    elif one.ask_again:
        shown.append(Button(_("Extend"), modals.ASK, one.ask_again))
    if one.can_end:
        shown.append(Button(_("I'm done"), modals.DONE, one.ref, "danger", confirm=_("End this access now?")))
    return [rich_text.block([rich_text.section(*said)]), *([blocks.buttons(*shown, key=one.ref)] if shown else [])]


def _asked(one: Asked) -> list[Block]:
    said = [rich_text.text(one.what, bold=True), rich_text.text(f" · {one.ref} · {one.progress}")]
    sure = _("Take this request back? Nobody decides it then.")
    shown = [Button(_("Withdraw"), modals.WITHDRAW, one.ref, confirm=sure), Button(_("Look"), modals.LINK, url=one.url)]
    return [rich_text.block([rich_text.section(*said)]), blocks.buttons(*shown, key=one.ref)]


def _waiting(one: Waiting) -> list[Block]:
    rows = [(one.who, " · ".join(filter(None, [one.what, one.length, one.progress]))), (one.ref, one.reason)]
    deny, look = Button(_("Deny"), modals.DENY, one.ref, "danger"), Button(_("Look"), modals.LINK, url=one.url)
    if one.signed:
        shown = [Button(_("Approve with your passkey"), modals.LINK, style="primary", url=one.url), deny]
    else:
        shown = [Button(_("Approve"), modals.APPROVE, one.ref, "primary"), deny, look]
    return [*blocks.facts(rows), blocks.buttons(*shown, key=one.ref)]
