"""How long somebody has held a target in one stretch without anybody's approval: that never exceeds the limit.

The limit is what the longest way without an approver gives: a flow's longest duration by fast track or its break-glass,
and its one free extension. So while somebody holds a target on such a way, none of them gives it again; approvers do.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final

from django.db.models import Q
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from access.core.states import LIVE, GrantState
from access.models import AccessRequest, Flow, Grant, Target, User

# Who gives access back and takes it again within this time has held it all along.
PAUSE: Final = timedelta(minutes=5)
PEOPLE: Final = AccessRequest.Path.PEOPLE


def since(person: User, target: Target, *, now: datetime) -> datetime | None:
    """Since when this person has held the target without an approval that covers it; None when they do not, now.

    Three queries at most, whatever was held before: a stretch without approval is one grant long.
    """
    grants = Grant.objects.filter(person=person, target=target, standing=False)
    opened = grants.filter(state=GrantState.SCHEDULED, starts_at__lte=now).exclude(requests__path=PEOPLE)
    latest = opened.order_by("pk").first() or grants.filter(_lately(now)).order_by("-starts_at", "-pk").first()
    if latest is None:
        return None
    covered = _covered_until(latest, latest.requests.filter(path=PEOPLE))
    if covered is None:
        return latest.confirmed_at or latest.starts_at
    return covered if covered <= now and covered < (latest.ended_at or now) else None


def why_not(person: User, target: Target, *, now: datetime) -> str:
    """Say why no way without an approver gives this person the target now; empty when one may."""
    began = since(person, target, now=now)
    if began is None:
        return ""
    words = {"target": target, "since": date_format(timezone.localtime(began), "j F Y, H:i e")}
    text = _(
        "You have held %(target)s without anybody's approval since %(since)s, so for more somebody has to say yes."
    )
    return text % words


def limit(flow: Flow, target: Target) -> timedelta:
    """The longest stretch that a flow gives of a target without an approval."""
    ways = [*flow.allowed_durations, flow.break_glass_seconds if flow.break_glass else 0]
    longest = max(ways, default=0)
    capped = min(longest, target.max_seconds) if target.max_seconds else longest
    return timedelta(seconds=capped + flow.free_extension)


def latest_end(grant: Grant, requests: Iterable[AccessRequest], flow: Flow) -> datetime:
    """Until when a stretch without approval may last that this flow makes longer, of all that is behind a grant."""
    begins = _covered_until(grant, requests) or grant.confirmed_at or grant.starts_at
    return begins + limit(flow, grant.target)


def _lately(now: datetime) -> Q:
    """Held now, or until a moment ago. What never was confirmed was not held."""
    return Q(state__in=LIVE) | Q(ended_at__gt=now - PAUSE, confirmed_at__isnull=False)


def _covered_until(grant: Grant, requests: Iterable[AccessRequest]) -> datetime | None:
    return max((_covers_until(one, grant) for one in requests if one.path == PEOPLE), default=None)


def _covers_until(request: AccessRequest, grant: Grant) -> datetime:
    """Until when an approval covers what is held: its duration, from when the access began or was extended by it."""
    moments = [request.settled_at, request.starts_at]
    opened_it = request.settled_at is not None and request.settled_at <= grant.starts_at
    moments += [grant.confirmed_at or grant.starts_at] if opened_it else []
    return max(one for one in moments if one is not None) + request.duration
