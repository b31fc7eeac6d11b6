"""How often a person was given something before: what an approver wants to know first."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from django.contrib.humanize.templatetags.humanize import ordinal
from django.db.models import Count, Max, Q, QuerySet
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


def of_requests(requests: Collection[AccessRequest], *, now: datetime) -> Mapping[tuple[int, int | None], History]:
    """Count what was given before, by person and target, except by the requests at hand themselves. One query."""
    people = [one.requester_id for one in requests]
    targets = [one.target_id for one in requests if one.target_id]
    counted = _counted(people, targets, [one.pk for one in requests], now)
    return {
        (one["requester_id"], one["target_id"]): History(one["recent"], one["ever"], one["last"]) for one in counted
    }


@prepared
def _counted(
    people: Collection[int], targets: Collection[int], but: Collection[int], now: datetime
) -> QuerySet[AccessRequest, Any]:
    given = AccessRequest.objects.filter(state=RequestState.APPROVED, requester__in=people, target__in=targets)
    by_pair = given.exclude(pk__in=but).values("requester_id", "target_id")
    recent = Count("pk", filter=Q(settled_at__gte=now - LOOK_BACK))
    return by_pair.annotate(recent=recent, ever=Count("pk"), last=Max("settled_at"))
