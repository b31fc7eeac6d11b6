"""Access reviews: the list, one with its rows that are kept or removed, and how one is started and closed."""

import hashlib
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import urlencode

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import Http404, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from access.core.errors import Conflict, Invalid
from access.core.slices import in_slices
from access.core.states import RowState
from access.evidence.access_reviews import begin, close, lists, pack, rules, told
from access.evidence.access_reviews.decide import Answered, Verdict, decide_each
from access.models import AccessReview, AccessReviewRow
from access.policy import access_reviewers
from portal import csv_file, zip_file
from portal.context import Link
from portal.forms.access_reviews import CloseForm, NarrowForm, StartForm
from portal.pages.http import PortalRequest, errors_on
from portal.pages.polls import Poll

PAGE: Final = 20
ROWS: Final = 50
MOST: Final = 200  # decided with one form
LOOKS_AGAIN: Final = 2  # seconds, while something is being removed
LONGEST: Final = 19  # digits of a number that a database takes


@never_cache
@require_safe
def show_all(request: PortalRequest) -> HttpResponse:
    page = Paginator(lists.for_list(request.user), PAGE).get_page(request.GET.get("page"))
    return render(request, "pages/access_reviews.html", {"page": page, "can_start": request.user.is_admin})


@require_http_methods(["GET", "POST"])
def start(request: PortalRequest) -> HttpResponse:
    rules.check_can_run(request.user)
    form = StartForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        with errors_on(form):
            made = begin.start(**form.given, by=request.user, now=timezone.now())
            messages.success(request, _("%(review)s has begun. Those who decide are told.") % {"review": made})
            return redirect("access-review", ref=made.ref)
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK
    return render(request, "pages/access_review_start.html", {"form": form}, status=status)


@never_cache
@require_safe
def show(request: PortalRequest, ref: str) -> HttpResponseBase:
    review = _found(request, ref)
    if request.htmx and "seen" in request.GET:
        return _look(request, review)
    if request.GET.get("format") == "csv":
        rows = _rows(request, review, _view(request, 1))
        return csv_file.response(f"access-review-{review.ref}", pack.ROWS, _lines(rows))
    return _page(request, review)


@require_POST
def decide(request: PortalRequest, ref: str) -> HttpResponse:
    """Keep or remove what is ticked, with one reason, and say of each what came of it."""
    review = _found(request, ref)
    ticked = [int(one) for one in dict.fromkeys(request.POST.getlist("row")[:MOST]) if one.isdecimal()]
    rows = list(lists.rows_of(review, request.user, view=lists.ALL).filter(pk__in=ticked[:MOST]))
    if not rows:
        raise Conflict(_("Tick at least one row to decide."))
    if request.POST.get("verdict") not in set(Verdict):
        # Nothing is kept or removed by a form that does not say so.
        raise Invalid({"verdict": _("Say whether you keep or remove them.")})
    verdict, why = Verdict(request.POST["verdict"]), request.POST.get("why", "")
    try:
        answers = decide_each(rows, verdict=verdict, by=request.user, why=why, now=timezone.now())
    except Invalid as refusal:
        refused = {"text": str(refusal), "ticked": {one.pk for one in rows}, "why": why}
        return _page(request, review, status=HTTPStatus.UNPROCESSABLE_ENTITY, refused=refused)
    _say(request, answers, verdict)
    return redirect(f"{reverse('access-review', args=[review.ref])}?{urlencode({'view': _view(request, 0)})}")


@require_POST
def sign_off(request: PortalRequest, ref: str) -> HttpResponse:
    return _close(request, ref, close.sign_off, _("You signed off %(review)s."))


@require_POST
def cancel(request: PortalRequest, ref: str) -> HttpResponse:
    return _close(request, ref, close.cancel, _("You cancelled %(review)s."))


@require_safe
def evidence(request: PortalRequest, ref: str) -> StreamingHttpResponse:
    """What was decided, by whom and why, and what came of it: one zip."""
    review = _found(request, ref)
    lists.check_can_see_all(request.user)
    return zip_file.response(f"{review.ref}-access-review", pack.stream(review, now=timezone.now()))


def _close(request: PortalRequest, ref: str, do: Callable[..., AccessReview], said: str) -> HttpResponse:
    review = _found(request, ref)
    form = CloseForm(request.POST)
    if form.is_valid():
        with errors_on(form):
            do(review, by=request.user, comment=form.cleaned_data["comment"], now=timezone.now())
            messages.success(request, said % {"review": review})
            return redirect("access-review", ref=review.ref)
    return _page(request, review, status=HTTPStatus.UNPROCESSABLE_ENTITY, close_form=form)


