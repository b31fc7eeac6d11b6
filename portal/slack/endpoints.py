"""The addresses that Slack calls. What is refused is told by its status, and written to the log without its body."""

import json
import logging
import re
from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any, Final

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, JsonResponse, QueryDict
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from access.notify.slack import deliveries, workspace
from access.people import refused_sign_ins
from integrations.base import NeedsAttention
from portal.sign_in.client_address import client_address
from portal.slack import signature
from portal.slack.dispatch import Stranger, handle

logger = logging.getLogger(__name__)

LARGEST_BODY: Final = 1024 * 1024  # bytes: a dialog comes back with all that it offers
_CHALLENGE: Final = re.compile(r"[A-Za-z0-9_.\-]{1,200}")

Payload = Mapping[str, Any]


class Unreadable(Exception):
    """What came is not in a form that Slack sends."""


@csrf_exempt
@login_not_required
@require_POST
def command(request: HttpRequest) -> HttpResponse:
    """The slash command."""
    return _answer(request, "command", _form)


@csrf_exempt
@login_not_required
@require_POST
def interactive(request: HttpRequest) -> HttpResponse:
    """Clicks, shortcuts, and dialogs that are sent."""
    return _answer(request, "interactive", _payload)


@csrf_exempt
@login_not_required
@require_POST
def options(request: HttpRequest) -> HttpResponse:
    """What can be chosen, while somebody searches for it."""
    return _answer(request, "interactive", _payload)


@csrf_exempt
@login_not_required
@require_POST
def events(request: HttpRequest) -> HttpResponse:
    """What happens in the workspace, as far as the app is told."""
    return _answer(request, "events", _json)


def _answer(request: HttpRequest, kind: str, read: Callable[[bytes], Payload]) -> HttpResponse:
    now = timezone.now()
    if _size(request) > LARGEST_BODY:
        return _refused(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "It is too large.")
    try:
        desk = workspace.workspace(now=now)
    except NeedsAttention as trouble:
        return _before_set_up(request, kind) or _refused(HTTPStatus.SERVICE_UNAVAILABLE, trouble.summary)
    if desk is None:
        return _before_set_up(request, kind) or _refused(HTTPStatus.NOT_FOUND, "No workspace is set up.")
    try:
        name = signature.check(request.body, request.headers, secret=desk.signing_secret, now=now)
        payload = read(request.body)
        if not deliveries.first_time(name, now=now):
            return _refused(HTTPStatus.CONFLICT, "It came before.")
        return _written(handle(kind, payload, desk=desk, now=now))
    except signature.NotSigned as why:
        refused_sign_ins.note(way="slack", text=str(why), address=client_address(request), now=now)
        return _refused(HTTPStatus.UNAUTHORIZED, str(why))
    except Stranger as why:
        return _refused(HTTPStatus.FORBIDDEN, str(why))
    except Unreadable:
        return _refused(HTTPStatus.BAD_REQUEST, "It cannot be read.")


def _before_set_up(request: HttpRequest, kind: str) -> HttpResponse | None:
    """Show that the address is this portal's while Slack has not told what it signs with; nothing else is answered.

    Slack looks when the app is made, and only an app that is made has a signing secret.
    """
    try:
        asked = _json(request.body) if kind == "events" else {}
    except Unreadable:
        return None
    challenge = asked.get("challenge")
    is_one = isinstance(challenge, str) and _CHALLENGE.fullmatch(challenge)
    return JsonResponse({"challenge": challenge}) if asked.get("type") == "url_verification" and is_one else None


def _size(request: HttpRequest) -> int:
    text = request.META.get("CONTENT_LENGTH") or "0"
    return int(text) if text.isascii() and text.isdigit() else LARGEST_BODY + 1


def _refused(status: HTTPStatus, why: str) -> HttpResponse:
    logger.warning("Something that should come from Slack was refused (%d): %s", status, why)
    return HttpResponse(status=status)


def _written(answer: Payload) -> HttpResponse:
    return JsonResponse(answer) if answer else HttpResponse()


def _form(body: bytes) -> dict[str, str]:
    try:
        return QueryDict(body.decode()).dict()
    except (UnicodeDecodeError, ValueError):
        raise Unreadable from None


def _payload(body: bytes) -> Payload:
    form = _form(body)
    # Slack looks now and then whether the address answers.
    return {"type": "ssl_check"} if form.get("ssl_check") else _json(form.get("payload", "").encode())


def _json(body: bytes) -> Payload:
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        raise Unreadable from None
    if not isinstance(found, dict):
        raise Unreadable
    return found
