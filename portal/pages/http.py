"""The small shared grammar of pages: a typed request, refusals next to fields, and where to go from here."""

from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

from django.forms import BaseForm
from django.http import HttpRequest
from django.utils.http import url_has_allowed_host_and_scheme
from django_htmx.middleware import HtmxDetails

from access.core.errors import Invalid
from access.models import User
from access.requests.pagination import Place


class PortalRequest(HttpRequest):
    """The request as it is after the middleware: somebody is signed in, and htmx is told apart."""

    user: User
    htmx: HtmxDetails


@contextmanager
def errors_on(form: BaseForm) -> Iterator[None]:
    """Put what a service found wrong next to the fields of the form. A field it does not have gets it on top.

    Afterwards `form.errors` says whether anything was wrong.
    """
    try:
        yield
    except Invalid as refusal:
        for name, sentence in refusal.errors.items():
            form.add_error(name if name in form.fields else None, sentence)


def place_in(request: HttpRequest) -> Place:
    """Where in a long list the address is: `older` and `newer` than the request of a reference."""
    return Place(older_than=request.GET.get("older", "")[:20], newer_than=request.GET.get("newer", "")[:20])


def safe_next(request: HttpRequest, default: str) -> str:
    """Where to go next: the path that the form or the address names in `next`, if it is one of this site."""
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    return wanted if is_path_here(wanted) else default


def came_from(request: HttpRequest) -> str:
    """The page of ours that the browser was on, as a path; nothing when it does not say or was elsewhere."""
    named = request.headers.get("HX-Current-URL") or request.headers.get("Referer") or ""
    try:
        parts = urlsplit(named)
    except ValueError:
        return ""
    path = f"{parts.path}?{parts.query}" if parts.query else parts.path
    return path if parts.netloc == request.get_host() and is_path_here(path) else ""


def is_path_here(address: str) -> bool:
    """Whether a browser that follows this stays here: a name without a slash, `//host` and `/\\host` may lead away."""
    return address.startswith("/") and url_has_allowed_host_and_scheme(address, allowed_hosts=None)
