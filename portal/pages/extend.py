"""Hold on a little longer, at one press and without approval, where the flow allows it."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, resolve_url
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from access.core import durations
from access.grants import active
from access.grants import extend as extending
from portal.pages.http import PortalRequest, safe_next


@require_POST
def extend(request: PortalRequest, ref: str) -> HttpResponse:
    grant = get_object_or_404(active.ever_visible_to(request.user, now=timezone.now()), ref=ref)
    extended = extending.extend(grant=grant, by=request.user, now=timezone.now())
    words = {"target": extended.target, "length": durations.shown(extended.free_extension_seconds or 0)}
    messages.success(request, _("You have %(target)s for %(length)s longer. Whoever approved it is told.") % words)
    return redirect(safe_next(request, resolve_url("home")))
