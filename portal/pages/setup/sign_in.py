"""Test the sign-in with a provider: what it says of whoever signs in, to the admin who tries alone."""

from csp.decorators import csp_update
from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from access.people.rules import check_can_configure
from portal.pages import login_provider
from portal.pages.http import PortalRequest
from portal.sign_in import trial


@never_cache
@require_safe
def show(request: PortalRequest) -> HttpResponse:
    check_can_configure(by=request.user)
    answer: HttpResponse = csp_update(settings.LOGIN_CSP_EXTRA)(render)(
        request, "pages/sign_in_test.html", {"providers": settings.SIGN_IN_WITH}
    )
    return answer


@require_POST
def begin(request: PortalRequest, backend: str) -> HttpResponse:
    """Lead to the provider, as the sign-in page does; what comes back signs nobody in."""
    check_can_configure(by=request.user)
    if backend not in settings.SIGN_IN_WITH:
        messages.error(request, _("This provider is not set up."))
        return redirect("setup-sign-in")
    trial.begin(request, now=timezone.now())
    answer: HttpResponse = login_provider.begin(request, backend)
    return answer
