"""What comes next on home: for what the reader waits, what they could have, and what others hold that they may end."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render, resolve_url
from django.utils import timezone
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from access.alerts import cockpit
from access.requests import remind as reminding
from portal.pages import request as request_page
from portal.pages.http import PortalRequest, safe_next
from portal.request_cache import reach_of


@never_cache
@require_safe
def show(request: PortalRequest) -> HttpResponse:
    """A fragment of home; a page of its own for a browser without scripts."""
    seen = cockpit.cockpit(reach_of(request), now=timezone.now())
    template = "components/cockpit.html" if request.htmx else "pages/next.html"
    return render(request, template, {"cockpit": seen})


@require_POST
def remind(request: PortalRequest, ref: str) -> HttpResponse:
    """Remind those who can decide a request of the reader's own."""
    asked = request_page.found(ref, request.user)
    able = reminding.remind(request=asked, by=request.user, now=timezone.now())
    words = {"names": ", ".join(one.name for one in able), "ref": asked.ref}
    said = ngettext("%(names)s is reminded of %(ref)s.", "%(names)s are reminded of %(ref)s.", len(able))
    messages.success(request, said % words)
    return redirect(safe_next(request, resolve_url("request", ref=asked.ref)))
