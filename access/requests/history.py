"""How often a person was given something before: what an approver wants to know first."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from django.contrib.humanize.templatetags.humanize import ordinal
from django.db.models import Count, F, Max, Q, QuerySet
from django.utils.translation import gettext as _

from access.core.prepared import prepared
from access.core.states import RequestState
from access.models import AccessRequest

LOOK_BACK: Final = timedelta(days=30)


@dataclass(frozen=True)
class History:
    recent: int  # how often the person was given this target in the last 30 days
    ever: int
    last_at: datetime | None

    @property
    def sentence(self) -> str:
        """Say which time this would be; the moment of the last one is `last_at`."""
        if not self.ever:
            return _("First time.")
        if not self.recent:
            return _("%(nth)s time, and the first in 30 days.") % {"nth": ordinal(self.ever + 1)}
        return _("%(nth)s time in 30 days.") % {"nth": ordinal(self.recent + 1)}


NEVER: Final = History(0, 0, None)


def of_requests(requests: Collection[AccessRequest], *, now: datetime) -> Mapping[int, History]:
    """Count what each of these requesters was given of its target before, by the request's primary key. One query."""
    counted = _counted([one.pk for one in requests], now)
    return {one["pk"]: History(one["recent"], one["ever"], one["last"]) for one in counted}


@prepared
def _counted(requests: Collection[int], now: datetime) -> QuerySet[AccessRequest, Any]:
    """Without what was never given. The index of what a person asked for, by target, leads to the others."""
    others = "requester__requests"
    another = Q(**{f"{others}__pk__lt": F("pk")}) | Q(**{f"{others}__pk__gt": F("pk")})
    given = Q(**{f"{others}__state": RequestState.APPROVED, f"{others}__target": F("target")})
    found = AccessRequest.objects.filter(another, given, pk__in=requests).values("pk")
    recent = Count(others, filter=Q(**{f"{others}__settled_at__gte": now - LOOK_BACK}))
    return found.annotate(recent=recent, ever=Count(others), last=Max(f"{others}__settled_at"))
