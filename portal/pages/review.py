"""Review: what waits for an approver, with all they should know to decide, in place."""

from collections.abc import Callable, Sequence
from datetime import datetime
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import urlencode, urlsplit

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpResponse, QueryDict
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from access.core.errors import Conflict, NotAllowed, Refusal
from access.core.states import RequestState
from access.models import AccessRequest, Decision
from access.requests import approval_queue, batch, decide, lists, pagination, review_news, review_order
from access.requests.approval_queue import Row
from access.requests.waiting_counts import Waiting
from portal import passkeys, request_cache
from portal.forms.decide import DecideForm
from portal.forms.request_filters import ReviewForm
from portal.pages import request as request_page
from portal.pages import request_csv
from portal.pages.http import PortalRequest, came_from, errors_on, place_in
from portal.pages.review_links import links

PAGE: Final = 20
URGENT: Final = 3  # on home
FOR_ME, BY_ME, ALL, AFTERWARDS = "mine", "decided", "all", "afterwards"


@never_cache
@require_safe
def review(request: PortalRequest) -> HttpResponseBase:
    if request.GET.get("format") == "csv":
        found = lists.narrowed(waits(request, now=timezone.now(), every=True), ReviewForm(request.GET).narrowing)
        return request_csv.response("review", found)
    return page(request)


def page(request: PortalRequest, *, status: int = HTTPStatus.OK, **more: Any) -> HttpResponse:
    """The list of one tab. `more` is what was refused of it, so that nothing typed is lost."""
    tab, form, now = tab_of(request), ReviewForm(request.GET), timezone.now()
    found, how_to_turn = _found(request, tab, form)
    rows = approval_queue.rows(found, reader=request.user, now=now)
    groups = batch.groups(rows)
    shown = ("sort", "target", "person") if tab == FOR_ME else ("state", "target", "person", "since", "until")
    context = {
        "tab": tab,
        "tabs": tabs(tab, request_cache.waiting_of(request)),
        "groups": groups,
        "ticks": tab == FOR_ME and len(groups) > 1,
        "filters": form.shown(*shown, targets=lists.targets_of(request_cache.reach_of(request), own=False)),
        "narrowed": form.is_set,
        "clear": f"{reverse('review')}?{urlencode({'tab': tab})}",
        "csv": request_csv.address(request),
        "typed": request.POST,
        **news_links(request, rows, now=now),
        **how_to_turn,
        **more,
    }
    return render(request, "pages/review.html", context, status=status)


def tab_of(request: PortalRequest) -> str:
    first = ALL if request.user.is_auditor else FOR_ME
    tab = request.GET.get("tab", first)
    return tab if tab in (FOR_ME, BY_ME, ALL) else first


def waits(request: PortalRequest, *, now: datetime, every: bool = False) -> QuerySet[AccessRequest]:
    """What still waits of a tab's requests, or with `every` also what was settled."""
    reach, tab = request_cache.reach_of(request), tab_of(request)
    if tab == FOR_ME:
        return approval_queue.waiting_for(request.user, now=now, reach=reach)
    seen = lists.visible_to(request.user, now=now, reach=reach)
    seen = seen.filter(decisions__by=request.user) if tab == BY_ME else seen
    return seen if every else seen.filter(state=RequestState.PENDING)


def news_links(request: PortalRequest, rows: Sequence[Row], *, now: datetime) -> dict[str, Any]:
    """Where the list looks for news of what it shows."""
    shown = review_news.to_look_at((one.request.ref, one.status) for one in rows)
    return {**links(request, shown, since=now), "told": review_news.NOTHING}


def _found(request: PortalRequest, tab: str, form: ReviewForm) -> tuple[list[AccessRequest], dict[str, Any]]:
    """What one page of a tab shows, and how to go on from there."""
    reach, now = request_cache.reach_of(request), timezone.now()
    if tab == FOR_ME:
        # Only what is pending waits, so it can be counted.
        pages: Paginator[AccessRequest] = Paginator(_waiting(request, form, now=now), PAGE)
        if form.narrowing == lists.Narrowing() and form.order != review_order.RISK:
            # It is counted already, for the navigation.
            pages.count = request_cache.waiting_of(request).to_decide
        here = pages.get_page(request.GET.get("page"))
        return list(here), {"page": here}
    read = pagination.decided if tab == BY_ME else pagination.visible
    part = read(reach, form.narrowing, place_in(request), size=PAGE, facts=lists.for_reviews)
    return list(part.requests), {"part": part}


