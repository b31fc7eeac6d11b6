"""Text in Slack's own forms. What people wrote goes in as plain text, where nothing in it means anything."""

import unicodedata
from typing import Any, Final

from integrations.bidi import FIRST_STRONG_ISOLATE, POP_ISOLATE, is_closed

NOTHING: Final = "–"  # Slack refuses an empty text


def short(words: str, longest: int) -> str:
    """The words, cut where Slack would refuse more characters."""
    if len(words) <= longest:
        return words
    cut = words[: longest - 1]
    # A cut within a name would turn the rest of the line.
    return f"{cut}…" if is_closed(cut) else f"{cut[:-1]}{POP_ISOLATE}…"


def readable(words: str) -> str:
    """What can be read of the words. Line ends stay; other control characters go, and what turns directions.

    What keeps a name within a sentence from turning it stays, where it is whole.
    """
    kept = f"\n{FIRST_STRONG_ISOLATE}{POP_ISOLATE}" if is_closed(words) else "\n"
    return "".join(one for one in words if one in kept or unicodedata.category(one) not in ("Cc", "Cf", "Cs"))


def plain(words: str, longest: int = 3000) -> dict[str, Any]:
    """A text in which Slack looks for nothing: no mention, no link, no formatting, no smiley."""
    return {"type": "plain_text", "text": short(readable(words).strip() or NOTHING, longest), "emoji": False}
