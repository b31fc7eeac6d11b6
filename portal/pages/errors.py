"""Every way of saying no, and of saying that something broke, in one look."""

import logging
import sqlite3
import sys
from typing import Any, Final

from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from access.alerts import write_lock
from access.core.errors import Refusal
from portal.pages.http import came_from

logger = logging.getLogger(__name__)

TITLES: Final[dict[int, Promise]] = {
    400: gettext_lazy("This cannot be accepted"),
    403: gettext_lazy("This is not allowed"),
    404: gettext_lazy("There is nothing here"),
    405: gettext_lazy("This cannot be opened this way"),
    409: gettext_lazy("This has changed in the meantime"),
    500: gettext_lazy("Something broke on our side"),
    503: gettext_lazy("This has to wait a moment"),
}
BUSY_SECONDS: Final = 5
# Nothing went wrong: something is not there, or somebody was first.
CALM: Final = frozenset({404, 405, 409})


def refused(request: HttpRequest, refusal: Refusal) -> HttpResponse:
    return _say(request, refusal.status, str(refusal), back=came_from(request))


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Without a way back: the host itself may be what was wrong."""
    text = _("The browser sent something that this address does not understand.")
    return _say(request, 400, text, back="")


def not_allowed(request: HttpRequest, exception: Exception) -> HttpResponse:
    return _say(request, 403, _("You may not open this page."), back=came_from(request))


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    text = _("Perhaps the address was mistyped, or what it showed is not for you.")
    return _say(request, 404, text, back=came_from(request))


def wrong_method(request: HttpRequest, answer: HttpResponse) -> HttpResponse:
    """Say it in words, and keep the header that names the methods."""
    text = _("This address only takes what a form on one of the pages sends. Go to the page, and press its button.")
    said = _say(request, 405, text, back=came_from(request))
    said["Allow"] = answer["Allow"]
    return said


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    text = _(
        "This page was open for too long, or you signed in or out elsewhere. Load it again, then repeat what you did."
    )
    return _say(request, 403, text, back=came_from(request))


def broken(request: HttpRequest) -> HttpResponse:
    """Rendered without the request's context, because the database may be what broke."""
    if _is_busy(sys.exception()):
        return _busy(request)
    text = _("It was written to the log. Access that is held still ends on time. Try again in a moment.")
    body = render_to_string(_template(request), _context(500, text))
    return HttpResponse(body, status=500)


def _is_busy(error: BaseException | None) -> bool:
    """Whether SQLite let go of a write because another held its lock for too long."""
    cause = getattr(error, "__cause__", None)
    return isinstance(cause, sqlite3.OperationalError) and cause.sqlite_errorcode & 0xFF in (
        sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED,
    )  # fmt: skip


def _busy(request: HttpRequest) -> HttpResponse:
    if why := write_lock.trouble():
        logger.error("%s", why)
    text = _("The database is busy with something else. Nothing was changed. Try again in a few seconds.")
    body = render_to_string(_template(request), _context(503, text))
    return HttpResponse(body, status=503, headers={"Retry-After": str(BUSY_SECONDS)})


def _say(request: HttpRequest, status: int, text: str, *, back: str) -> HttpResponse:
    body = render_to_string(_template(request), _context(status, text) | {"back": back}, request)
    return HttpResponse(body, status=status)


def _template(request: HttpRequest) -> str:
    return "refused.html#refusal" if request.headers.get("HX-Request") else "refused.html"


def _context(status: int, text: str) -> dict[str, Any]:
    return {"refusal_title": TITLES[status], "text": text, "calm": status in CALM}
