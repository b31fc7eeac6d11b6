"""Addresses that carry something along."""

from typing import Final
from urllib.parse import urlencode

from django.urls import reverse

from access.models import AccessRequest

# Web servers refuse longer ones.
LONGEST: Final = 2000


def ask_again(request: AccessRequest) -> str:
    """The form, filled in with this request: to ask again, or to extend. A reason that is too long is left out."""
    typed = {
        "flow": request.flow.name,
        "target": request.target.name,
        "duration": str(request.seconds),
        "ticket": request.ticket,
        "reason": request.reason,
    }
    address = f"{reverse('ask')}?{urlencode({name: value for name, value in typed.items() if value})}"
    return address if len(address) <= LONGEST else address.partition("&reason=")[0]
