"""How the sign-in with a provider goes on: to the provider, or to a page of ours that exists."""

from typing import Any

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import resolve_url
from social_django.strategy import DjangoStrategy

from integrations.storable import storable
from portal.pages.http import is_path_here


class Strategy(DjangoStrategy):  # type: ignore[misc]
    """What the library finds in the session or in the address may be no address at all: then it goes on to the home."""

    def redirect(self, url: str) -> HttpResponse:
        is_address = is_path_here(url) or url.startswith(("https://", "http://"))
        return HttpResponseRedirect(url if is_address else resolve_url("home"))

    def get_request_data(self, merge: bool = True) -> dict[str, Any]:
        """Read what was sent, for lookups of rows: in text that can be kept."""
        return dict(storable(dict(super().get_request_data(merge).items())))
