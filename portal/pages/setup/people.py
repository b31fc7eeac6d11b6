"""Third screen: who signs in, who decides, and the first flow."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from access.config.first_hour import open_flow, people, steps
from access.models import Integration
from access.people.rules import check_can_configure
from portal.forms.setup import FlowForm, ticked_emails
from portal.pages.http import PortalRequest, errors_on
from portal.pages.setup.steps import screen


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def show(request: PortalRequest) -> HttpResponse:
    """Search while `look` is sent, and open the flow otherwise."""
    check_can_configure(by=request.user)
    integration = steps.the_integration()
    if integration is None or not integration.synced_at:
        return redirect("setup-connect")
    looks = "look" in request.POST
    sent = request.POST if request.method == "POST" and not looks else None
    form = FlowForm(sent, initial=_typed(request), has_mail=settings.EMAIL_IS_SET)
    if form.is_bound and form.is_valid():
        with errors_on(form):
            flow = open_flow.open_flow(
                _chosen(request, form), integration=integration, by=request.user, now=timezone.now()
            )
            messages.success(request, _("%(flow)s is open for requests.") % {"flow": flow.label})
            return redirect("setup-ask")
    part = "rows" if request.htmx and looks else ""
    context = {"form": form, **_listed(request, integration)}
    return screen(request, steps.PEOPLE, context, status=400 if form.errors else 200, part=part)


def _listed(request: PortalRequest, integration: Integration) -> dict[str, object]:
    data, search = request.POST, request.POST.get("search", "")
    decides = ticked_emails(data, "decides")
    found = people.candidates(integration, search=search, signs_in=ticked_emails(data, "signs_in"), decides=decides)
    names = [one.name or one.email for one in found.rows if one.decides]
    needed = data.get("needed", "1")
    said = people.who_could_approve(names, int(needed) if needed.isdecimal() and len(needed) < 3 else 1)
    return {"candidates": found, "search": search, "could_approve": said}


def _typed(request: PortalRequest) -> dict[str, Any]:
    typed: dict[str, Any] = {name: request.POST[name] for name in FlowForm.base_fields if name in request.POST}
    # A box that is not ticked is not sent.
    return {**typed, "invite": "invite" in request.POST} if request.method == "POST" else typed


def _chosen(request: PortalRequest, form: FlowForm) -> open_flow.Typed:
    return open_flow.Typed(
        sign_in=ticked_emails(request.POST, "signs_in"), decide=ticked_emails(request.POST, "decides"),
        **form.cleaned_data,
    )  # fmt: skip
