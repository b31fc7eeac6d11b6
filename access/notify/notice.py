"""What the table of the audience is made of: an event, and the messages that it calls for."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from access.models import AccessRequest, AuditEvent, Grant, Kind, User

_FACTS: Final = ("comment", "text", "reason", "channel", "verdict")


@dataclass(frozen=True)
class Story:
    """An event, and the rows it is about as they are now."""

    event: AuditEvent
    request: AccessRequest | None  # of a grant: the one that gave or extended it last
    grant: Grant | None
    actor: User | None  # None: it happened by itself

    @property
    def facts(self) -> dict[str, str]:
        """What a message says that no row says later."""
        told = {name: str(self.event.data[name]) for name in _FACTS if self.event.data.get(name)}
        return {**told, "at": self.event.at.isoformat(), "by": str(self.actor) if self.actor else ""}


@dataclass(frozen=True)
class Notice:
    """The same message to some people, each of whom gets it once for its key. Only active people do."""

    kind: Kind
    people: Collection[int]
    topic: str
    due_at: datetime
    key: str
    facts: Mapping[str, str]
    request: AccessRequest | None = None  # where it is about another one than the story
    by_mail: bool = False  # and by no other way
