"""Names and words that run from right to left, and what shows that they turn nothing beside them."""

import re

RIGHT_TO_LEFT = re.compile("[\u0590-\u05ff\u202e]")
HOSTILE = "\u05e9\u05e8\u05d4\u202e Levi\u2069"  # a name in Hebrew letters that tries to turn what follows


def is_isolated(text: str) -> bool:
    """Whether all that runs from right to left is between the signs that isolate it, with nothing else among it."""
    outside = re.sub("\u2068[^\u2068\u2069]*\u2069", "", text)
    return not RIGHT_TO_LEFT.search(outside) and not re.search("[\u202a-\u202e]", text)
