"""Which requests a report is about, and under which name figures of them are kept."""

from dataclasses import dataclass
from typing import Any, Final

from django.db.models import Q

# The figures of all requests once more, as they add up quickest: see packed.py. A release that knows nothing of them
# takes them away where it reckons a month anew, so they are never others than those of the month.
PACKED: Final = "packed"


@dataclass(frozen=True)
class Narrowing:
    """Primary keys; None where any will do."""

    flow: int | None = None
    target: int | None = None
    person: int | None = None

    @property
    def about(self) -> str:
        named = {"flow": self.flow, "target": self.target, "person": self.person}
        return " ".join(f"{name}:{pk}" for name, pk in named.items() if pk)

    @property
    def is_kept(self) -> bool:
        """Whether figures of these are kept. Of a person and something else they are not: those rows are few."""
        return not (self.person and (self.flow or self.target))

    def of_requests(self, path: str = "") -> Q:
        return self._q({"flow": self.flow, "target": self.target, "requester": self.person}, path)

    def of_findings(self) -> Q:
        """A finding belongs to a target and a person, and to no flow."""
        return self._q({"target": self.target, "person": self.person}, "")

    def _q(self, wanted: dict[str, int | None], path: str) -> Q:
        return Q(**{f"{path}{name}": pk for name, pk in wanted.items() if pk})


def cuts(row: dict[str, Any]) -> list[str]:
    """Under which names a row is counted, by its flow, target and person; those that it lacks are left out."""
    flow, target, person = (row.get(name) for name in ("flow", "target", "person"))
    ways = [
        (None, None, None),
        (flow, None, None),
        (None, target, None),
        (None, None, person),
        (flow, target, None) if flow and target else (None, None, None),
    ]
    return list(dict.fromkeys(Narrowing(*way).about for way in ways))
