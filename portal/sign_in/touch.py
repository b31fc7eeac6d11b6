"""With `SETUP_PASSKEY` an admin's browser changes what decides who gets in only shortly after a touch of a passkey.

What it covers: every change on the admin's pages and on the path of the set-up, an admin's API tokens and passkeys of
others. Tokens that were issued without one change nothing of it before an admin confirms them so. What it does not:
files that a command applies on the server, whose owner could unset it.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, Final

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from access.models import Passkey, User
from portal.pages.http import came_from

LASTS: Final = timedelta(minutes=10)
_TOUCHED: Final = "passkey_touched_at"
_WITH: Final = "passkey_touched"
_READING: Final = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})
# Where something is typed, the touch comes first, so that nothing that was typed is lost.
_OPENS_A_FORM: Final = ("_add", "_change", "_delete")
_OURS: Final = frozenset({"tokens", "token-revoke", "token-vouch", "device-login", "passkey-confirm", "passkey-remove"})
_OWN: Final = frozenset({"admin:logout", "admin:login", "admin:password_change"})


def note(request: HttpRequest, passkey: Passkey, *, now: datetime) -> None:
    """Remember in this browser's session that its person has touched a passkey that counts."""
    request.session[_TOUCHED], request.session[_WITH] = now.isoformat(), passkey.pk


def is_fresh(request: HttpRequest, *, now: datetime) -> bool:
    """Whether it was touched a moment ago, and nobody has removed that passkey since: it may be in others' hands."""
    touched, mine = request.session.get(_TOUCHED), Passkey.objects.filter(person=request.user.pk)
    if touched is None or not timedelta(0) <= now - datetime.fromisoformat(touched) < LASTS:
        return False
    return mine.filter(pk=request.session.get(_WITH, 0)).exists()


class TouchMiddleware:
    """Send an admin to the page of the touch first, and from there back to where they were."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, _view: Callable[..., Any], _args: Any, _kwargs: Any
    ) -> HttpResponse | None:
        if not settings.SETUP_PASSKEY or not _is_covered(request) or is_fresh(request, now=timezone.now()):
            return None
        back = request.get_full_path() if request.method in _READING else came_from(request)
        if request.method not in _READING:
            messages.warning(request, _("Nothing was changed. Touch your passkey, then go back and send it again."))
        return redirect(f"{reverse('touch')}?{urlencode({'next': back or reverse('home')})}")


def _is_covered(request: HttpRequest) -> bool:
    match = request.resolver_match
    if match is None or not isinstance(request.user, User) or not request.user.is_admin:
        return False
    name = match.view_name
    if request.method in _READING:
        return name.startswith("admin:") and name.endswith(_OPENS_A_FORM) and name not in _OWN and request.user.sets_up
    return (name.startswith(("admin:", "setup")) or name in _OURS) and name not in _OWN
