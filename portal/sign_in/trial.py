"""*Test sign-in*: an admin goes all the way to the provider and back, reads what came, and nothing of it is kept.

Nobody is signed in or matched by it. What came is rendered at once, for the browser of the admin who began.
"""

from datetime import datetime, timedelta
from typing import Any, Final

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.cache import add_never_cache_headers
from django.utils.translation import gettext as _

from access.models import User
from portal.sign_in.emails import check_email
from portal.sign_in.providers import SignInRefused
from portal.sign_in.reasons import REASONS, Reason

_BEGUN: Final = "sign_in_test"
_LASTS: Final = timedelta(minutes=10)
# Who has one of these could act as the person at the provider, and what tells nothing.
_SECRET: Final = frozenset({"access_token", "refresh_token", "id_token", "token_type", "expires_in", "code", "nonce"})


def begin(request: HttpRequest, *, now: datetime) -> None:
    request.session[_BEGUN] = now.isoformat()


def is_begun(request: HttpRequest) -> bool:
    """Whether an admin in this browser has just begun a test. Asked once: what comes later is a sign-in again."""
    begun = request.session.pop(_BEGUN, None)
    if begun is None or not isinstance(request.user, User) or not request.user.is_admin:
        return False
    return timezone.now() - datetime.fromisoformat(begun) < _LASTS


def show(backend: Any, details: dict[str, Any], response: Any, **more: Any) -> HttpResponse | None:
    """A step of every sign-in, which ends a test with a page of what came. Others go on."""
    request: HttpRequest = backend.strategy.request
    if not is_begun(request):
        return None
    reason = None
    try:
        check_email(backend, details, response)
    except SignInRefused as refusal:
        reason = REASONS[refusal.reason_code]
    shown = {"came": _came(backend, response), "uid": more.get("uid", ""), "reason": reason, "details": details}
    answer = render(request, "pages/sign_in_test.html", {"backend": backend.name, **shown})
    add_never_cache_headers(answer)
    return answer


def note(request: HttpRequest, reason: Reason) -> None:
    """Say to an admin who tests why it was refused; whoever signs in is told less."""
    if hasattr(request, "session") and is_begun(request):
        messages.warning(request, str(reason))


def _came(backend: Any, response: Any) -> list[tuple[str, list[tuple[str, str]]]]:
    """What the provider said, by where it said it, without anything that opens something."""
    said = response if isinstance(response, dict) else {}
    token = getattr(backend, "id_token", None)
    parts = [(_("ID token"), token), (_("Attributes"), said.get("attributes"))]
    if not said.get("attributes"):
        parts.append((_("User info"), said))
    return [(name, _rows(part)) for name, part in parts if isinstance(part, dict) and part]


def _rows(part: dict[str, Any]) -> list[tuple[str, str]]:
    return [(name, _shown(value)) for name, value in sorted(part.items()) if name not in _SECRET]


def _shown(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
