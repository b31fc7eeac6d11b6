"""Every way in which the API says no, as application/problem+json (RFC 9457)."""

import json
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Final

from django.http import Http404, HttpRequest, HttpResponse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from ninja.errors import AuthenticationError, HttpError, ValidationError

from access.core.errors import Invalid, Refusal
from portal.api import anonymous_limits, kinds
from portal.api.kinds import Kind

CONTENT_TYPE: Final = "application/problem+json"
_SENTENCES: Final[Mapping[str, str | Promise]] = {
    "missing": gettext_lazy("This is required."),
    "extra_forbidden": gettext_lazy("There is no such field."),
    "string_type": gettext_lazy("Write this as a text."),
    "string_unicode": gettext_lazy("This text is not valid Unicode."),
    "int_type": gettext_lazy("Write this as a whole number."),
    "int_parsing": gettext_lazy("Write this as a whole number."),
    "greater_than_equal": gettext_lazy("This number is too small."),
    "less_than_equal": gettext_lazy("This number is too large."),
    "string_too_long": gettext_lazy("This text is too long."),
    "timezone_aware": gettext_lazy("Write a time with its zone, such as 2026-01-31T14:30:00Z."),
    "datetime_from_date_parsing": gettext_lazy("Write a time with its zone, such as 2026-01-31T14:30:00Z."),
    "datetime_parsing": gettext_lazy("Write a time with its zone, such as 2026-01-31T14:30:00Z."),
    "bool_parsing": gettext_lazy("Write true or false."),
    "bool_type": gettext_lazy("Write true or false."),
    "dict_type": gettext_lazy("Write this as an object."),
    "model_attributes_type": gettext_lazy("Write this as an object."),
    "model_type": gettext_lazy("Write this as an object."),
}


class TooMany(Exception):
    """This caller has to wait, so many seconds."""

    def __init__(self, seconds: int) -> None:
        super().__init__(seconds)
        self.seconds = seconds


def problem(
    status: int, detail: str = "", *, errors: Mapping[str, str] | None = None, headers: Mapping[str, str] | None = None,
    kind: Kind | None = None,
) -> HttpResponse:  # fmt: skip
    """Say no, with a sentence for each field that is wrong."""
    kind = kind or kinds.BY_STATUS.get(status)
    phrase = HTTPStatus(status).phrase
    body: dict[str, Any] = {
        "type": kind.type if kind else "about:blank",
        "title": str(kind.title) if kind else phrase,
        "status": status,
        "detail": detail or (str(kind.detail) if kind else phrase),
    }
    if errors:
        body["errors"] = dict(errors)
    return HttpResponse(json.dumps(body), status=status, content_type=CONTENT_TYPE, headers=dict(headers or {}))


def refused(_request: HttpRequest, refusal: Refusal) -> HttpResponse:
    errors = as_sent(refusal.errors) if isinstance(refusal, Invalid) else None
    return problem(refusal.status, str(refusal), errors=errors, kind=kinds.of_refusal(refusal))


def as_sent(errors: Mapping[str, str]) -> dict[str, str]:
    """Name the flow's own fields as a call does: `fields.` and the name, where a form has `field-`."""
    return {
        f"fields.{name.removeprefix('field-')}" if name.startswith("field-") else name: sentence
        for name, sentence in errors.items()
    }


def not_found(_request: HttpRequest, _error: Http404) -> HttpResponse:
    return problem(404)


def no_token(request: HttpRequest, _error: AuthenticationError) -> HttpResponse:
    """Say that nobody is known by this token, and slow down an address that goes on trying."""
    wait = anonymous_limits.count(request)
    if wait:
        return too_many(request, TooMany(wait))
    return problem(401, headers={"WWW-Authenticate": 'Bearer realm="usher"'})


def too_many(_request: HttpRequest, refusal: TooMany) -> HttpResponse:
    text = ngettext(
        "Too many calls. Try again in %(seconds)d second.",
        "Too many calls. Try again in %(seconds)d seconds.",
        refusal.seconds,
    )
    return problem(429, text % {"seconds": refusal.seconds}, headers={"Retry-After": str(refusal.seconds)})


def unreadable(_request: HttpRequest, error: HttpError) -> HttpResponse:
    """The framework's own refusals: a body that is not JSON."""
    if error.status_code == HTTPStatus.BAD_REQUEST:
        text = _("The body is not JSON.")
        return problem(400, text, errors={"body": text})
    return problem(error.status_code)


def wrong_types(_request: HttpRequest, error: ValidationError) -> HttpResponse:
    errors: dict[str, str] = {}
    for one in error.errors:
        errors.setdefault(_field(one["loc"]), _sentence(one))
    return problem(400, _("Some of what was sent cannot be read."), errors=errors)


def _field(place: tuple[str | int, ...]) -> str:
    """Name a field as the caller does: without where it was found and the names of our own parameters."""
    inner = [str(part) for part in place[2:]]
    name = ".".join(inner) if inner else str(place[-1] if place[0] != "body" else "body")
    return name.encode(errors="replace").decode()[:100]


def _sentence(error: Mapping[str, Any]) -> str:
    known = _SENTENCES.get(error["type"])
    if known is not None:
        return str(known)
    text = str(error["msg"]).removeprefix("Value error, ").rstrip(".")
    return text.encode(errors="replace").decode()[:300] + "."
