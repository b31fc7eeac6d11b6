"""Refusals become HTTP here, once; sign-in sends people back to where they were; times are in the browser's zone."""

import zoneinfo
from collections.abc import Callable
from typing import Any
from urllib.parse import unquote

from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import resolve_url
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django_htmx.http import HttpResponseClientRedirect

from access.errors import Refusal
from portal.pages import errors
from portal.pages.http import came_from


class RefusalMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

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
    """The browser says its zone in a cookie; without one, or with a wrong one, times are shown in UTC."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        name = unquote(request.COOKIES.get("usher_zone", ""))
        try:
            zone = zoneinfo.ZoneInfo(name) if name else None
        except (ValueError, OSError, zoneinfo.ZoneInfoNotFoundError):
            zone = None
        with timezone.override(zone):
            return self.get_response(request)
