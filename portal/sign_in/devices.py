"""Browsers from which somebody was signed in before: others' attempts at their e-mail never shut them out there."""

from typing import Final

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse

from access.models import User

COOKIE: Final = "usher_device"
_SALT: Final = "portal.sign_in.devices"
_SECONDS: Final = 180 * 24 * 3600


def remember(response: HttpResponse, user: User) -> HttpResponse:
    """Let this browser be known as one of the person's for half a year. It lets nobody in: it needs their password."""
    response.set_cookie(
        COOKIE, signing.dumps(_name(user.email), salt=_SALT), max_age=_SECONDS, httponly=True, samesite="Lax",
        secure=settings.SESSION_COOKIE_SECURE,
    )  # fmt: skip
    return response


def knows(request: HttpRequest, email: str) -> bool:
    """Whether the person with this e-mail was signed in from this browser before."""
    try:
        kept = signing.loads(request.COOKIES.get(COOKIE, ""), salt=_SALT, max_age=_SECONDS)
    except signing.BadSignature:
        return False
    return bool(kept == _name(email))


def _name(email: str) -> str:
    return email.strip().lower()
