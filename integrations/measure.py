"""How often, how it went and how long: counted in this process until somebody takes the counts away.

Nothing here knows where they go. The kinds are few, so what is kept is small, however much happens.
"""

import re
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final

# Upper bounds in seconds; above the last one only the count and the sum tell.
BOUNDS: Final = (0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0)
MOST_KINDS: Final = 300
_ID: Final = re.compile(r"(?<=/)(?:[0-9a-f]{8}-[0-9a-f-]{27}|[0-9]+|[^/]{24,})(?=/|$)")

Key = tuple[str, str, str]  # what is measured, of which kind, with which result


@dataclass
class Tally:
    count: int = 0
    seconds: float = 0.0
    # How many took at most so long, for each bound.
    within: list[int] = field(default_factory=lambda: [0] * len(BOUNDS))

    def note(self, seconds: float) -> None:
        self.count += 1
        self.seconds += seconds
        self.within = [had + (seconds <= bound) for had, bound in zip(self.within, BOUNDS, strict=True)]

    def add(self, other: "Tally") -> None:
        self.count += other.count
        self.seconds += other.seconds
        self.within = [mine + more for mine, more in zip(self.within, other.within, strict=True)]


_lock: Final = threading.Lock()
_tallies: Final[dict[Key, Tally]] = {}


def note(name: str, *, kind: str = "", result: str = "", seconds: float) -> None:
    """Count one that took so long. A kind beyond the bound is counted as another."""
    with _lock:
        key = (name, kind, result)
        if key not in _tallies and len(_tallies) >= MOST_KINDS:
            key = (name, "other", "")
        _tallies.setdefault(key, Tally()).note(max(seconds, 0.0))


@contextmanager
def timed(name: str, *, kind: str = "") -> Iterator[None]:
    """Count what is done meanwhile, once it is done."""
    started = time.perf_counter()
    yield
    note(name, kind=kind, result="done", seconds=time.perf_counter() - started)


def take() -> dict[Key, Tally]:
    """Take away all that was counted since the last time."""
    with _lock:
        taken = dict(_tallies)
        _tallies.clear()
    return taken


def put_back(taken: Mapping[Key, Tally]) -> None:
    """Count again what could not be kept."""
    with _lock:
        for key, tally in taken.items():
            _tallies.setdefault(key, Tally()).add(tally)


def without_ids(path: str) -> str:
    """The path of an address with a word in place of each id, so that its kinds stay few."""
    return _ID.sub("{id}", path)
