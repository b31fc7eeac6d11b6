"""One line for each request, with an id that its other lines have, too, and without what was typed."""

import logging
import time
from collections.abc import Callable
from http import HTTPStatus
from typing import Final

from django.conf import settings
from django.core.exceptions import DisallowedHost
from django.http import HttpRequest, HttpResponse
from django.utils.encoding import escape_uri_path

from integrations import trace

logger = logging.getLogger("usher.web")

# Asked every few seconds by whoever watches, and of no interest while they are answered.
QUIET: Final = ("/healthz", "/healthcheck", "/readyz", "/metrics")


class AccessLogMiddleware:
    """The first of all, so that it sees what the others answer. An id that a proxy gave is kept."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        started = time.perf_counter()
        with trace.of(request.headers.get(trace.HEADER, "")) as id_:
            response = self.get_response(request)
            response[trace.HEADER] = id_
            if not _is_quiet(request, response):
                _write(request, response, milliseconds=round(1000 * (time.perf_counter() - started)))
        return response


def _is_quiet(request: HttpRequest, response: HttpResponse) -> bool:
    if response.status_code == HTTPStatus.BAD_REQUEST:
        return _is_of_a_refused_host(request)
    is_probe = request.path_info in QUIET or request.path_info.startswith(settings.STATIC_URL)
    return (is_probe and response.status_code < HTTPStatus.BAD_REQUEST) or request.path_info == "/readyz"


def _is_of_a_refused_host(request: HttpRequest) -> bool:
    """Which has a line of its own, with the name."""
    try:
        request.get_host()
    except DisallowedHost:
        return True
    return False


def _without_token(request: HttpRequest) -> str:
    """A link that lets somebody in is not written down, and neither is any other part of an address named `token`."""
    match = request.resolver_match
    token = match.kwargs.get("token") if match else None
    return request.path.replace(str(token), "…") if token else request.path


def _write(request: HttpRequest, response: HttpResponse, *, milliseconds: int) -> None:
    """The person by number only, and only if the page knew who it is: nothing is looked up for the log."""
    person = getattr(getattr(request, "_cached_user", None), "pk", None)
    path = escape_uri_path(_without_token(request))
    facts = {
        "method": request.method, "path": path, "status": response.status_code, "ms": milliseconds,
        "person": person,
    }  # fmt: skip
    logger.info(
        "%s %s %d in %d ms%s", request.method, path, response.status_code, milliseconds,
        f" for person {person}" if person else "", extra={"facts": facts},
    )  # fmt: skip
