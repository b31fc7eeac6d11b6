"""The list of requests: one's own, and for approvers and admins all that they may see."""

import hashlib
from collections.abc import Iterator
from typing import Any, Final
from urllib.parse import urlencode

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from access.core.slices import in_slices
from access.models import AccessRequest, Grant
from access.policy import askers
from access.policy.decides_for import Reach
from access.requests import lists, pagination
from portal import csv_file
from portal.forms.request_filters import NarrowForm
from portal.pages.http import PortalRequest, place_in
from portal.pages.polls import Poll
from portal.request_cache import reach_of

PAGE: Final = 25
COLUMNS: Final = (
    "reference", "state", "requester", "requester_email", "flow", "target", "duration_seconds", "approved_seconds",
    "reason", "ticket", "asked_at", "start_asked_for", "settled_at", "decided_by", "grant", "confirmed_at", "ends_at",
    "ended_at", "why_it_ended", "end_not_verified",
)  # fmt: skip


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
        return csv_file.response(f"requests-{now:%Y-%m-%d}", COLUMNS, _lines(lists.for_export(found)))
    read = pagination.visible if everybody else pagination.own
    part = read(reach, form.narrowing, place_in(request), size=PAGE)
    version = _version(part)
    if poll.has_seen(version):
        return HttpResponse(status=204)
    shown = ("state", "target", *(["person"] if everybody else []), "since", "until")
    context = {
        "part": part,
        "version": version,
        "again": askers.again(request.user, part.requests),
        "everybody": everybody,
        "tabs": _tabs(everybody) if _sees_others(request, reach) else [],
        "filters": form.shown(*shown, targets=lists.targets_of(reach, own=not everybody)),
        "narrowed": form.is_set,
        "clear": _address(everybody),
        "csv": csv_address(request),
    }
    return render(request, "pages/requests.html#list" if request.htmx else "pages/requests.html", context)


def _version(part: pagination.Part) -> str:
    """Change whenever what the list tells changes."""
    told = [(one.pk, lists.status_of(one), one.grant and one.grant.ends_at) for one in part.requests]
    return hashlib.sha256(repr((told, part.newer_than, part.older_than)).encode()).hexdigest()[:16]


def csv_address(request: HttpRequest) -> str:
    """The address of the same list as a file."""
    kept = request.GET.copy()
    for name in ("older", "newer"):
        kept.pop(name, None)
    kept["format"] = "csv"
    return f"?{kept.urlencode()}"


def _sees_others(request: PortalRequest, reach: Reach) -> bool:
    return not request.user.is_auditor and pagination.sees_others(reach)


def _tabs(everybody: bool) -> list[dict[str, Any]]:
    return [
        {"url": _address(False), "label": _("Mine"), "current": not everybody},
        {"url": _address(True), "label": _("All that I may see"), "current": everybody},
    ]


def _address(everybody: bool) -> str:
    here = reverse("requests")
    return f"{here}?{urlencode({'scope': 'all'})}" if everybody else here


def _lines(found: QuerySet[AccessRequest]) -> Iterator[list[object]]:
    moment = csv_file.moment
    for one in in_slices(found, "-pk", size=500):
        decided_by = "; ".join(f"{decision.by.email} ({decision.verdict})" for decision in one.decisions.all())
        yield [
            one.ref, lists.status_of(one), one.requester.name, one.requester.email, one.flow.name,
            one.target.name if one.target else "",
            one.seconds or "", one.approved_seconds or "", one.reason, one.ticket, moment(one.created_at),
            moment(one.starts_at), moment(one.settled_at), decided_by, *_of_grant(one.grant),
        ]  # fmt: skip


def _of_grant(grant: Grant | None) -> list[object]:
    if grant is None:
        return [""] * 6
    times = [csv_file.moment(value) for value in (grant.confirmed_at, grant.ends_at, grant.ended_at)]
    return [grant.ref, *times, grant.end_reason, "yes" if grant.not_verified else ""]
