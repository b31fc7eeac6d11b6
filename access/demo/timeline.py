"""What happened when, and how late the portal was: from its own rows, and from the simulator's change log."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from access.demo.aptible import SimulatedAptible
from access.models import AccessRequest

# What the portal promises of an idle machine, in seconds: the median, and the 99th of a hundred.
USUALLY: Final = 1.0
AT_MOST: Final = 2.0


@dataclass(frozen=True)
class Delay:
    what: str
    seconds: float

    def __str__(self) -> str:
        limit = next((limit for limit in (USUALLY, AT_MOST) if self.seconds <= limit), None)
        verdict = f"within {limit:.0f} s" if limit else f"later than {AT_MOST:.0f} s"
        return f"{self.what:40} {self.seconds:6.2f} s   {verdict}"


class Timeline:
    """Prints each step when it was seen, with the time of day in UTC."""

    def __init__(self, write: Callable[[str], object], clock: Callable[[], datetime]) -> None:
        self._write = write
        self._clock = clock

    def seen(self, sentence: str) -> None:
        self._write(f"  {self._clock().astimezone(UTC):%H:%M:%S.%f}"[:-3] + f"  {sentence}")


def delays(request: AccessRequest, aptible: SimulatedAptible, *, role: str) -> Iterator[Delay]:
    """How late the access of a request came, and went, that has just ended."""
    grant = request.grant
    entered, left = (moment for _what, moment in aptible.changes(role, request.requester.email)[-2:])
    if grant is None or not (request.settled_at and grant.confirmed_at and grant.end_due_at and grant.ended_at):
        raise ValueError(f"{request.ref} has not ended.")
    approved, due = request.settled_at.timestamp(), grant.end_due_at.timestamp()
    yield Delay("approval → member at Aptible", entered - approved)
    yield Delay("approval → confirmed active", grant.confirmed_at.timestamp() - approved)
    yield Delay("due → gone at Aptible", left - due)
    yield Delay("due → confirmed ended", grant.ended_at.timestamp() - due)
