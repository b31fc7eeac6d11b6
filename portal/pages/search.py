"""One search over targets, requests, people and pages: behind a key on every page, and without scripts a page."""

from collections.abc import Sequence
from typing import Final

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from access.core import search
from access.models import User
from access.requests import find
from portal.context import OVERSIGHT, PAGES
from portal.pages.http import PortalRequest
from portal.request_cache import reach_of

Named = tuple[str, str | Promise]
MORE: Final[Sequence[Named]] = (
    ("ask", _("Ask for access")),
    ("after-reviews", _("To look at afterwards")),
    ("account", _("What you are told")),
    ("away", _("I'm away")),
    ("tokens", _("API tokens")),
    ("passkeys", _("Passkeys")),
)
SET_UP: Final[Sequence[Named]] = (("setup", _("Set-up")), ("admin:index", _("Admin")))


@never_cache
@require_safe
def show(request: PortalRequest) -> HttpResponse:
    typed = request.GET.get("q", "").strip()[: search.LONGEST]
    context = {
        "typed": typed,
        "found": find.anything(typed, reach=reach_of(request), now=timezone.now()),
        "pages": search.best(typed, _pages(request.user), lambda one: [str(one[1])]) if typed else [],
    }
    return render(request, "components/found.html" if request.htmx else "pages/search.html", context)


def _pages(reader: User) -> list[tuple[str, str]]:
    """The pages that this reader can open."""
    named = [*PAGES, *(OVERSIGHT if reader.reads_all else ()), *(() if reader.is_auditor else MORE)]
    named += SET_UP if reader.is_admin else ()
    return [(reverse(name), str(label)) for name, label in named]
