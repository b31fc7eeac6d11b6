"""Text that runs from right to left, or turns the direction of what stands beside it."""

import re
import unicodedata
from typing import Final

# Between these the direction is that of the text's own first letter, and nothing within changes what is outside.
FIRST_STRONG_ISOLATE: Final = "\u2068"
POP_ISOLATE: Final = "\u2069"
_TURNS: Final = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
# As `isolated` makes it.
_ISOLATED: Final = re.compile("\u2068[^\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]*\u2069")
_RIGHT_TO_LEFT: Final = ("R", "AL", "AN")


def isolated(text: str) -> str:
    """The text as it can stand within a sentence: unchanged, where nothing in it runs from right to left, or all that
    does is isolated already."""
    if text.isascii():
        return text
    outside = _ISOLATED.sub("", text)
    if not _TURNS.search(outside) and not any(unicodedata.bidirectional(one) in _RIGHT_TO_LEFT for one in outside):
        return text
    return f"{FIRST_STRONG_ISOLATE}{_TURNS.sub('', text)}{POP_ISOLATE}"


def is_closed(text: str) -> bool:
    """Whether each isolate that is opened in the text is closed in it, and none that was not opened."""
    depth = 0
    for one in text:
        depth += (one == FIRST_STRONG_ISOLATE) - (one == POP_ISOLATE)
        if depth < 0:
            return False
    return depth == 0
