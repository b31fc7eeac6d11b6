"""Reviews after break-glass: those that wait for the reader, those that are done, and the sign-off."""

import hashlib
from collections.abc import Sequence
from typing import Final

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from access.core.errors import Conflict, NotAllowed, Refusal
from access.requests import break_glass_reviews, break_glass_sign_off
from portal.forms.break_glass import SignOffForm
from portal.forms.decide import WriteOffForm as ReasonForm
from portal.pages import request as request_page
from portal.pages.http import PortalRequest, errors_on
from portal.pages.polls import Poll
from portal.pages.review import AFTERWARDS, tabs
from portal.request_cache import reach_of, waiting_of

PAGE: Final = 20
LATEST: Final = 10


@never_cache
@require_safe
def show(request: PortalRequest) -> HttpResponse:
    poll = Poll(request)
    if poll.is_quiet:
        return HttpResponse(status=204)
    now, reader = timezone.now(), request.user
    waiting = break_glass_reviews.for_list(break_glass_reviews.waiting_for(reader, reach=reach_of(request)))
    page = Paginator(waiting, PAGE).get_page(request.GET.get("page"))
    done = break_glass_reviews.for_list(break_glass_reviews.signed_off(reader))[:LATEST]
    rows = break_glass_reviews.rows(page, reader=reader, now=now)
    settled = break_glass_reviews.rows(done, reader=reader, now=now)
    version = _version(rows, settled)
    if poll.has_seen(version, moments=[one.review.deadline for one in rows]):
        return HttpResponse(status=204)
    context = {
        "tabs": tabs(AFTERWARDS, waiting_of(request)),
        "page": page,
        "rows": rows,
        "done": settled,
        "version": version,
    }
    return render(request, "pages/after_reviews.html#list" if request.htmx else "pages/after_reviews.html", context)


def _version(*parts: Sequence[break_glass_reviews.Told]) -> str:
    """Change whenever what the list tells changes."""
    told = [[(one.review.pk, one.status, one.why_not, one.request.grant_id) for one in part] for part in parts]
    return hashlib.sha256(repr(told).encode()).hexdigest()[:16]


@require_POST
def sign_off(request: PortalRequest, ref: str) -> HttpResponse:
    """Sign a review off, and show the request with what was refused, also when somebody else was first."""
    asked = request_page.found(ref, request.user)
    form = SignOffForm(request.POST)
    refusal: Refusal | None = None
    if form.is_valid():
        try:
            with errors_on(form):
                break_glass_sign_off.sign_off(request=asked, by=request.user, now=timezone.now(), **form.cleaned_data)
        except (NotAllowed, Conflict) as caught:
            refusal = caught
    if form.errors or refusal:
        status = refusal.status if refusal else 422
        return request_page.again_with(request, ref, status=status, sign_off_form=form, refusal=refusal)
    messages.success(request, _("You signed off the review of %(ref)s.") % {"ref": asked.ref})
    return redirect("after-reviews") if request.POST.get("from") == "list" else redirect("request", ref=asked.ref)


@require_POST
def lift(request: PortalRequest, ref: str) -> HttpResponse:
    """Let somebody use break-glass again whose last one was found not to be justified."""
    asked = request_page.found(ref, request.user)
    form = ReasonForm(request.POST)
    if form.is_valid():
        with errors_on(form):
            break_glass_sign_off.lift(request=asked, by=request.user, now=timezone.now(), **form.cleaned_data)
    if form.errors:
        return request_page.again_with(request, ref, status=422, lift_form=form)
    messages.success(request, _("%(person)s can use break-glass again.") % {"person": asked.requester})
    return redirect("request", ref=asked.ref)
