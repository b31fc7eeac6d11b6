"""Values as they stand in files for spreadsheets: absolute times in UTC, and no text that would run as a formula."""

import re
from datetime import UTC, datetime
from typing import Final

# What a spreadsheet takes for a formula, also behind blanks and what nobody sees, or in wide forms of the signs.
RISKY: Final = re.compile(r"[\s\ufeff\u200b-\u200d\u2060]*[=+\-@＝＋－＠]|[\t\r\n]")


def iso(value: datetime | None) -> str:
    """A time in UTC, to the microsecond."""
    return value.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z") if value else ""


def guarded(value: object) -> str:
    """Write a value as text; one that a spreadsheet would run gets an apostrophe before it."""
    text = str(value)
    if not isinstance(value, int | float) and RISKY.match(text):
        return f"'{text}"
    return text
