"""Text in Slack's own forms. What people wrote goes in as plain text, where nothing in it means anything."""

import unicodedata
from typing import Any, Final

NOTHING: Final = "–"  # Slack refuses an empty text


def short(words: str, longest: int) -> str:
    """The words, cut where Slack would refuse more characters."""
    return words if len(words) <= longest else f"{words[: longest - 1]}…"


def readable(words: str) -> str:
    """What can be read of the words. Line ends stay; other control characters go, and what turns directions."""
    return "".join(one for one in words if one == "\n" or unicodedata.category(one) not in ("Cc", "Cf", "Cs"))


def plain(words: str, longest: int = 3000) -> dict[str, Any]:
    """A text in which Slack looks for nothing: no mention, no link, no formatting, no smiley."""
    return {"type": "plain_text", "text": short(readable(words).strip() or NOTHING, longest), "emoji": False}
