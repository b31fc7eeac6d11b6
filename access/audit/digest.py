"""What of an event is hashed, and how events hang together. Pure; `verify_audit.py` does the same without the portal.

Events of format 1 were chained one by one as they were written. Those of format 2 are written with a digest of their
facts, and are numbered and chained when they are sealed.
"""

import hashlib
import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Final

from access.models import AuditEvent

FORMAT: Final = 2
# The facts of an event, in the order in which they are hashed.
FACTS: Final = (
    "at", "actor", "actor_id", "actor_name", "person_id", "type", "request_ref", "grant_ref", "subject", "data",
)  # fmt: skip
_text: Final = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode


def moment(at: datetime) -> str:
    """A time as it is hashed and told: UTC, to the microsecond."""
    return at.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def facts_of(event: AuditEvent) -> tuple[Any, ...]:
    return tuple(getattr(event, name) for name in FACTS)


def of_facts(facts: Sequence[Any]) -> str:
    """SHA-256 over the facts of an event, without its place in the log; hexadecimal."""
    return _sha256(_text([moment(facts[0]), *facts[1:]]))


def link(seq: int, previous: str, digest: str) -> str:
    """The hash of the event with this number, which follows the event with the hash `previous`."""
    return _sha256(f"{seq}:{previous}:{digest}")


def hash_of(format_: int, seq: int, previous: str, facts: Sequence[Any]) -> str:
    """What the hash of an event has to be."""
    return link(seq, previous, of_facts(facts)) if format_ == FORMAT else _first_format(seq, previous, facts)


def statement(seq: int, hash_: str, at: datetime) -> bytes:
    """What a seal signs: at this time the log ended with this event."""
    return _text(["usher seal 1", seq, hash_, moment(at)]).encode()


def _first_format(seq: int, previous: str, facts: Sequence[Any]) -> str:
    at, actor, actor_id, actor_name, person_id, type_, request, grant, subject, data = facts
    text = at.astimezone(UTC).isoformat(timespec="microseconds")
    told: list[Any] = [seq, text, actor, type_, request, grant, subject, data, previous]
    # Who it was by id came later, and where there is none it was not hashed.
    if (people := [actor_id, actor_name, person_id]) != [None, None, None]:
        told.append(people)
    return _sha256(_text(told))


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
