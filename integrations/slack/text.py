"""Text in Slack's own forms. What people wrote goes in as plain text, where nothing in it means anything."""

from datetime import datetime
from typing import Any, Final

NOTHING: Final = "–"  # Slack refuses an empty text


def short(text: str, longest: int) -> str:
    """The text, cut where Slack would refuse more."""
    return text if len(text) <= longest else f"{text[: longest - 1]}…"


def plain(text: str, longest: int = 3000) -> dict[str, Any]:
    """A text in which Slack looks for nothing: no mention, no link, no formatting, no smiley."""
    return {"type": "plain_text", "text": short(text.strip() or NOTHING, longest), "emoji": False}


def escaped(text: str) -> str:
    """The text for the middle of a formatted one, so that it names nobody, links nowhere and calls no channel."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def moment(at: datetime, fallback: str) -> str:
    """A time for a formatted text, which each reader sees in their own zone; `fallback` where Slack can't."""
    return f"<!date^{int(at.timestamp())}^{{date_short_pretty}} {{time}}|{escaped(fallback)}>"
