"""The list of requests: one's own, and for approvers and admins all that they may see."""

import hashlib
from typing import Any, Final
from urllib.parse import urlencode

from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from access.policy import askers
from access.policy.decides_for import Reach
from access.requests import lists, pagination
from portal.forms.request_filters import NarrowForm
from portal.pages import request_csv
from portal.pages.http import PortalRequest, place_in
from portal.pages.polls import Poll
from portal.request_cache import reach_of

PAGE: Final = 25


@never_cache
@require_safe
def requests(request: PortalRequest) -> HttpResponse | StreamingHttpResponse:
    poll = Poll(request)
    if poll.is_quiet:
        return HttpResponse(status=204)
    now = timezone.now()
    reach = reach_of(request)
    # Auditors ask for nothing, so theirs is everybody's.
    everybody = request.GET.get("scope") == "all" or request.user.is_auditor
    form = NarrowForm(request.GET)
    if request.GET.get("format") == "csv":
        seen = lists.visible_to(request.user, now=now, reach=reach)
        found = lists.narrowed(seen if everybody else seen.filter(requester=request.user), form.narrowing)
        return request_csv.response("requests", found)
    read = pagination.visible if everybody else pagination.own
    part = read(reach, form.narrowing, place_in(request), size=PAGE, facts=lists.for_table)
    version = _version(part)
    if poll.has_seen(version):
        return HttpResponse(status=204)
    shown = ("state", "target", *(["person"] if everybody else []), "since", "until")
    context = {
        "part": part,
        "version": version,
        "again": askers.again(request.user, part.requests),
        "everybody": everybody,
        "tabs": _tabs(everybody) if _sees_others(request, reach, part) else [],
        "filters": form.shown(*shown, targets=lists.targets_of(reach, own=not everybody)),
        "narrowed": form.is_set,
        "clear": _address(everybody),
        "csv": request_csv.address(request),
    }
    return render(request, "pages/requests.html#list" if request.htmx else "pages/requests.html", context)


def _version(part: pagination.Part) -> str:
    """Change whenever what the list tells changes."""
    told = [(one.pk, lists.status_of(one), one.grant and one.grant.ends_at) for one in part.requests]
    return hashlib.sha256(repr((told, part.newer_than, part.older_than)).encode()).hexdigest()[:16]


def _sees_others(request: PortalRequest, reach: Reach, part: pagination.Part) -> bool:
    if request.user.is_auditor:
        return False
    shown = any(one.requester_id != request.user.pk for one in part.requests)
    return shown or pagination.sees_others(reach)


def _tabs(everybody: bool) -> list[dict[str, Any]]:
    return [
        {"url": _address(False), "label": _("Mine"), "current": not everybody},
        {"url": _address(True), "label": _("All that I may see"), "current": everybody},
    ]


def _address(everybody: bool) -> str:
    here = reverse("requests")
    return f"{here}?{urlencode({'scope': 'all'})}" if everybody else here
