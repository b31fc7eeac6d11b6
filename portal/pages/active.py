"""Access that is held now, and the ways to end it before its time."""

from collections.abc import Iterator
from typing import Final

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render, resolve_url
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from access.core.states import GrantState
from access.grants import active, active_list, end_early
from access.grants.rules import check_can_end
from access.models import Grant, Target, User
from access.policy import approvers
from portal import csv_file
from portal.forms.active import ActiveForm, EndAllForm, EndForm
from portal.pages.http import PortalRequest, errors_on, safe_next
from portal.pages.polls import Poll
from portal.request_cache import reach_of

PER_PAGE: Final = 20
HEADER: Final = (
    "grant", "requests", "person", "email", "target", "target_name", "environments", "state", "overdue",
    "since", "ends_at", "due_to_end", "standing", "trouble", "next_try_at",
)  # fmt: skip


@never_cache
@require_safe
def show(request: PortalRequest) -> HttpResponseBase:
    poll = Poll(request)
    if poll.is_quiet:
        return HttpResponse(status=204)
    now, reader = timezone.now(), request.user
    reach = reach_of(request)
    people, targets = active_list.filters_of(reach, now=now)
    form = ActiveForm(request.GET, people=people, targets=targets)
    if request.GET.get("format") == "csv":
        seen = active.narrowed(active.visible_to(reader, now=now, reach=reach), form.narrowing, now=now)
        return csv_file.response("active-access", HEADER, _lines(active.for_list(seen), reader=reader))
    pages: Paginator[Grant] = Paginator(active_list.Shown(reach, form.narrowing, size=PER_PAGE, now=now), PER_PAGE)  # type: ignore[arg-type]
    page = pages.get_page(request.GET.get("page"))
    listed = active.Listed(active.rows(list(page), reader=reader, now=now, reach=reach), page.paginator.count)
    # What begins to end soon, or to be overdue, comes into such a list without an event.
    by_time = form.narrowing.state in (active.ENDING_SOON, active.OVERDUE)
    if poll.has_seen(listed.version, moments=active.moments(listed.rows), keep=not by_time):
        return HttpResponse(status=204)
    context = {
        "form": form,
        "page": page,
        "list": listed,
        "narrowed": bool(form.narrowing),
        "whole_target": active.target_to_end(form.narrowing.target, reader=reader, now=now),
    }
    return render(request, "pages/active.html#list" if request.htmx else "pages/active.html", context)


@require_http_methods(["GET", "POST"])
def end(request: PortalRequest, ref: str) -> HttpResponse:
    theirs = active.ever_visible_to(request.user, now=timezone.now())
    grant = get_object_or_404(theirs.select_related("person", "target").prefetch_related("requests"), ref=ref)
    form = EndForm(request.POST if request.method == "POST" else None)
    back = safe_next(request, resolve_url("home"))
    if request.method == "POST" and form.is_valid():
        end_early.end(grant=grant, by=request.user, now=timezone.now(), comment=form.cleaned_data["comment"])
        messages.success(request, _said(grant))
        return redirect(back)
    check_can_end(grant, by=request.user, approves=approvers.approves_of(request.user, [grant], now=timezone.now()))
    context = {"grant": grant, "form": form, "back": back, "is_theirs": grant.person_id == request.user.pk}
    return render(request, "pages/end.html", context, status=400 if form.errors else 200)


@require_http_methods(["GET", "POST"])
def end_all(request: PortalRequest, name: str) -> HttpResponse:
    target = get_object_or_404(active.targets_of(request.user, now=timezone.now()), name=name)
    grants = active.check_can_end_all(target, by=request.user, now=timezone.now())
    form = EndAllForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        typed, now = form.cleaned_data["confirmation"], timezone.now()
        with errors_on(form):
            count = end_early.end_all(target=target, by=request.user, confirmation=typed, now=now)
            messages.success(request, _said_of_all(target, count))
            return redirect("active")
    context = {"target": target, "form": form, "grants": grants}
    return render(request, "pages/end_all.html", context, status=400 if form.errors else 200)


def _said(grant: Grant) -> str:
    if grant.state == GrantState.SCHEDULED:
        return _("Access to %(target)s was cancelled before it began.") % {"target": grant.target}
    return _("You ended access to %(target)s. It is gone once Aptible no longer lists it.") % {"target": grant.target}


def _said_of_all(target: Target, count: int) -> str:
    return ngettext(
        "You ended the access of %(count)d person to %(target)s.",
        "You ended the access of %(count)d people to %(target)s.",
        count,
    ) % {"count": count, "target": target}


def _lines(grants: QuerySet[Grant], *, reader: User) -> Iterator[tuple[object, ...]]:
    """One line for each grant, with absolute times."""
    now = timezone.now()
    for row in active.rows(list(grants), reader=reader, now=now):
        grant, opens = row.grant, row.role.opens if row.role else ()
        yield (
            grant.ref,
            " ".join(sorted(one.ref for one in row.requests)),
            grant.person,
            grant.person.email,
            grant.target,
            grant.target.name,
            "; ".join(f"{one.environment}: {', '.join(one.permissions)}" for one in opens),
            grant.state,
            "yes" if row.is_overdue else "no",
            csv_file.moment(grant.confirmed_at),
            csv_file.moment(grant.ends_at),
            csv_file.moment(grant.end_due_at),
            "yes" if grant.standing else "no",
            row.trouble.text if row.trouble else "",
            csv_file.moment(row.trouble.next_try_at) if row.trouble else "",
        )
