"""An event as it is told to the outside: one JSON object, described in docs/events.md.

The number of the schema goes up when a field is taken away or means something else. New fields, new types and new
facts in `data` may come at any time.
"""

import json
import re
from typing import Any, Final

from access.audit import digest
from access.audit.sentences import sentence
from access.models import AuditEvent

VERSION: Final = 1
# So much of the hash that no two events anywhere have the same.
_ID_LENGTH: Final = 32
_ID: Final = re.compile(rf"evt_([0-9a-f]{{{_ID_LENGTH}}})")


def of(event: AuditEvent) -> dict[str, Any]:
    """Tell of one event. Nothing here depends on when, where or how often it is told."""
    return {
        "schema": VERSION,
        "id": id_of(event),
        "seq": event.seq,
        "at": digest.moment(event.at),
        "type": event.type,
        "actor": event.actor,
        "actor_id": event.actor_id,
        "actor_name": event.actor_name,
        "person_id": event.person_id,
        "subject": event.subject,
        "request": event.request_ref,
        "grant": event.grant_ref,
        "text": sentence(event),
        "data": event.data,
        "hash": event.hash,
        "previous": event.previous,
        "format": event.format,
    }


def body(told: dict[str, Any]) -> bytes:
    """One line of JSON in UTF-8, without a line end."""
    return json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode()


def id_of(event: AuditEvent) -> str:
    """The same for ever and everywhere: it is the beginning of the event's hash."""
    return f"evt_{(event.hash or '')[:_ID_LENGTH]}"


def hash_of(id_: str) -> str:
    """What the hash of the event with this id begins with; nothing for a text that is no id."""
    found = _ID.fullmatch(id_.strip().lower())
    return found[1] if found else ""
