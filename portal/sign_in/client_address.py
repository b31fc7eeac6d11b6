"""From where somebody calls."""

import ipaddress

from django.conf import settings
from django.http import HttpRequest


def client_address(request: HttpRequest) -> str:
    """Who is calling: the peer, or what the outermost of our own proxies has seen. Anything else may be made up."""
    seen = request.headers.get("X-Forwarded-For", "").split(",") if settings.TRUSTED_PROXIES else []
    named = seen[-settings.TRUSTED_PROXIES].strip() if len(seen) >= settings.TRUSTED_PROXIES > 0 else ""
    try:
        return str(ipaddress.ip_address(_without_port(named) or request.META.get("REMOTE_ADDR", "")))
    except ValueError:
        return "0.0.0.0"  # noqa: S104  a socket without an address: all of these are one


def _without_port(named: str) -> str:
    """The address alone of what a proxy wrote: `192.0.2.1:4711`, `[2001:db8::1]` and `[2001:db8::1]:4711`, too."""
    if named.startswith("["):
        return named[1:].partition("]")[0]
    return named.partition(":")[0] if named.count(":") == 1 else named
