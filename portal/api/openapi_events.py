"""What is sent to webhooks, as the description tells it. All of it is in docs/events.md."""

from typing import Any, Final

from pydantic import ConfigDict, Field

from portal.api.schemas import EventOut


class Event(EventOut):
    """One event, as webhooks and JSON lines tell it. New types, fields and facts in `data` may come at any time."""

    model_config = ConfigDict(json_schema_extra={"title": "Event"})

    # Its name is that of a method of the base class, which nobody calls here.
    schema_: int = Field(alias="schema")
    id: str


TEXT: Final = """\
Sent to every webhook that an admin has set up, for each event of the types it asked for, in order, at least once:
keep the ids that you have seen. Check the signature before you read the body, and answer with any 2xx within ten
seconds. Anything else is tried again, for three days.
"""
_HEADERS: Final = {
    "webhook-id": ("The id of the event.", "string", "evt_8c2f5ce8a5b14df0a2a9a16b3c54c0de"),
    "webhook-timestamp": ("When it was signed, in seconds since 1970.", "integer", 1767614590),
    "webhook-signature": (
        "`v1,` and a signature in base64, of each secret in use, separated by spaces; by Standard Webhooks.",
        "string", "v1,K5oZfzN95Z9UVu1EsfQmfVNQhnkZ2pj9o9NDN/H/pI4=",
    ),
}  # fmt: skip


def webhooks() -> dict[str, Any]:
    reference = {"$ref": "#/components/schemas/Event"}
    return {
        "event": {
            "post": {
                "operationId": "receive_event",
                "summary": "Something has happened",
                "description": TEXT,
                "tags": ["Webhooks"],
                "security": [],
                "parameters": [_header(name, *facts) for name, facts in _HEADERS.items()],
                "requestBody": {"required": True, "content": {"application/json": {"schema": reference}}},
                "responses": {
                    "2XX": {"description": "It was taken"},
                    "410": {"description": "Nobody wants it any more: the webhook is switched off"},
                    "429": {"description": "Later; Retry-After is heeded"},
                },
            }
        }
    }


def component() -> dict[str, Any]:
    """The schema of the body. What it refers to is nothing of its own."""
    told = Event.model_json_schema(by_alias=True)
    return {name: value for name, value in told.items() if name != "$defs"}


def _header(name: str, text: str, kind: str, example: Any) -> dict[str, Any]:
    return {
        "name": name, "in": "header", "required": True, "description": text, "schema": {"type": kind},
        "example": example,
    }  # fmt: skip
