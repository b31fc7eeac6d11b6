"""Values in the cells of a file that people open in a spreadsheet."""

import re
from typing import Final

# What a spreadsheet takes for a formula, also behind spaces or apostrophes, and in the wide forms of East Asian fonts.
_RISKY: Final = re.compile(r"'*[\s\ufeff\u200b-\u200d\u2060]*[=+\-@\t\r\n＝＋－＠]")
_LONGEST_SHOWN: Final = 100


def guarded(text: str) -> str:
    """Put an apostrophe before a text that a spreadsheet would run. `unguarded` gives back the very same text."""
    return f"'{text}" if _RISKY.match(text) else text


def unguarded(cell: str) -> str:
    """Take away the apostrophe that `guarded` put there."""
    return cell[1:] if cell.startswith("'") and _RISKY.match(cell) else cell


def shown(text: str) -> str:
    """Write a value of the file for an error: cut when long, and nothing in it that a terminal would obey."""
    short = text if len(text) <= _LONGEST_SHOWN else f"{text[:_LONGEST_SHOWN]}…"
    return "".join(one if one.isprintable() else "�" for one in short)
