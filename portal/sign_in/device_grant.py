"""What a command line calls for a token of its person's: the Device Authorization Grant (RFC 8628)."""

from datetime import datetime
from http import HTTPStatus
from typing import Final

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, JsonResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from access.people import device_logins
from access.people.device_logins import Denied, Over, Pending, TooManyOpen, TooSoon
from portal.api import anonymous_limits
from portal.sign_in.client_address import client_address

GRANT: Final = "urn:ietf:params:oauth:grant-type:device_code"
# The first that fits; the words are those of the specification.
_ERRORS: Final = (
    (TooSoon, "slow_down"),
    (Pending, "authorization_pending"),
    (Denied, "access_denied"),
    (Over, "expired_token"),
)


@csrf_exempt
@login_not_required
@never_cache
@require_POST
def begin(request: HttpRequest) -> JsonResponse:
    """Give a code to show. `machine` is what it calls itself."""
    if wait := anonymous_limits.count(request):
        return _slow(wait)
    now = timezone.now()
    try:
        made, proof = device_logins.begin(
            machine=request.POST.get("machine", ""), address=client_address(request),
            scopes=request.POST.get("scope", "").split(), now=now,
        )  # fmt: skip
    except TooManyOpen:
        return _slow(int(device_logins.LASTS.total_seconds()))
    page = settings.BASE_URL + reverse("device-login")
    return JsonResponse(
        {
            "device_code": proof, "user_code": made.shown, "verification_uri": page,
            "verification_uri_complete": f"{page}?code={made.shown}",
            "expires_in": _seconds(now, made.expires_at), "interval": int(device_logins.PAUSE.total_seconds()),
        }
    )  # fmt: skip


@csrf_exempt
@login_not_required
@never_cache
@require_POST
def fetch(request: HttpRequest) -> JsonResponse:
    """Give the token, once it was confirmed and once only."""
    if wait := anonymous_limits.count(request):
        return _slow(wait)
    if request.POST.get("grant_type") != GRANT:
        return _error("unsupported_grant_type")
    now = timezone.now()
    proof = request.POST.get("device_code", "")[:100]
    try:
        token, text = device_logins.fetch(proof, own_scopes=settings.PERSONAL_TOKEN_SCOPES, now=now)
    except (Pending, Denied, Over) as refusal:
        return _error(next(name for kind, name in _ERRORS if isinstance(refusal, kind)))
    return JsonResponse(
        {
            "access_token": text, "token_type": "Bearer", "expires_in": _seconds(now, token.expires_at),
            "scope": " ".join(token.scopes), "ref": token.ref, "person": token.person.email,
        }
    )  # fmt: skip


def _error(name: str) -> JsonResponse:
    return JsonResponse({"error": name}, status=HTTPStatus.BAD_REQUEST)


def _slow(seconds: int) -> JsonResponse:
    headers = {"Retry-After": str(seconds)}
    return JsonResponse({"error": "slow_down"}, status=HTTPStatus.TOO_MANY_REQUESTS, headers=headers)


def _seconds(now: datetime, until: datetime) -> int:
    return int((until - now).total_seconds())
