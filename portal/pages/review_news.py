"""What has happened to the requests on an approver's screen: looked for again and again, and told in place."""

from datetime import datetime
from typing import Final

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from access.requests import lists, review_news
from portal import request_cache
from portal.forms.request_filters import ReviewForm
from portal.pages import review
from portal.pages.http import PortalRequest
from portal.pages.polls import Poll
from portal.pages.review_links import links

MOST: Final = 60  # on one screen


@never_cache
@require_safe
def show(request: PortalRequest) -> HttpResponse:
    poll = Poll(request)
    if poll.is_quiet:
        return HttpResponse(status=204)
    now, reach = timezone.now(), request_cache.reach_of(request)
    since = _moment(request.GET.get("since", ""), now)
    waits = lists.narrowed(review.waits(request, now=now), ReviewForm(request.GET).narrowing)
    told = review_news.news(_shown(request), since=since, waits=waits, reader=request.user, now=now, reach=reach)
    if poll.has_seen(told.version, moments=told.moments):
        return HttpResponse(status=204)
    waiting = request_cache.waiting_of(request)
    context = {
        "told": told,
        "rows": review_news.rows(told, reader=request.user, now=now),
        "waiting": waiting.together,
        "tabs": review.tabs_of(request, waiting),
        **links(request, told.left, since=since, fresh=told.fresh),
    }
    return render(request, "requests/review/news_answer.html", context)


def _shown(request: PortalRequest) -> dict[str, str]:
    """The references on the screen, and what each was told to be."""
    parts = [one.partition(":") for one in request.GET.get("shown", "").split(",")[:MOST]]
    return {ref[:12]: state for ref, _colon, state in parts if ref}


def _moment(text: str, now: datetime) -> datetime:
    try:
        found = parse_datetime(text)
    except ValueError:
        found = None
    return found if found and found.tzinfo else now
