"""Hears of every sign-in, whatever the way: password, provider, or the demo's button."""

from typing import Any

from django.contrib.auth.signals import user_logged_in
from django.dispatch import receiver
from django.http import HttpRequest
from django.utils import timezone

from access.models import User
from access.people import sign_in
from portal.sign_in.client_address import client_address


@receiver(user_logged_in)
def note(request: HttpRequest | None, user: User, **_more: Any) -> None:
    """Write it to the log. A sign-in without a request, as tests make them, is nobody's."""
    if request is None or "REMOTE_ADDR" not in request.META:
        return
    way = str(getattr(user, "backend", "")).rpartition(".")[2]
    passkey = getattr(request, "passkey", "")
    sign_in.note(user=user, way=way, address=client_address(request), passkey=passkey, now=timezone.now())