def _look(request: PortalRequest, review: AccessReview) -> HttpResponse:
    """How far it is, and what has come of the rows that were being removed; what is typed and ticked stays."""
    poll = Poll(request)
    if poll.is_quiet:
        return HttpResponse(status=HTTPStatus.NO_CONTENT)
    numbers = [int(one) for one in request.GET.getlist("row")[:ROWS] if one.isdecimal() and len(one) < LONGEST]
    rows = list(lists.rows_of(review, request.user, view=lists.ALL).filter(pk__in=numbers))
    counts = told.counts(review)
    version = _version(counts, rows)
    if poll.has_seen(version):
        return HttpResponse(status=HTTPStatus.NO_CONTENT)
    context = {"review": review, "rows": rows, **_progress(review, counts, rows)}
    return render(request, "evidence/access_reviews/look.html", context)


def _progress(review: AccessReview, counts: Mapping[str, int], rows: Collection[AccessReviewRow]) -> dict[str, Any]:
    removing = [one for one in rows if one.state == RowState.REMOVING]
    return {
        "counts": [(state, counts[state]) for state in lists.STATES if counts[state]],
        "all": sum(counts.values()), "decided": sum(counts.values()) - counts["waiting"],
        "is_late": review.is_open and review.deadline <= timezone.now(),
        "looks_again_every": LOOKS_AGAIN if counts[RowState.REMOVING] else 0,
        "version": _version(counts, removing), "removing": [one.pk for one in removing],
    }  # fmt: skip


def _version(counts: Mapping[str, int], rows: Collection[AccessReviewRow]) -> str:
    told_of = [(one.pk, one.state, one.result, _trouble(one)) for one in rows]
    return hashlib.sha256(repr((sorted(counts.items()), sorted(told_of))).encode()).hexdigest()[:16]


def _trouble(row: AccessReviewRow) -> str:
    return row.finding.last_error if row.finding else row.grant.last_error if row.grant else ""


def _page(request: PortalRequest, review: AccessReview, *, status: int = HTTPStatus.OK, **more: Any) -> HttpResponse:
    waits = review.rows.filter(access_reviewers.theirs(request.user), state="waiting").count() if review.is_open else 0
    view, form, counts = _view(request, waits), NarrowForm(request.GET), told.counts(review)
    page = Paginator(_rows(request, review, view), ROWS).get_page(request.GET.get("page"))
    rows = lists.told(page, review, reader=request.user)
    address = reverse("access-review", args=[review.ref])
    context = {
        "review": review,
        "tabs": [
            Link(f"{address}?view={lists.MINE}", _("For you"), view == lists.MINE, waits),
            Link(f"{address}?view={lists.ALL}", _("All rows"), view == lists.ALL),
        ],
        "view": view, "page": page, "rows": rows, "filters": form, "narrowed": any(form.read.values()),
        "clear": f"{address}?view={view}",
        **_progress(review, counts, [one.row for one in rows]),
        "can_decide": any(one.can_decide for one in rows),
        "close_form": CloseForm(),
        **more,
    }  # fmt: skip
    return render(request, "pages/access_review.html", context, status=status)


def _rows(request: PortalRequest, review: AccessReview, view: str) -> QuerySet[AccessReviewRow]:
    return lists.rows_of(review, request.user, view=view, **NarrowForm(request.GET).read)


def _view(request: PortalRequest, waits: int) -> str:
    """What waits for the reader comes first; who has nothing to decide sees everything."""
    wanted = request.POST.get("view") or request.GET.get("view") or ""
    if wanted in (lists.MINE, lists.ALL):
        return wanted
    return lists.MINE if waits else lists.ALL


def _found(request: PortalRequest, ref: str) -> AccessReview:
    try:
        return lists.found(ref, by=request.user)
    except AccessReview.DoesNotExist:
        raise Http404 from None


def _say(request: PortalRequest, answers: Collection[Answered], verdict: Verdict) -> None:
    if done := sum(one.refusal is None for one in answers):
        kept = ngettext("You kept %(count)d.", "You kept %(count)d.", done)
        removed = ngettext(
            "%(count)d is being removed: it is so once Aptible no longer lists it.",
            "%(count)d are being removed: they are so once Aptible no longer lists them.", done,
        )  # fmt: skip
        messages.success(request, (kept if verdict == Verdict.KEEP else removed) % {"count": done})
    for one in answers:
        if one.refusal is not None:
            words = {"row": one.row, "why": one.refusal}
            messages.error(request, _("%(row)s was not decided. %(why)s") % words)


def _lines(rows: QuerySet[AccessReviewRow]) -> Iterator[Sequence[object]]:
    return (pack.line(one) for one in in_slices(rows, "pk"))
