"""What is counted of some requests. Tallies add up, and say the same on every database."""

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Final

# How exactly a length of time is kept: two digits, so that a month of them is a short list. The longest is kept whole.
DIGITS: Final = 2
# Up to how many seconds each bar of a histogram goes; the last one takes the rest.
BOUNDS: Final = (1, 10, 60, 600, 3600, 6 * 3600, 86_400)


@dataclass
class Times:
    """How often it took how many seconds."""

    counts: Counter[float] = field(default_factory=Counter)
    longest: float = 0.0

    def note(self, length: timedelta) -> None:
        seconds = max(length.total_seconds(), 0.0)
        self.counts[float(f"{seconds:.{DIGITS}g}")] += 1
        self.longest = max(self.longest, round(seconds, 3))

    def add(self, other: "Times") -> None:
        self.counts.update(other.counts)
        self.longest = max(self.longest, other.longest)

    def percentile(self, percent: int) -> float | None:
        """The shortest time that so many percent of them did not exceed; None where there are none."""
        rank = math.ceil(self.counts.total() * percent / 100)
        for seconds, count in sorted(self.counts.items()):
            rank -= count
            if rank <= 0:
                return seconds
        return None

    @property
    def histogram(self) -> list[int]:
        found = [0] * (len(BOUNDS) + 1)
        for seconds, count in self.counts.items():
            found[next((at for at, bound in enumerate(BOUNDS) if seconds <= bound), len(BOUNDS))] += count
        return found


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

    def add(self, other: "Tally") -> None:
        self.counts.update(other.counts)
        for name, times in other.times.items():
            self.times.setdefault(name, Times()).add(times)
        for name, counts in other.by.items():
            self.by.setdefault(name, Counter()).update(counts)

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


def total(tallies: Iterable[Tally]) -> Tally:
    found = Tally()
    for one in tallies:
        found.add(one)
    return found


def kept(tally: Tally) -> dict[str, Any]:
    """As a row keeps it: plain data, the same for the same tally."""
    return {
        "counts": {name: n for name, n in sorted(tally.counts.items()) if n},
        "times": {name: _kept(times) for name, times in sorted(tally.times.items())},
        "by": {name: {str(key): n for key, n in sorted(one.items())} for name, one in sorted(tally.by.items())},
    }


def read(figures: Mapping[str, Any]) -> Tally:
    return Tally(
        Counter(figures["counts"]),
        {name: Times(Counter(dict(_read(one["counts"]))), one["longest"]) for name, one in figures["times"].items()},
        {name: Counter({int(key): n for key, n in one.items()}) for name, one in figures["by"].items()},
    )


def _kept(times: Times) -> dict[str, Any]:
    return {"counts": {f"{key:g}": n for key, n in sorted(times.counts.items())}, "longest": times.longest}


def _read(counts: Mapping[str, int]) -> Iterator[tuple[float, int]]:
    return ((float(key), n) for key, n in counts.items())
