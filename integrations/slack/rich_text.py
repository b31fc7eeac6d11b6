"""Text in which nothing that a person wrote means anything to Slack: no mention, no link, no formatting.

Slack reads markup in most of its texts. It reads none in the parts of a rich text, so what people wrote goes there.
"""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, Final

from django.utils.translation import gettext as _

from integrations.slack.text import readable, short

MOST: Final = 1500  # characters of one text
# Of all texts of a message. Slack says nowhere how many it takes; 9,597 were seen to be taken, and 11,341 refused.
MOST_OF_A_MESSAGE: Final = 8000

Element = Mapping[str, Any]


def text(words: str, *, bold: bool = False) -> Element:
    shown = plain(words) or " "
    return {"type": "text", "text": shown, **({"style": {"bold": True}} if bold else {})}


def link(url: str, words: str) -> Element:
    return {"type": "link", "url": url, "text": plain(words) or url}


def moment(at: datetime, form: str = "{time}") -> Element:
    """A time, shown in the zone of whoever reads it; `form` is in Slack's words, such as {date_short_pretty}."""
    return {"type": "date", "timestamp": int(at.timestamp()), "format": form, "fallback": _in_utc(at)}


def section(*elements: Element) -> Element:
    return {"type": "rich_text_section", "elements": list(elements)}


def quote(words: str, *, url: str = "", longest: int = MOST) -> Element:
    return {"type": "rich_text_quote", "elements": whole(words, url=url, longest=longest)}


def whole(words: str, *, url: str, longest: int = MOST, bold: bool = False) -> list[Element]:
    """The words; where they are cut, a link to all of them behind."""
    if len(readable(words)) <= longest or not url:
        return [text(words, bold=bold)]
    return [text(short(readable(words), longest), bold=bold), text(" "), link(url, _("Read all of it"))]


def fitting(parts: Iterable[Element], *, last: Element, url: str) -> list[Element]:
    """As many of the parts as Slack takes in one message, the first ones first; where any is left out, a link to all.

    `last` is there whatever is left out.
    """
    kept, left = [], MOST_OF_A_MESSAGE - _length(last)
    for part in parts:
        left -= _length(part)
        if left < 0:
            kept.append(section(link(url, _("Read all of it"))))
            break
        kept.append(part)
    return [*kept, last]


def _length(part: Element) -> int:
    return len(str(part.get("text", ""))) + sum(map(_length, part.get("elements", ())))


def block(parts: Iterable[Element]) -> dict[str, Any]:
    return {"type": "rich_text", "elements": list(parts)}


def plain(words: str) -> str:
    """What can be read of the words, not too long. Line ends stay, other control characters go."""
    return short(readable(words), MOST)


def token(at: datetime, form: str = "{date_short_pretty} {time}") -> str:
    """The same in a text with markup."""
    return f"<!date^{int(at.timestamp())}^{form}|{_in_utc(at)}>"


def _in_utc(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def escaped(words: str) -> str:
    """For the one line that Slack shows in a notification, and reads markup in."""
    line = " ".join(plain(words).split()).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    # Nothing here is meant to call anybody, whatever Slack makes of a bare word.
    return line.replace("@", "@\u2060")
