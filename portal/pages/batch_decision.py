"""One answer to several requests of one kind: those that were asked with one form, or that an approver has ticked."""

from collections.abc import Collection, Sequence
from http import HTTPStatus

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from access.core.errors import Conflict, Invalid
from access.models import AccessRequest, Decision
from access.requests import approval_queue, batch, lists
from access.requests.decide_each import Answered, decide_each
from portal import request_cache
from portal.pages import review
from portal.pages.http import PortalRequest

MOST = 50  # that one form may name


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def decide(request: PortalRequest) -> HttpResponse:
    """Show those that are ticked in one summary; approve or deny them, each on its own, and say what came of each."""
    named = (request.POST if request.method == "POST" else request.GET).getlist("ref")
    asked = _found(request, [ref.upper() for ref in dict.fromkeys(named[:MOST])])
    if not asked:
        raise Conflict(_("Tick at least one request to decide."))
    batch.check_one_kind(asked)
    return _decide(request, asked) if request.method == "POST" else _summary(request, asked)


def _found(request: PortalRequest, refs: Sequence[str]) -> list[AccessRequest]:
    """Those with these references, in their order. Raises Http404 where one of them is not the reader's to see."""
    seen = lists.visible_to(request.user, now=timezone.now(), reach=request_cache.reach_of(request))
    known = {one.ref: one for one in lists.with_facts(seen.filter(ref__in=refs)).select_related("target__integration")}
    if missing := [ref for ref in refs if ref not in known]:
        raise Http404(_("There is no request %(ref)s, or it is not yours to see.") % {"ref": missing[0]})
    return [known[ref] for ref in refs]


def _decide(request: PortalRequest, asked: Sequence[AccessRequest]) -> HttpResponse:
    if request.POST.get("verdict") not in Decision.Verdict.values:
        # Nothing is approved by a form that does not say so.
        raise Invalid({"verdict": _("Say whether you approve or deny them.")})
    verdict = Decision.Verdict(request.POST["verdict"])
    comment = request.POST.get("comment", "")
    try:
        told = decide_each(asked, verdict=verdict, by=request.user, comment=comment, now=timezone.now())
    except Invalid as refusal:
        return _again(request, asked, refusal)
    _say(request, told, verdict)
    return redirect("review")


def _again(request: PortalRequest, asked: Sequence[AccessRequest], refusal: Invalid) -> HttpResponse:
    """Show the same once more, with what was refused and what was typed."""
    status = HTTPStatus.UNPROCESSABLE_ENTITY
    if "summary" in request.POST:
        return _summary(request, asked, status=status, refused=str(refusal))
    refused = {"batch": asked[0].batch, "text": str(refusal), "refs": {one.ref for one in asked}}
    return review.page(request, status=status, refused=refused)


def _summary(
    request: PortalRequest, asked: Sequence[AccessRequest], *, status: int = HTTPStatus.OK, refused: str = ""
) -> HttpResponse:  # fmt: skip
    rows = approval_queue.rows(asked, reader=request.user, now=timezone.now())
    context = {
        "rows": [one for one in rows if not one.why_not and not one.in_force.passkey],
        "left_out": [one for one in rows if one.why_not or one.in_force.passkey],
        "refused": refused,
        "comment": request.POST.get("comment", ""),
    }
    return render(request, "pages/decide_together.html", context, status=status)


def _say(request: PortalRequest, told: Collection[Answered], verdict: Decision.Verdict) -> None:
    done = [one.request for one in told if one.refusal is None]
    said = _("You approved %(names)s.") if verdict == Decision.Verdict.APPROVE else _("You denied %(names)s.")
    if done:
        messages.success(request, said % {"names": _names(done)})
    for one in told:
        if one.refusal is not None:
            words = {"name": _names([one.request]), "why": one.refusal}
            messages.error(request, _("%(name)s was not decided. %(why)s") % words)


def _names(requests: Collection[AccessRequest]) -> str:
    return ", ".join(f"{one.subject} ({one.ref})" for one in requests)
