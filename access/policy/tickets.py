"""Whether a ticket looks as the flow says, by a pattern that an admin typed and anybody may feed."""

from typing import Final

import regex

# A pattern such as (a+)+ takes for ever on some texts, and nothing could stop the standard library's matching.
LONGEST: Final = 0.1  # seconds


def works(pattern: str) -> bool:
    """Whether this is a regular expression."""
    try:
        regex.compile(pattern)
    except (regex.error, RecursionError, OverflowError):
        return False
    return True


def fits(pattern: str, ticket: str) -> bool:
    """Whether the whole ticket matches. One that can't be told in time does not."""
    try:
        return regex.fullmatch(pattern, ticket, timeout=LONGEST) is not None
    except TimeoutError:
        return False
