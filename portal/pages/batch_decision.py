"""One answer to several requests that were asked with one form, where an approver reviews them."""

from collections.abc import Collection
from http import HTTPStatus

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from access.core.errors import Conflict, Invalid
from access.models import AccessRequest, Decision
from access.requests.decide_each import Answered, decide_each
from portal.pages import request as request_page
from portal.pages import review
from portal.pages.http import PortalRequest

MOST = 50  # that one form may name


@require_POST
def decide(request: PortalRequest) -> HttpResponse:
    """Approve or deny those that are ticked, each on its own, and say of each what came of it."""
    asked = [request_page.found(ref, request.user) for ref in dict.fromkeys(request.POST.getlist("ref")[:MOST])]
    if not asked:
        raise Conflict(_("Tick at least one request to decide."))
    if request.POST.get("verdict") not in Decision.Verdict.values:
        # Nothing is approved by a form that does not say so.
        raise Invalid({"verdict": _("Say whether you approve or deny them.")})
    verdict = Decision.Verdict(request.POST["verdict"])
    comment = request.POST.get("comment", "")
    try:
        told = decide_each(asked, verdict=verdict, by=request.user, comment=comment, now=timezone.now())
    except Invalid as refusal:
        refused = {"batch": asked[0].batch, "text": str(refusal), "refs": {one.ref for one in asked}}
        return review.page(request, status=HTTPStatus.UNPROCESSABLE_ENTITY, refused=refused)
    _say(request, told, verdict)
    return redirect("review")


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
