"""Lengths of time as people write them: 30m, 8h, 1d 12h, 1mo for 30 days."""

import re
from typing import Final

_UNITS: Final = {"d": 86_400, "h": 3600, "m": 60, "s": 1}
# Read and never written: nobody expects a month to be 30 days.
_READ: Final = {"mo": 30 * _UNITS["d"], **_UNITS}
_SHAPE: Final = re.compile(r"\s*".join(rf"(?:(?P<{unit}>[0-9]{{1,7}})\s*{unit})?" for unit in _READ), re.IGNORECASE)


def parse(text: str) -> int:
    """Read a length in seconds. Raises ValueError for anything but months, days, hours, minutes and seconds."""
    found = _SHAPE.fullmatch(text.strip())
    if found is None or not any(found.groups()):
        raise ValueError("Not a length of time.")
    return sum(int(found[unit] or 0) * seconds for unit, seconds in _READ.items())


def written(seconds: int) -> str:
    """Write a length so that `parse` reads it back; the largest units first, none that is zero."""
    parts, rest = [], seconds
    for unit, size in _UNITS.items():
        count, rest = divmod(rest, size)
        if count:
            parts.append(f"{count}{unit}")
    return " ".join(parts) or "0s"
