"""One request: its story, and what the reader can do about it."""

import json
from typing import Any

from django.http import Http404, HttpResponse, JsonResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from access.core.errors import Conflict
from access.evidence.pack import pack
from access.grants import end_early
from access.models import AccessRequest, Grant, User
from access.requests import ask, comments, detail, signed_approvals
from access.requests.detail import Detail
from portal import zip_file
from portal.forms.decide import CommentForm, WriteOffForm
from portal.pages.http import PortalRequest, errors_on
from portal.pages.polls import Poll
from portal.request_cache import reach_of


@never_cache
@require_safe
def show(request: PortalRequest, ref: str) -> HttpResponse:
    poll = Poll(request)
    if poll.is_quiet:
        return HttpResponse(status=204)
    told = _told(request, ref)
    if poll.has_seen(told.version, moments=told.moments):
        return HttpResponse(status=204)
    template = "pages/request.html#live" if request.htmx else "pages/request.html"
    return render(request, template, context(told))


@never_cache
@require_safe
def evidence(request: PortalRequest, ref: str) -> HttpResponse | StreamingHttpResponse:
    """Download what proves this request: as JSON with times in UTC, or all of it as a zip."""
    asked, now = found(ref, request.user), timezone.now()
    facts = detail.evidence(asked, reader=request.user, now=now)
    if request.GET.get("format") == "zip":
        return zip_file.response(f"{asked.ref}-evidence", pack.stream(pack.of_request(asked.ref), now=now))
    name = f'attachment; filename="{asked.ref}-evidence.json"'
    return JsonResponse(facts, json_dumps_params={"indent": 2}, headers={"Content-Disposition": name})


@require_POST
def withdraw(request: PortalRequest, ref: str) -> HttpResponse:
    asked = found(ref, request.user)
    ask.withdraw(request=asked, by=request.user, now=timezone.now())
    return redirect("request", ref=ref)


@require_POST
def comment(request: PortalRequest, ref: str) -> HttpResponse:
    """Write something about it, for everybody who has to do with it."""
    asked, form = found(ref, request.user), CommentForm(request.POST)
    if form.is_valid():
        with errors_on(form):
            comments.say(request=asked, by=request.user, text=form.cleaned_data["comment"], now=timezone.now())
    if form.errors:
        return again_with(request, ref, status=422, comment_form=form)
    return redirect(f"{reverse('request', args=[ref])}#story")


@require_POST
def write_off(request: PortalRequest, ref: str) -> HttpResponse:
    """End for good what Aptible can never be asked about again."""
    asked = found(ref, request.user)
    if asked.grant is None:
        raise Conflict(_("Nothing is held through request %(ref)s.") % {"ref": asked.ref})
    form = WriteOffForm(request.POST)
    if form.is_valid():
        with errors_on(form):
            end_early.write_off(
                grant=asked.grant, by=request.user, reason=form.cleaned_data["reason"], now=timezone.now()
            )
    if form.errors:
        return again_with(request, ref, status=422, write_off_form=form)
    return redirect("request", ref=ref)


def found(ref: str, reader: User) -> AccessRequest:
    """The request with this reference, if the reader may see it. Raises Http404."""
    return _or_404(detail.find(ref, reader=reader, now=timezone.now()))


def _or_404(request: AccessRequest | None) -> AccessRequest:
    if request is None:
        raise Http404(_("There is no such request, or it is not yours to see."))
    return request


def _told(request: PortalRequest, ref: str) -> Detail:
    """Raises Http404."""
    reach, now = reach_of(request), timezone.now()
    asked = _or_404(detail.find(ref, reader=request.user, now=now, reach=reach))
    return detail.detail(asked, reader=request.user, now=now, reach=reach)


def context(told: Detail, **more: Any) -> dict[str, Any]:
    """What the page of one request shows."""
    request = told.request
    return {
        "told": told,
        "row": told.row,
        "one": request,
        "grant": told.grant,
        "evidence": _evidence(told.grant) if told.can_see_evidence else [],
        "signs": _signs(told),
        **more,
    }


def _signs(told: Detail) -> list[tuple[str, str]]:
    """What a passkey would sign if the reader approved, in words; nothing where none has to, or they can't."""
    row = told.row
    if not row.in_force.passkey or row.why_not or row.only_deny:
        return []
    return signed_approvals.words(signed_approvals.approval(told.request, by=told.reader, seconds=row.as_asked))


def again_with(request: PortalRequest, ref: str, *, status: int, **more: Any) -> HttpResponse:
    """Show the page with what was refused, in words, and with what was typed."""
    told = _told(request, ref)
    return render(request, "pages/request.html", context(told, **more), status=status)


def _evidence(grant: Grant | None) -> list[tuple[str, str]]:
    """Both read-backs as they were kept, for those who check."""
    if grant is None:
        return []
    kept = ((_("At the start"), grant.start_evidence), (_("At the end"), grant.end_evidence))
    return [(name, json.dumps(facts, indent=2, sort_keys=True)) for name, facts in kept if facts]
