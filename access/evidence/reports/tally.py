"""What is counted of some requests. What is kept of it adds up, and says the same on every database."""

import math
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cached_property
from itertools import accumulate, pairwise
from typing import Any, Final, NamedTuple, TypeVar

from access.evidence.reports import packed as packing

T = TypeVar("T", int, float)
# How exactly a length of time is kept: two digits, so that a month of them is a short list. The longest is kept whole.
DIGITS: Final = 2
# Up to how many seconds each bar of a histogram goes; the last one takes the rest.
BOUNDS: Final = (1, 10, 60, 600, 3600, 6 * 3600, 86_400)
# What is kept of a month without any of it.
NOTHING: Final[Mapping[str, Any]] = {"counts": {}, "times": {}, "by": {}}


class Told(NamedTuple):
    """What a row of a table tells of times: how many, half of them within, 99 of 100 within, the longest."""

    number: int = 0
    half: float | None = None
    most: float | None = None
    longest: float | None = None


@dataclass
class Times:
    """How often it took how many seconds."""

    counts: Counter[float] = field(default_factory=Counter)
    longest: float = 0.0

    def note(self, length: timedelta) -> None:
        seconds = max(length.total_seconds(), 0.0)
        self.counts[float(f"{seconds:.{DIGITS}g}")] += 1
        self.longest = max(self.longest, round(seconds, 3))

    def percentile(self, percent: int) -> float | None:
        """The shortest time that so many percent of them did not exceed; None where there are none."""
        return self.percentiles(percent)[0]

    def percentiles(self, *percents: int) -> list[float | None]:
        """The same for several of them, in one pass."""
        lengths, upto = self._upto
        if not lengths:
            return [None] * len(percents)
        return [lengths[bisect_left(upto, math.ceil(upto[-1] * one / 100)) - 1] for one in percents]

    @property
    def told(self) -> Told:
        half, most = self.percentiles(50, 99)
        return Told(self.counts.total(), half, most, self.longest) if self.counts else Told()

    @property
    def histogram(self) -> list[int]:
        lengths, upto = self._upto
        within = [upto[bisect_right(lengths, bound)] for bound in BOUNDS]
        return [more - less for less, more in pairwise([0, *within, upto[-1]])]

    @property
    def _upto(self) -> tuple[list[float], list[int]]:
        """All lengths, the shortest first, and of how many so many of them are."""
        lengths = sorted(self.counts)
        return lengths, list(accumulate(map(self.counts.__getitem__, lengths), initial=0))


@dataclass
class Tally:
    """`counts` by what is counted, `times` by what took them, `by` who or what: how many for each key."""

    counts: Counter[str] = field(default_factory=Counter)
    times: dict[str, Times] = field(default_factory=dict)
    by: dict[str, Counter[int]] = field(default_factory=dict)

    def note(self, seen: "Seen") -> None:
        self.counts.update(seen.counts)
        for name, length in seen.times:
            self.times.setdefault(name, Times()).note(length)
        for name, key in seen.by:
            self.by.setdefault(name, Counter())[key] += 1

    def took(self, name: str) -> Times:
        return self.times.get(name) or Times()

    def most(self, name: str) -> list[tuple[int, int]]:
        """Who or what, and how many: the most first."""
        return sorted(self.by.get(name, Counter()).items(), key=lambda one: (-one[1], one[0]))


@dataclass
class Seen:
    """What one row adds to every tally that it belongs to."""

    counts: list[str] = field(default_factory=list)
    times: list[tuple[str, timedelta]] = field(default_factory=list)
    by: list[tuple[str, int]] = field(default_factory=list)


def kept(tally: Tally) -> dict[str, Any]:
    """As a row keeps it: plain data, the same for the same tally."""
    return {
        "counts": {name: n for name, n in sorted(tally.counts.items()) if n},
        "times": {name: _kept(times) for name, times in sorted(tally.times.items())},
        "by": {name: {str(key): n for key, n in sorted(one.items())} for name, one in sorted(tally.by.items())},
    }


def packed(figures: Mapping[str, Any]) -> dict[str, Any]:
    """The same as a row keeps it to be added up with others: see packed.py."""
    times = {
        name: {**one, "counts": packing.packed({packing.place(float(key)): n for key, n in one["counts"].items()})
               or one["counts"]}
        for name, one in figures["times"].items()
    }  # fmt: skip
    by = {name: packing.packed({int(key): n for key, n in one.items()}) or one for name, one in figures["by"].items()}
    return {**figures, "times": times, "by": by}


class Kept:
    """The figures of a month as a row keeps them. No more is made of them than what is asked for."""

    def __init__(self, figures: Mapping[str, Any] = NOTHING) -> None:
        self.figures = figures

    @cached_property
    def counts(self) -> Counter[str]:
        return Counter(self.figures["counts"])

    def told(self, name: str) -> Told:
        """What took it, as it was told when it was kept, but for the release before."""
        kept = self.figures["times"].get(name)
        if kept is None:
            return Told()
        if "told" in kept:
            return Told(*kept["told"])
        return Times(_added([kept["counts"]], float, packing.length), kept["longest"]).told


def total(of: Iterable[Kept]) -> Tally:
    """All of them together, packed or not."""
    every = [one.figures for one in of]
    found = Tally(Counter(_summed(one["counts"] for one in every)))
    for name in _names(every, "times"):
        parts = [one["times"][name] for one in every if name in one["times"]]
        counts = _added([part["counts"] for part in parts], float, packing.length)
        found.times[name] = Times(counts, max(part["longest"] for part in parts))
    for name in _names(every, "by"):
        found.by[name] = _added([one["by"][name] for one in every if name in one["by"]], int, int)
    return found


def _names(every: Iterable[Mapping[str, Any]], part: str) -> list[str]:
    return sorted({name for one in every for name in one[part]})


def _added(parts: Sequence[Any], of_text: Callable[[str], T], of_place: Callable[[int], T]) -> Counter[T]:
    """What each of them is a count of is the key of what is not packed, and the place in what is."""
    plain = _summed(one for one in parts if isinstance(one, Mapping))
    found = Counter(dict(zip(map(of_text, plain), plain.values(), strict=True)))
    if together := [one for one in parts if not isinstance(one, Mapping)]:
        found.update({of_place(place): count for place, count in packing.added(together).items()})
    return found


def _summed(parts: Iterable[Mapping[str, int]]) -> dict[str, int]:
    """As they were read, and in half the time that a Counter takes."""
    found: dict[str, int] = {}
    known = found.get
    for part in parts:
        for key, count in part.items():
            found[key] = known(key, 0) + count
    return found


def _kept(times: Times) -> dict[str, Any]:
    counts = {f"{key:g}": n for key, n in sorted(times.counts.items())}
    return {"counts": counts, "longest": times.longest, "told": list(times.told)}
