"""Refusals become HTTP here, once; sign-in sends people back to where they were; times are in the browser's zone."""

import zoneinfo
from collections.abc import Callable
from typing import Any
from urllib.parse import unquote

from django.contrib.auth.middleware import LoginRequiredMiddleware, get_user
from django.contrib.auth.views import redirect_to_login
from django.contrib.messages import get_messages
from django.http import (
    HttpRequest,
    HttpResponse,
    HttpResponseNotAllowed,
    HttpResponseRedirect,
    QueryDict,
    StreamingHttpResponse,
)
from django.http.response import HttpResponseBase
from django.shortcuts import resolve_url
from django.utils import timezone
from django.utils.cache import add_never_cache_headers, patch_vary_headers
from django_htmx.http import HttpResponseClientRedirect

from access.core import clocks
from access.core.errors import NotAllowed, Refusal
from access.models import User
from access.people import zones
from access.people.rules import check_may_change
from integrations.storable import storable
from portal.api.middleware import PREFIX
from portal.pages import errors
from portal.pages.http import came_from


class ProbeMiddleware:
    """Probes may come under any Host, or none: orchestrators send an address, Aptible's health checks `containers`.

    Django looks at the host only where something asks for it, so these few addresses, which make no links, are told
    a name of their own before anything does. Every other address goes on refusing a host that it doesn't know.
    """

    ADDRESSES = frozenset({"/healthz", "/healthcheck", "/readyz", "/metrics"})

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path_info in self.ADDRESSES:
            request.get_host = lambda: "probe.invalid"  # type: ignore[method-assign]
        return self.get_response(request)


class TextMiddleware:
    """Read nothing that can't be kept where rows are looked for: in addresses and in cookies.

    A browser's form is judged field by field, and a call of the API says what is wrong with each parameter.
    """

    NUL = "%00"
    SHOWN_FOR_IT = "%EF%BF%BD"

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        query = request.META.get("QUERY_STRING", "")
        if self.NUL in query and not request.path_info.startswith(PREFIX):
            request.GET = QueryDict(query.replace(self.NUL, self.SHOWN_FOR_IT))
        request.COOKIES = storable(request.COOKIES)
        return self.get_response(request)


class NoStoreMiddleware:
    """What is answered here stays in no cache, of the browser neither, unless a page says otherwise."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        if not response.has_header("Cache-Control"):
            add_never_cache_headers(response)
        return response


class HeadMiddleware:
    """Answer a HEAD wherever a GET is answered, and take nothing away: what a page would tell waits for its reader."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if request.method != "HEAD":
            return self.get_response(request)
        request.method = "GET"
        response = self.get_response(request)
        request.method = "HEAD"
        get_messages(request).used = False  # type: ignore[union-attr]
        if isinstance(response, StreamingHttpResponse):
            response.streaming_content = iter(())
        elif isinstance(response, HttpResponse):
            response.headers["Content-Length"] = str(len(response.content))
            response.content = b""
        return response


class RefusalMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        answer = self.get_response(request)
        # Django answers a method that an address does not take without a word.
        wordless = isinstance(answer, HttpResponseNotAllowed) and not answer.content and request.method != "HEAD"
        return errors.wrong_method(request, answer) if wordless else answer

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """Show the sentence of a refusal: as a page with a way back, or to htmx as the fragment it asked for."""
        return errors.refused(request, exception) if isinstance(exception, Refusal) else None


class SignInMiddleware(LoginRequiredMiddleware):
    """Every page needs somebody signed in, unless it says otherwise."""

    def handle_no_permission(self, request: HttpRequest, view_func: Callable[..., Any]) -> HttpResponseRedirect:
        """Send to the sign-in, and from there to a page that can be opened: never to a fragment or a POST."""
        if request.method == "GET" and not request.headers.get("HX-Request"):
            return super().handle_no_permission(request, view_func)
        return redirect_to_login(came_from(request) or resolve_url("home"), resolve_url("login"))


class AuditorMiddleware:
    """Turn every change that an auditor sends away before a page sees it: the services refuse it as well.

    Signing in and out stays theirs, their own password, passkeys and keys, and to verify the log: it changes nothing.
    """

    OWN = frozenset(
        {
            "admin:logout", "admin:password_change", "audit-verify", "passkeys", "passkey-options", "passkey-remove",
            "account-keys",
        }
    )  # fmt: skip
    READING = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Callable[..., Any], args: Any, kwargs: Any
    ) -> HttpResponse | None:
        is_public = not getattr(view, "login_required", True)
        name = request.resolver_match.view_name if request.resolver_match else ""
        if request.method in self.READING or is_public or name in self.OWN or not isinstance(request.user, User):
            return None
        try:
            check_may_change(request.user)
        except NotAllowed as refusal:
            return errors.refused(request, refusal)
        return None


class HtmxRedirectMiddleware:
    """A redirect means another page: htmx is told to open it, where it would put it into the fragment."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        patch_vary_headers(response, ["HX-Request"])
        if request.headers.get("HX-Request") and 300 <= response.status_code < 400 and response.has_header("Location"):
            answer = HttpResponseClientRedirect(response["Location"])
            answer.cookies = response.cookies
            return answer
        return response


class TimeZoneMiddleware:
    """Show times in the zone that the reader chose, else in the browser's, which it says in a cookie, else in UTC.

    The browser's is kept, so that mails can tell times in it. Calls of the API know nobody by a cookie, and tell all
    times in UTC.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path_info.startswith(PREFIX):
            return self.get_response(request)
        name = unquote(request.COOKIES.get("usher_zone", ""))
        name = name if clocks.is_zone(name) else ""
        user = getattr(request, "user", None)
        if isinstance(user, User):
            # The person themselves from here on: Django's stand-in takes a long way to each attribute, hundreds a page.
            request.user = get_user(request)
            zones.keep(user, name)
            name = user.zone or name
        with timezone.override(zoneinfo.ZoneInfo(name) if name else None):
            return self.get_response(request)
