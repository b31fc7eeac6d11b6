"""Lengths of time as people write them: 30m, 8h, 1d 12h, 1mo for 30 days."""

import re
from collections.abc import Callable
from typing import Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

UNITS: Final = (("day", 86_400), ("hour", 3_600), ("minute", 60), ("second", 1))
_WORDS: Final = {
    "day": gettext_noop("%d d"), "hour": gettext_noop("%d h"), "minute": gettext_noop("%d min"),
    "second": gettext_noop("%d s"),
}  # fmt: skip
_PRECISE: Final = gettext_noop("%(seconds)s s")
Say = Callable[[str], str]  # a text in the language of whoever reads it
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


def unit_words() -> dict[str, str]:
    """The words that lengths are told with, in the language of the reader."""
    return {unit: word(unit) for unit, _size in UNITS}


def word(unit: str, say: Say = _) -> str:
    """One of them: a page tells a hundred lengths."""
    return say(_WORDS[unit])


def shown(seconds: float, say: Say = _) -> str:
    """Say a length to people in its two largest units: 4 h, 1 d 2 h, 42 min 10 s."""
    rest = max(int(seconds), 0)
    first = next((at for at, (_unit, size) in enumerate(UNITS) if rest >= size), len(UNITS) - 1)
    parts: list[str] = []
    for unit, size in UNITS[first : first + 2]:
        count, rest = divmod(rest, size)
        if count or not parts:
            parts.append(word(unit, say) % count)
    return " ".join(parts)


def precise(seconds: float, say: Say = _) -> str:
    """Say a length as `shown` does, and one of less than ten seconds with two digits: 0.31 s, 4.2 s."""
    return say(_PRECISE) % {"seconds": f"{seconds:.2g}"} if seconds < 10 else shown(seconds, say)
