"""Second screen: which of the organization's roles people may ask for."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from access.config.first_hour import roles, steps
from access.core.errors import Invalid
from access.people.rules import check_can_configure
from portal.forms.setup import ticked_ids
from portal.pages.http import PortalRequest
from portal.pages.setup.steps import screen


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def show(request: PortalRequest) -> HttpResponse:
    """Search while `look` is sent, and serve what is ticked otherwise."""
    check_can_configure(by=request.user)
    integration = steps.the_integration()
    if integration is None or not integration.synced_at:
        return redirect("setup-connect")
    ticked, error = ticked_ids(request.POST, "role"), ""
    if request.method == "POST" and "look" not in request.POST:
        try:
            made = roles.serve(integration, ticked, by=request.user, now=timezone.now())
        except Invalid as refusal:
            error = str(refusal)
        else:
            messages.success(request, _served(len(made)))
            return redirect("setup-people")
    search = request.POST.get("search", "")
    context = {"choices": roles.choices(integration, search=search, ticked=ticked), "search": search, "error": error}
    part = "rows" if request.htmx and "look" in request.POST else ""
    return screen(request, steps.ROLES, context, status=400 if error else 200, part=part)


def _served(count: int) -> str:
    text = ngettext("%(count)d role can be asked for now.", "%(count)d roles can be asked for now.", count)
    return text % {"count": count} if count else _("The roles that can be asked for stay as they were.")
