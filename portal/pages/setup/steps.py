"""Where the set-up path begins and ends, and what each of its screens shares."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Final

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from access.config.first_hour import send_test, steps
from access.core.errors import Refusal
from access.people.rules import check_can_configure
from portal.pages.http import PortalRequest

TEMPLATES: Final[Mapping[str, str]] = {
    steps.CONNECT: "pages/setup_connect.html",
    steps.ROLES: "pages/setup_roles.html",
    steps.PEOPLE: "pages/setup_people.html",
    steps.ASK: "pages/setup_ask.html",
}


@never_cache
@require_safe
def begin(request: PortalRequest) -> HttpResponse:
    """Go on where it was left: the first step that is not done."""
    check_can_configure(by=request.user)
    found = steps.progress().next
    return redirect(f"setup-{found.name}" if found and found.name != steps.ASK else "setup-ask")


@never_cache
@require_safe
def first_access(request: PortalRequest) -> HttpResponse:
    """What is left when a flow is open: to ask, and what can be set up later."""
    check_can_configure(by=request.user)
    context = {
        "has_mail": settings.EMAIL_IS_SET,
        "providers": settings.SIGN_IN_WITH,
        "local_accounts": settings.LOCAL_ACCOUNTS,
    }
    return screen(request, steps.ASK, context)


@require_POST
def test_mail(request: PortalRequest) -> HttpResponse:
    """Send the reader one message now."""
    check_can_configure(by=request.user)
    try:
        send_test.send_test(to=request.user, now=timezone.now())
    except Refusal as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("Sent to %(email)s. Look whether it has come.") % {"email": request.user.email})
    return redirect("setup-ask")


def screen(
    request: PortalRequest, name: str, context: dict[str, Any], *, status: int = HTTPStatus.OK, part: str = ""
) -> HttpResponse:
    """Show one screen of the path, or its fragment `part`."""
    template = f"{TEMPLATES[name]}{part and '#' + part}"
    return render(request, template, {"progress": steps.progress(), "here": name, **context}, status=status)
