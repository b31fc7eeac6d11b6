"""Passkeys on pages: for which site they are, and how a page's own script and its views talk to each other."""

import json
from collections.abc import Callable, Sequence
from functools import wraps
from ipaddress import ip_address
from typing import Any, Final
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest, JsonResponse
from django.utils.translation import gettext as _

from access.core.errors import NotAllowed, Refusal
from access.people.challenges import Signed
from integrations.passkeys import Site

FIELD: Final = "passkey"  # of a form: what the browser's passkey answered, as JSON
LONGEST: Final = 50_000  # characters of it


def site() -> Site:
    """Whom passkeys are made for. A passkey needs a name: this machine's address is known as localhost."""
    parts = urlsplit(settings.BASE_URL)
    host = parts.hostname or ""
    if not _is_loopback(host):
        return Site(host, settings.BASE_URL)
    port = f":{parts.port}" if parts.port else ""
    return Site("localhost", f"{parts.scheme}://localhost{port}")


def signed(request: HttpRequest) -> Signed:
    """What the form carries as signed. Raises NotAllowed when there is nothing of the kind."""
    found = signed_if_any(request)
    if found is None:
        raise NotAllowed(_("Nothing was signed with a passkey. This needs JavaScript, and a browser with WebAuthn."))
    return found


def signed_if_any(request: HttpRequest) -> Signed | None:
    text = request.POST.get(FIELD, "")
    if not text or len(text) > LONGEST:
        return None
    try:
        answer = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return Signed(answer, site()) if isinstance(answer, dict) else None


def told(view: Callable[..., JsonResponse]) -> Callable[..., JsonResponse]:
    """Answer a refusal with its sentence, for the page's script to show."""

    @wraps(view)
    def inner(request: HttpRequest, *args: Any, **kwargs: Any) -> JsonResponse:
        try:
            return view(request, *args, **kwargs)
        except Refusal as refusal:
            return JsonResponse({"error": str(refusal)}, status=refusal.status)

    return inner


def words() -> dict[str, str]:
    """What the page's script says when it did not work, by the name of the browser's error."""
    return {
        "missing": _("This browser has no WebAuthn, so it knows no passkeys. Use a newer one."),
        "lost": _("Usher did not answer as it should. Load the page again, and sign in if you are asked to."),
        "failed": _("Your browser could not use a passkey. Try again, or with another device."),
        "NotAllowedError": _("Nothing was signed: it was cancelled, or took too long. Nothing has changed."),
        "InvalidStateError": _("This passkey is registered already."),
        "SecurityError": _("Passkeys work only at the address %(site)s. Open Usher there.") % {"site": site().origin},
    }


def asked(options: dict[str, Any], *, verb: str, words: Sequence[tuple[str, str]] = ()) -> JsonResponse:
    """Let the page's script `create` or `get` a passkey, and show in words what is signed."""
    return JsonResponse({"verb": verb, "options": options, "words": words})


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
