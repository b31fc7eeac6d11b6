"""What the OpenAPI description says beyond what the types do."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Final

from django.conf import settings
from ninja.openapi.schema import OpenAPISchema

from portal.api import openapi_events, openapi_tidy
from portal.api.examples import EXAMPLES
from portal.api.kinds import BY_STATUS
from portal.api.problems import CONTENT_TYPE
from portal.api.schemas import Problem

TEXT: Final = """\
Ask for access, decide, and end it, by the same rules as the pages.

Send a token as `Authorization: Bearer usher_…`. It acts as its person, within its scopes, and is never more than they
are. Refusals are `application/problem+json`, each with a `type` that leads to what can be done about it. Lists give
`next_cursor` and a `Link` while there is more, and an `ETag` to send back as `If-None-Match`. A token
may make 300 calls that read and 60 that write in a minute.
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
_RETRY: Final = {"description": "Seconds to wait.", "schema": {"type": "integer", "minimum": 1}}
_TAG: Final = {"description": "Of this answer, to be sent back as If-None-Match.", "schema": {"type": "string"}}
_LINK: Final = {
    "description": 'The address of what follows, as `<…>; rel="next"`; the cursor in it is `next_cursor`.',
    "schema": {"type": "string"},
}
FILE_TYPE: Final = "application/octet-stream"
TAGS: Final[Mapping[str, str]] = {
    "What there is": "Who the token acts as, and what they may ask for.",
    "Requests": "Ask, look, decide, and take back.",
    "Access": "What is held, was held and will be, and its early end.",
    "Access reviews": "Who is in a role, kept or removed row by row.",
    "The log": "Everything that happened, for auditors and admins.",
    "The set-up": "Flows, targets and integrations, for who keeps them by a program.",
    "Webhooks": "What the portal sends.",
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

# A POST that may come as often as one likes.
_WRITES_NOTHING: Final = frozenset({"judge_config"})


def reading(answer: Any, *more: int) -> dict[int, Any]:
    """Every status of a call that reads."""
    return {200: answer, 304: None, **dict.fromkeys(sorted({400, 401, 403, 429, *more}), Problem)}


def writing(answers: Mapping[int, Any], *more: int) -> dict[int, Any]:
    """Every status of a call that changes something."""
    return {**answers, **dict.fromkeys(sorted({400, 401, 403, 409, 413, 415, 422, 429, *more}), Problem)}


def completed(schema: OpenAPISchema) -> OpenAPISchema:
    """Add what the types do not say: where it is, headers, problems, examples, and what webhooks are sent."""
    schema["info"].update(license={"name": "MIT", "identifier": "MIT"}, contact=_contact())
    schema["servers"] = [{"url": settings.BASE_URL, "description": "This portal"}]
    schema["tags"] = [{"name": name, "description": text} for name, text in TAGS.items()]
    schema["webhooks"] = openapi_events.webhooks()
    for method, operation in openapi_tidy.operations(schema):
        _complete(method, operation)
    schemas = schema["components"]["schemas"] | {"Event": openapi_events.component()}
    used = openapi_tidy.only_used(schemas, schema["paths"], schema["webhooks"])
    schema["components"]["schemas"] = {name: _with_example(name, one) for name, one in used.items()}
    return schema


def _contact() -> dict[str, str]:
    return {"name": "Whoever runs this portal", "url": settings.BASE_URL}


def _complete(method: str, operation: dict[str, Any]) -> None:
    operation.setdefault("description", f"{operation['summary']}.")
    known = [] if _is_file(operation) or operation["operationId"] in _WRITES_NOTHING else _HEADERS[method]
    operation["parameters"] = [openapi_tidy.parameter(one) for one in operation["parameters"]] + known
    if "requestBody" in operation:
        operation["requestBody"] = openapi_tidy.body(operation["requestBody"])
    is_list = any(one["name"] == "cursor" for one in operation["parameters"])
    operation["responses"] = {
        str(status): _answer(int(status), answer, is_list=is_list) for status, answer in operation["responses"].items()
    }


def _is_file(operation: Mapping[str, Any]) -> bool:
    """Whether it answers with a file, which has no ETag."""
    return any(_has_file(answer) for answer in operation["responses"].values())


def _has_file(answer: Mapping[str, Any]) -> bool:
    return FILE_TYPE in answer.get("content", {})


def _with_example(name: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {**schema, "examples": [EXAMPLES[name]]} if name in EXAMPLES else schema


def _answer(status: int, answer: dict[str, Any], *, is_list: bool) -> dict[str, Any]:
    told = {**answer, "description": _WORDS.get(status, answer["description"])}
    # A call without a token is counted for nobody.
    told["headers"] = {} if status == HTTPStatus.UNAUTHORIZED else dict(_LIMITS)
    if status >= HTTPStatus.BAD_REQUEST:
        told["content"] = {CONTENT_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}, "example": _no(status)}}
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        told["headers"]["Retry-After"] = _RETRY
    if status in (HTTPStatus.OK, HTTPStatus.NOT_MODIFIED) and not _has_file(answer):
        told["headers"]["ETag"] = _TAG
    if status == HTTPStatus.OK and is_list:
        told["headers"]["Link"] = _LINK
    return told


def _no(status: int) -> dict[str, Any]:
    """What a refusal of this status may read like."""
    kind = BY_STATUS[status]
    more = {"errors": EXAMPLES["Problem"]["errors"]} if status == HTTPStatus.BAD_REQUEST else {}
    return {"type": kind.type, "title": str(kind.title), "status": status, "detail": str(kind.detail), **more}
