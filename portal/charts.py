"""Charts as the server draws them: where each part of a bar lies, in units of the drawing."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

WIDTH: Final = 700  # of every drawing
HEIGHT: Final = 100  # of one with columns
THINNEST: Final = 2  # however little it is, it can still be seen
GAP: Final = 0.2  # of the room of a column


class Part(NamedTuple):
    """One of the parts that stand on each other in a column."""

    tone: str
    y: int
    height: int


class Column(NamedTuple):
    label: str
    x: int  # its middle
    width: int
    parts: Sequence[Part]


@dataclass(frozen=True)
class Chart:
    """`key` says what each tone means; empty where there is only one."""

    columns: Sequence[Column]
    highest: int
    key: Sequence[tuple[str, str]] = ()


def laid(begin: float, end: float, *, whole: int = WIDTH) -> tuple[int, int]:
    """Where something lies on a line, by its shares of it, and how long it is there."""
    left, right = round(whole * min(max(begin, 0.0), 1.0)), round(whole * min(max(end, 0.0), 1.0))
    length = max(right - left, THINNEST)
    return min(left, whole - length), length


def columns(
    labels: Sequence[str], counts: Sequence[Sequence[int]], tones: Sequence[str], key: Sequence[str] = ()
) -> Chart:
    """A column for each label, of parts with these tones, the first at the bottom; none where there is nothing."""
    highest = max(map(sum, counts), default=0)
    if not highest:
        return Chart([], 0)
    room = WIDTH / len(labels)
    half = max(round(room * (1 - GAP) / 2), 1)  # of a column's width
    drawn = [
        Column(label, round(room * (at + 0.5)), 2 * half, _parts(one, tones, highest))
        for at, (label, one) in enumerate(zip(labels, counts, strict=True))
    ]
    return Chart(drawn, highest, list(zip(tones, key, strict=True)) if key else ())


def _parts(counts: Sequence[int], tones: Sequence[str], highest: int) -> list[Part]:
    found, below = [], 0
    for tone, count in zip(tones, counts, strict=True):
        if count:
            start, height = laid(below / highest, (below + count) / highest, whole=HEIGHT)
            found.append(Part(tone, HEIGHT - start - height, height))
            below += count
    return found
