"""A command line signs in: `usher login` shows a code, and its person confirms it here."""

from datetime import timedelta

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from access.models import DeviceLogin
from access.people import device_logins
from portal.forms.device_login import DeviceLoginForm
from portal.pages.http import PortalRequest, errors_on
from portal.sign_in.client_address import client_address


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def show(request: PortalRequest) -> HttpResponse:
    """Take the code, then show who asks for what, and take the answer."""
    typed = (request.POST.get("code") or request.GET.get("code") or "")[:20]
    asked = device_logins.find(typed, now=timezone.now()) if typed else None
    if asked is None:
        return render(request, "pages/device_code.html", {"typed": typed}, status=404 if typed else 200)
    if request.POST.get("answer") == "deny":
        device_logins.deny(asked, by=request.user, now=timezone.now())
        messages.success(request, _("It gets nothing. If you did not start this yourself, tell an admin of it."))
        return redirect("tokens")
    offered = [one for one in asked.scopes if one in settings.PERSONAL_TOKEN_SCOPES]
    form = DeviceLoginForm(request.POST if "answer" in request.POST else None, scopes=offered)
    if form.is_bound and _confirmed(request, asked, form):
        text = _("Confirmed. Go back to the machine “%(machine)s”: it has its token in a few seconds.")
        messages.success(request, text % {"machine": asked.machine})
        return redirect("tokens")
    context = {"asked": asked, "form": form, "offered": offered, "here": client_address(request)}
    return render(request, "pages/device_login.html", context, status=422 if form.errors else 200)


def _confirmed(request: PortalRequest, asked: DeviceLogin, form: DeviceLoginForm) -> bool:
    if form.is_valid():
        with errors_on(form):
            device_logins.confirm(
                asked, by=request.user, scopes=form.cleaned_data["scopes"],
                own_scopes=settings.PERSONAL_TOKEN_SCOPES, lasts=timedelta(days=form.cleaned_data["days"]),
                now=timezone.now(),
            )  # fmt: skip
    return not form.errors
