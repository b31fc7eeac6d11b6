"""One person, or one target: what is held, who decides, what was asked for, and who held it when."""

from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from access.directory import roles
from access.evidence import lists as findings
from access.models import Grant, UserMapping
from access.requests import pagination, profiles
from access.requests.lists import Narrowing
from portal.pages import passkeys
from portal.pages.http import PortalRequest, place_in
from portal.request_cache import reach_of
from portal.week_chart import Bar, bars

PAGE: Final = 15


@never_cache
@require_safe
def person(request: PortalRequest, pk: int) -> HttpResponse:
    now, reach = timezone.now(), reach_of(request)
    found = profiles.person(pk, reach=reach, now=now)
    if found is None:
        raise Http404(_("There is nobody here whom you may look at."))
    context = {
        "person_here": found,
        "accounts": UserMapping.objects.filter(user=found).select_related("integration")
        if reach.person.reads_all
        else [],
        "passkeys": passkeys.rows(found) if request.user.is_admin else [],
        **_access(request, Narrowing(email=found.email), now=now, person=found.pk),
    }
    return render(request, "pages/person.html", context)


@never_cache
@require_safe
def target(request: PortalRequest, name: str) -> HttpResponse:
    now, reach = timezone.now(), reach_of(request)
    found = profiles.target(name, reach=reach, now=now)
    if found is None:
        raise Http404(_("There is no such target that you may look at."))
    context = {
        "target": found,
        "role": roles.of_targets([found]).get(found.pk),
        "ways": profiles.ways(found, reader=reach.person),
        **_access(request, Narrowing(target=found.name), now=now, target=found.pk),
    }
    return render(request, "pages/target.html", context)


def _access(request: PortalRequest, asked: Narrowing, *, now: datetime, **whose: int) -> dict[str, Any]:
    """What is held, was asked for, needs somebody, and was held in a week, of this person or target."""
    grants, reach = Grant.objects.filter(**whose), reach_of(request)
    return {
        "held": profiles.held(grants, reach=reach, now=now),
        "part": pagination.visible(reach, asked, place_in(request), size=PAGE),
        "findings": _findings(request, **whose),
        **_week(request, grants),
    }


def _findings(request: PortalRequest, **about_what: int) -> list[findings.Row]:
    """What needs somebody, for those who read everything."""
    if not request.user.reads_all:
        return []
    return list(findings.rows(findings.for_list(findings.TO_DO).filter(**about_what)[:PAGE], reader=request.user))


def _week(request: PortalRequest, grants: Any) -> dict[str, Any]:
    """The week of the address, or this one; weeks begin on Monday, in the reader's zone."""
    begins_on, now = _monday(request), timezone.now()
    begins_at = datetime.combine(begins_on, datetime.min.time(), timezone.get_current_timezone()).astimezone(UTC)
    shown = profiles.week(grants, begins_at, reach=reach_of(request), now=now)
    later = begins_on + timedelta(days=7)
    rows: list[Bar] = bars(shown)
    return {
        "week": shown, "bars": rows, "days": [begins_on + timedelta(days=one) for one in range(7)],
        "week_before": begins_on - timedelta(days=7),
        "week_after": later if later <= timezone.localdate() else None,
    }  # fmt: skip


def _monday(request: HttpRequest) -> date:
    today = timezone.localdate()
    try:
        day = date.fromisoformat(request.GET.get("week", ""))
    except ValueError:
        day = today
    day = day if date(2000, 1, 1) <= day <= today else today
    return day - timedelta(days=day.weekday())