def _waiting(request: PortalRequest, form: ReviewForm, *, now: datetime) -> Any:
    reach = request_cache.reach_of(request)
    if reach.away or form.order == review_order.RISK:
        return review_order.ordered(lists.narrowed(waits(request, now=now), form.narrowing), form.order, now=now)
    return review_order.Waiting(reach, form.narrowing, form.order, now=now)


@never_cache
@require_safe
def urgent(request: PortalRequest) -> HttpResponse:
    """What lapses soonest of what waits for the reader, to be decided on home."""
    now = timezone.now()
    found = lists.with_facts(waits(request, now=now))[:URGENT]
    rows = approval_queue.rows(list(found), reader=request.user, now=now)
    context = {"rows": rows, **news_links(request, rows, now=now)}
    return render(request, "requests/review/urgent.html", context)


@never_cache
@require_safe
def row(request: PortalRequest, ref: str) -> HttpResponse:
    """All of one row, where its three lines were."""
    asked = request_page.found(ref, request.user)
    found = approval_queue.rows([asked], reader=request.user, now=timezone.now())
    return render(request, "requests/review/row.html", {"row": found[0], "opened": True})


@require_POST
def approve(request: PortalRequest, ref: str) -> HttpResponse:
    asked = request_page.found(ref, request.user)

    def act(seconds: int | None, comment: str) -> Decision:
        return decide.approve(
            request=asked, by=request.user, comment=comment, seconds=seconds, now=timezone.now(),
            signed=passkeys.signed_if_any(request),
        )  # fmt: skip

    return _decide(request, ref, act, said=_("You approved %(ref)s.") % {"ref": asked.ref})


@require_POST
def deny(request: PortalRequest, ref: str) -> HttpResponse:
    asked = request_page.found(ref, request.user)

    def act(_seconds: int | None, comment: str) -> Decision:
        return decide.deny(request=asked, by=request.user, comment=comment, now=timezone.now())

    return _decide(request, ref, act, said=_("You denied %(ref)s.") % {"ref": asked.ref})


def _decide(request: PortalRequest, ref: str, act: Callable[[int | None, str], Decision], *, said: str) -> HttpResponse:
    """Decide, and show what came of it where the buttons were, also when somebody else was first."""
    form = DecideForm(request.POST)
    refusal: Refusal | None = None
    if form.is_valid():
        try:
            with errors_on(form):
                act(form.cleaned_data["duration"], form.cleaned_data["comment"])
        except (NotAllowed, Conflict) as caught:
            refusal = caught
    status = refusal.status if refusal else 422 if form.errors else 200
    if request.htmx:
        return _row(request, ref, form=form, refusal=refusal, status=status)
    if status != HTTPStatus.OK:
        return request_page.again_with(request, ref, status=status, decide_form=form, refusal=refusal)
    messages.success(request, said)
    return redirect("review") if request.POST.get("from") == "review" else redirect("request", ref=ref)


def _row(request: PortalRequest, ref: str, *, form: DecideForm, refusal: Refusal | None, status: int) -> HttpResponse:
    now = timezone.now()
    asked = request_page.found(ref, request.user)
    request_cache.forget(request)
    waiting = request_cache.waiting_of(request)
    context = {
        "row": approval_queue.rows([asked], reader=request.user, now=now)[0],
        "decide_form": form if form.errors else None,
        "refusal": refusal,
        "just_decided": not (refusal or form.errors),
        "waiting": waiting.together,
        "tabs": tabs_of(request, waiting),
    }
    return render(request, "requests/review/answer.html", context, status=status)


def tabs_of(request: PortalRequest, waiting: Waiting) -> list[dict[str, Any]]:
    """The tabs of the page that the browser shows, as its address says; none on home."""
    shown = urlsplit(came_from(request))
    return tabs(QueryDict(shown.query).get("tab", FOR_ME), waiting) if shown.path == reverse("review") else []


def tabs(current: str, waiting: Waiting) -> list[dict[str, Any]]:
    """The tabs of all pages of reviews, with how much waits for the reader."""
    here = reverse("review")
    after = {"url": reverse("after-reviews"), "label": _("To look at afterwards"), "count": waiting.to_look_at}
    return [
        {"url": here, "label": _("For my review"), "current": current == FOR_ME, "count": waiting.to_decide},
        {**after, "current": current == AFTERWARDS},
        {"url": f"{here}?tab={BY_ME}", "label": _("Decided by me"), "current": current == BY_ME},
        {"url": f"{here}?tab={ALL}", "label": _("All"), "current": current == ALL},
    ]
