"""Every address below /scim/v2: the token, the library's answer, and a line in the log for each refusal."""

import json
import logging
from http import HTTPStatus
from typing import Final

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from scim2_models import (
    ForbiddenException,
    InvalidValueException,
    PayloadTooLargeException,
    SCIMException,
    UnauthorizedException,
)
from scim2_server.handler import ScimHandler
from scim2_server.requests import ScimRequest
from scim2_server.responses import ScimResponse

from access.audit import log
from access.core.errors import NotAllowed
from access.models import Scope, Token
from portal.api import anonymous_limits
from portal.api.auth import Bearer
from portal.api.problems import TooMany
from portal.scim.entra_patch import Service
from portal.scim.shapes import PROVIDER
from portal.scim.storage import Storage

logger = logging.getLogger(__name__)

LARGEST_BODY: Final = 1024 * 1024  # bytes: a group of ten thousand
SERVICE: Final = Service(PROVIDER)
_BEARER: Final = Bearer(Scope.PROVISION)


class _TooMany(SCIMException):
    status = HTTPStatus.TOO_MANY_REQUESTS


def serve(request: HttpRequest, rest: str = "") -> HttpResponse:
    """Answer a call of the directory. Whoever has no token of a bot with the scope `provision` learns nothing."""
    try:
        answer = _answer(request, rest, _token(request))
    except TooMany as wait:
        answer = SERVICE.error_response(_TooMany(detail=_("Too many calls. Wait a little.")))
        answer.headers["Retry-After"] = str(wait.seconds)
    except SCIMException as refusal:
        level = logging.INFO if refusal.status == HTTPStatus.NOT_FOUND else logging.WARNING
        logger.log(level, "SCIM refused: %s /%s %s: %s", request.method, rest[:100], refusal.status, refusal.detail)
        answer = SERVICE.error_response(refusal)
    body = b"" if answer.body is None else json.dumps(answer.body).encode()
    response = HttpResponse(body, status=int(answer.status), headers=answer.headers)
    response.headers["Cache-Control"] = "no-store"
    return response


def _token(request: HttpRequest) -> Token:
    try:
        found = _BEARER(request)
    except NotAllowed as refusal:
        raise ForbiddenException(detail=str(refusal)) from refusal
    if found is None:
        if wait := anonymous_limits.count(request):
            raise TooMany(wait)
        raise UnauthorizedException(detail=_("Send a token that is live, of a bot, with the scope provision."))
    if not found.person.is_bot:
        raise ForbiddenException(detail=_("Only a bot's token provisions people and groups."))
    return found


def _answer(request: HttpRequest, rest: str, token: Token) -> ScimResponse:
    if int(request.META.get("CONTENT_LENGTH") or 0) > LARGEST_BODY:
        raise PayloadTooLargeException(detail=_("The body is too large: send fewer members at once."))
    method = "GET" if request.method == "HEAD" else request.method or ""
    call = ScimRequest(
        method=method, base_url=f"{settings.BASE_URL}/scim/v2", path=f"/{rest}",
        query=request.GET.dict(), headers=dict(request.headers), body=request.body, subject=token.person,
    )  # fmt: skip
    changes = method in ("PUT", "PATCH", "DELETE")
    handler = ScimHandler(SERVICE, Storage(by=token.person, now=timezone.now(), changes=changes))
    try:
        with log.through(token.ref):
            return handler.handle(call)
    except RecursionError:
        raise InvalidValueException(detail=_("This is nested too deeply.")) from None
