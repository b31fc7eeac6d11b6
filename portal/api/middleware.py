"""What holds for every address below /api/, whoever answers: bodies, problems, limits, conditional calls."""

import hashlib
from collections.abc import Callable
from http import HTTPStatus
from typing import Final

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.cache import get_conditional_response, patch_vary_headers
from django.utils.translation import gettext as _

from portal.api.problems import CONTENT_TYPE, problem

PREFIX: Final = "/api/"
LARGEST_BODY: Final = 64 * 1024  # bytes
KEPT_HEADERS: Final = ("Allow", "Retry-After", "WWW-Authenticate")


class ApiMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if not request.path_info.startswith(PREFIX):
            return self.get_response(request)
        response = _unfit_body(request) or self.get_response(request)
        if response.status_code >= HTTPStatus.BAD_REQUEST:
            response = _as_problem(response)
        _say_limits(request, response)
        _say_what_follows(request, response)
        response.headers["Cache-Control"] = "private, no-store"
        patch_vary_headers(response, ["Authorization"])
        return _conditional(request, response)


def _unfit_body(request: HttpRequest) -> HttpResponse | None:
    """Refuse a body by its size and type before anything reads it.

    One that comes in chunks does not say its size, and nothing of it would be read: an approval that shortens would
    approve all that was asked for.
    """
    if request.headers.get("Transfer-Encoding"):
        return problem(HTTPStatus.BAD_REQUEST, _("Send the body as a whole, with its Content-Length, not in chunks."))
    try:
        size = int(request.META.get("CONTENT_LENGTH") or 0)
    except ValueError:
        return problem(HTTPStatus.BAD_REQUEST)
    if size > LARGEST_BODY:
        return problem(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
    if size and request.content_type != "application/json":
        return problem(HTTPStatus.UNSUPPORTED_MEDIA_TYPE)
    return None


def _as_problem(response: HttpResponseBase) -> HttpResponseBase:
    """Turn what Django or the framework says no with, such as a page of an unknown address, into a problem."""
    if response.headers.get("Content-Type", "").startswith(CONTENT_TYPE):
        return response
    kept = {name: response.headers[name] for name in KEPT_HEADERS if name in response.headers}
    return problem(response.status_code, headers=kept)


def _say_limits(request: HttpRequest, response: HttpResponseBase) -> None:
    allowance = getattr(request, "allowance", None)
    if allowance is not None:
        response.headers["RateLimit-Limit"] = str(allowance.limit)
        response.headers["RateLimit-Remaining"] = str(allowance.left)
        response.headers["RateLimit-Reset"] = str(allowance.resets_in)


def _say_what_follows(request: HttpRequest, response: HttpResponseBase) -> None:
    """Name the address of a list's next part (RFC 8288)."""
    cursor = getattr(request, "next_cursor", None)
    if cursor:
        asked = request.GET.copy()
        asked["cursor"] = cursor
        response.headers["Link"] = f'<{settings.BASE_URL}{request.path}?{asked.urlencode()}>; rel="next"'


def _conditional(request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
    """Send only that nothing has changed to whoever has seen this answer."""
    if request.method != "GET" or response.status_code != HTTPStatus.OK or not isinstance(response, HttpResponse):
        return response
    etag = response.headers.get("ETag") or f'"{hashlib.sha256(response.content).hexdigest()[:32]}"'
    response.headers["ETag"] = etag
    return get_conditional_response(request, etag=etag, response=response) or response
