"""Being away: who decides for the reader then, and for whom the reader decides."""

from http import HTTPStatus

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from access.models import Delegation
from access.people import current_delegations, delegations
from portal.forms.away import AwayForm
from portal.pages.http import PortalRequest, errors_on


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def show(request: PortalRequest) -> HttpResponse:
    reader, now = request.user, timezone.now()
    data = request.POST if request.method == "POST" else None
    able = current_delegations.can_stand_in(reader)
    form = AwayForm(data, people=able)
    if data is not None and form.is_valid():
        typed = {name: form.cleaned_data[name] for name in ("to_person", "starts_at", "ends_at", "reason")}
        with errors_on(form):
            made = delegations.delegate(from_person=reader, by=reader, now=now, **typed)
            text = _("%(person)s is asked, and decides for you then, once they accept.")
            messages.success(request, text % {"person": made.to_person})
            return redirect("away")
    context = {
        "form": form,
        "has_somebody": able.exists(),
        "mine": current_delegations.mine(reader, now=now),
        "now": now,
    }
    return render(request, "pages/away.html", context, status=400 if form.errors else HTTPStatus.OK)


@require_POST
def accept(request: PortalRequest, pk: int) -> HttpResponse:
    """Say yes to deciding for somebody."""
    delegations.accept(delegation=_found(request, pk), by=request.user, now=timezone.now())
    messages.success(request, _("You have accepted it."))
    return redirect("away")


@require_POST
def end(request: PortalRequest, pk: int) -> HttpResponse:
    """End a delegation of the reader now, or one to them, or decline it."""
    delegations.end(delegation=_found(request, pk), by=request.user, now=timezone.now())
    messages.success(request, _("The delegation has ended."))
    return redirect("away")


def _found(request: PortalRequest, pk: int) -> Delegation:
    return get_object_or_404(current_delegations.visible_to(request.user), pk=pk)
