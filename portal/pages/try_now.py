"""Try again at once what waits for its next try."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, resolve_url
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from access.grants import active
from access.grants import try_now as trying
from portal.pages.http import PortalRequest, safe_next


@require_POST
def try_now(request: PortalRequest, ref: str) -> HttpResponse:
    grant = get_object_or_404(active.ever_visible_to(request.user, now=timezone.now()), ref=ref)
    tried = trying.try_now(grant=grant, by=request.user, now=timezone.now())
    messages.success(request, _("Access to %(target)s is being tried again now.") % {"target": tried.target})
    return redirect(safe_next(request, resolve_url("active")))
