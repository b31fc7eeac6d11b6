"""What was found at Aptible that nobody approved here, or that is not as Usher believes, and what to do about it."""

from typing import Final

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from access.evidence import lists, take_out
from access.evidence.meaning import meaning
from access.evidence.rules import check_can_accept, check_can_look
from access.models import Finding
from portal.context import Link
from portal.forms.findings import AcceptForm
from portal.pages.http import PortalRequest, errors_on

PAGE: Final = 30


@never_cache
@require_safe
def show(request: PortalRequest) -> HttpResponse:
    check_can_look(request.user)
    wanted = request.GET.get("view", "")
    view = wanted if wanted in lists.VIEWS else lists.TO_DO
    found = lists.for_list(view, target=request.GET.get("target", "").replace("\0", ""))
    page = Paginator(found, PAGE).get_page(request.GET.get("page"))
    rows = lists.rows(page, reader=request.user)
    return render(request, "pages/findings.html", {"tabs": _tabs(view), "page": page, "rows": rows, "view": view})


@require_http_methods(["GET", "POST"])
def accept(request: PortalRequest, pk: int) -> HttpResponse:
    finding = _found(request, pk)
    form = AcceptForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        with errors_on(form):
            take_out.accept(finding, by=request.user, why=form.cleaned_data["why"], now=timezone.now())
            messages.success(request, _("Accepted. It stays listed, and alarms nobody any more."))
            return redirect("findings")
    check_can_accept(finding, by=request.user)
    context = {"finding": finding, "text": meaning(finding), "form": form}
    return render(request, "pages/accept_finding.html", context, status=422 if form.errors else 200)


@require_POST
def take_out_now(request: PortalRequest, pk: int) -> HttpResponse:
    """Let the worker take somebody out of a role whom nobody approved."""
    finding = _found(request, pk)
    take_out.decide(finding, by=request.user, now=timezone.now())
    messages.success(request, _("They are being taken out. It is over once Aptible no longer lists them."))
    return redirect("findings")


def _found(request: PortalRequest, pk: int) -> Finding:
    check_can_look(request.user)
    rows = Finding.objects.select_related("integration", "target__integration", "person", "grant")
    return get_object_or_404(rows, pk=pk)


def _tabs(view: str) -> list[Link]:
    counts, url = lists.counts(), reverse("findings")
    return [
        Link(f"{url}?view={name}", label, name == view, 0 if name == lists.OVER else counts[name])
        for name, (label, _q) in lists.VIEWS.items()
    ]
