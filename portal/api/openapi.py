"""What the OpenAPI description says beyond what the types do."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Final

from ninja.openapi.schema import OpenAPISchema

from portal.api.problems import CONTENT_TYPE
from portal.api.schemas import Problem

TEXT: Final = """\
Ask for access, decide, and end it, by the same rules as the pages.

Send a token as `Authorization: Bearer usher_…`. It acts as its person, within its scopes, and is never more than they
are. Refusals are `application/problem+json`. Lists give `next_cursor` while there is more, and an `ETag` to send back
as `If-None-Match`. A token may make 300 calls that read and 60 that write in a minute.
"""
_WORDS: Final[Mapping[int, str]] = {
    304: "Nothing has changed since the answer with this ETag",
    400: "Something that was sent is wrong; errors says which field",
    401: "No token, or one that is not live",
    403: "Its person may not do this, or the token lacks the scope",
    404: "There is no such thing, or it is not theirs to see",
    409: "Someone was first, or the state does not allow it any more",
    412: "The row is not, or no longer, what the caller has seen",
    413: "The body is larger than 64 kB",
    415: "The body is not sent as application/json",
    422: "The idempotency key was used for another call",
    429: "Too many calls; Retry-After says how many seconds to wait",
}
_LIMITS: Final = {
    name: {"description": text, "schema": {"type": "integer"}}
    for name, text in (
        ("RateLimit-Limit", "Calls of this kind in a minute."),
        ("RateLimit-Remaining", "How many of them are left."),
        ("RateLimit-Reset", "Seconds until the next minute begins."),
    )
}
_KEY: Final = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "The same call with the same key is done once, and answered alike for a day.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 200, "pattern": "^[ -~]+$"},
    "example": "3f0c9a2e-7d61-4b7a-9c55-0d6e0f4f8a11",
}
_SEEN: Final = {
    "name": "If-None-Match",
    "in": "header",
    "required": False,
    "description": "The ETag of the answer that is known already.",
    "schema": {"type": "string"},
}
_UNCHANGED: Final = {
    "name": "If-Match",
    "in": "header",
    "required": False,
    "description": "The ETag that the row must still have, or * for any row that is there.",
    "schema": {"type": "string"},
}
_ONLY_MAKE: Final = {**_SEEN, "description": "* to make the row, and never to change one that is there."}
_HEADERS: Final = {
    "get": [_SEEN], "post": [_KEY], "put": [_UNCHANGED, _ONLY_MAKE], "delete": [_UNCHANGED],
}  # fmt: skip


def reading(answer: Any, *more: int) -> dict[int, Any]:
    """Every status of a call that reads."""
    return {200: answer, 304: None, **dict.fromkeys(sorted({400, 401, 403, 429, *more}), Problem)}


def writing(answers: Mapping[int, Any], *more: int) -> dict[int, Any]:
    """Every status of a call that changes something."""
    return {**answers, **dict.fromkeys(sorted({400, 401, 403, 409, 413, 415, 422, 429, *more}), Problem)}


def completed(schema: OpenAPISchema) -> OpenAPISchema:
    """Add the headers of calls and answers, and the content type of problems."""
    for operations in schema["paths"].values():
        for method, operation in operations.items():
            operation["parameters"] += _HEADERS[method]
            operation["responses"] = {
                str(status): _answer(int(status), answer) for status, answer in operation["responses"].items()
            }
    return schema


def _answer(status: int, answer: dict[str, Any]) -> dict[str, Any]:
    told = {**answer, "description": _WORDS.get(status, answer["description"])}
    if status >= HTTPStatus.BAD_REQUEST:
        told["content"] = {CONTENT_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    elif status != HTTPStatus.NOT_MODIFIED:
        told["headers"] = dict(_LIMITS)
    if status == HTTPStatus.OK:
        told["headers"]["ETag"] = {"description": "Of this answer.", "schema": {"type": "string"}}
    return told
