"""Many counts as one long number: those of all months are added up by adding a number for each.

A look at two years of everything adds up twenty thousand counts. To read them as entries of dictionaries, and to add up
those, takes longer than to draw all its charts and tables. Each count has a place of so many bits in the number, in the
order of what it is a count of, and the number is kept as text.
"""

import struct
from collections.abc import Collection, Mapping
from typing import Any, Final

BITS: Final = 32  # no month has so many of one length, or by one person, and no hundred years
# What lies further from each other than this, for each of them, takes more room so than by itself.
SPARSE: Final = 8
_LENGTHS: Final = 90  # with two digits, in each power of ten
_NONE: Final = -6 * _LENGTHS - 1  # the place before that of a microsecond


def packed(counts: Mapping[int, int]) -> list[Any] | None:
    """The first place, and the number as text. None where there are none, or few that are far from each other."""
    if not counts:
        return None
    first, last = min(counts), max(counts)
    if last - first > SPARSE * len(counts):
        return None
    places = struct.pack(f"<{last - first + 1}I", *[counts.get(at, 0) for at in range(first, last + 1)])
    return [first, f"{int.from_bytes(places, 'little'):x}"]


def added(parts: Collection[tuple[int, str]]) -> dict[int, int]:
    """All of them together: how many there are at each place where there are any."""
    first = min([at for at, _text in parts])
    number = sum([int(text, 16) << BITS * (at - first) for at, text in parts])
    places = -(-number.bit_length() // BITS)
    counts = struct.unpack(f"<{places}I", number.to_bytes(places * BITS // 8, "little"))
    return {at: count for at, count in enumerate(counts, first) if count}


def place(seconds: float) -> int:
    """That of a length of time with two digits: they stand in their order, and none between them is missing."""
    if not seconds:
        return _NONE
    digits, _e, power = f"{seconds:.1e}".partition("e")
    return _LENGTHS * int(power) + int(digits.replace(".", "")) - 10


def length(place: int) -> float:
    """The length of time that has this place."""
    if place == _NONE:
        return 0.0
    power, digits = divmod(place, _LENGTHS)
    return (digits + 10) / 10 ** (1 - power) if power < 1 else float((digits + 10) * 10 ** (power - 1))
