"""What the simulator saw and did: the calls that reached it, and who entered or left which role when."""

from collections import Counter, deque
from collections.abc import Callable
from dataclasses import asdict, dataclass
from threading import Lock
from typing import Any, Final

KEPT: Final = 10_000

Clock = Callable[[], float]


@dataclass
class CallRecord:
    """One call to the Auth or the Deploy API. Never a body, a header, a query or a token."""

    number: int
    at: float  # epoch seconds at arrival
    method: str
    path: str
    status: int | None = None  # None while it runs, and for ever when the answer was dropped
    milliseconds: float | None = None
    note: str = ""


@dataclass(frozen=True)
class Change:
    """One step of one person. `what` is entered or left (a role), joined or removed (an organization)."""

    number: int
    at: float  # epoch seconds
    what: str
    organization: str
    role: str
    role_id: str
    email: str
    user_id: str
    membership_id: str
    by: str  # the e-mail of the caller, or "outside" for a change through the control paths


class Journal:
    """The newest 10,000 calls and changes, oldest first, and counts of every call by method and route."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = Lock()
        self.clear()

    def clear(self) -> None:
        """Forget everything and count from one again."""
        with self._lock:
            self._calls: deque[CallRecord] = deque(maxlen=KEPT)
            self._changes: deque[Change] = deque(maxlen=KEPT)
            self._counts: Counter[str] = Counter()
            self._call_number = self._change_number = 0

    def call_arrived(self, *, method: str, path: str, route: str) -> CallRecord:
        """Count the call and open its record; the caller fills in how it ended."""
        with self._lock:
            self._call_number += 1
            record = CallRecord(number=self._call_number, at=self._clock(), method=method, path=path)
            self._calls.append(record)
            self._counts[f"{method} {route}"] += 1
        return record

    def changed(self, what: str, **facts: str) -> None:
        """Note one step of one person, at this moment."""
        with self._lock:
            self._change_number += 1
            self._changes.append(Change(number=self._change_number, at=self._clock(), what=what, **facts))

    def calls(self, *, since: int = 0) -> list[dict[str, Any]]:
        """List the calls with a number above `since`."""
        with self._lock:
            return [asdict(record) for record in self._calls if record.number > since]

    def changes(self, *, since: int = 0) -> list[dict[str, Any]]:
        """List the changes with a number above `since`."""
        with self._lock:
            return [asdict(change) for change in self._changes if change.number > since]

    def counts(self) -> dict[str, int]:
        """How many calls arrived, by method and route, whatever they were answered."""
        with self._lock:
            return dict(sorted(self._counts.items()))
