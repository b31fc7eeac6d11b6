"""Where people come in."""

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from access.alerts import home
from access.grants import active
from portal.pages.http import PortalRequest
from portal.pages.polls import Poll
from portal.request_cache import reach_of, waiting_of


@never_cache
@require_safe
def show(request: PortalRequest) -> HttpResponse:
    poll = Poll(request)
    if poll.is_quiet:
        return HttpResponse(status=204)
    seen = home.home(request.user, now=timezone.now(), reach=reach_of(request), waits=waiting_of(request, rows=True))
    if poll.has_seen(seen.version, moments=active.moments(seen.held)):
        return HttpResponse(status=204)
    template = "pages/home.html#now" if request.htmx else "pages/home.html"
    return render(request, template, {"home": seen})
