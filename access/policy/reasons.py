"""Why requests ask a person, reason by reason, each as rows of which an index knows the newest.

`approvers.asks` says the same as one condition.
"""

from typing import Any

from django.db.models import Exists, OuterRef, QuerySet

from access.models import AccessRequest, Asked
from access.policy import approvers
from access.policy.decides_for import Reach


def asking(reach: Reach) -> list[QuerySet[Any]]:
    """Entries and requests that lead to this person: by name, by a group, or as a manager."""
    found = _asking(reach.themselves, Asked.objects.all())
    if reach.away:
        found += _asking(reach, Asked.objects.filter(approvers.let_stand_in(reach.person)))
    return found


def _asking(reach: Reach, asked: QuerySet[Asked]) -> list[QuerySet[Any]]:
    """Those of these entries that lead to somebody of this reach."""
    found: list[QuerySet[Any]] = [asked.filter(person=one) for one in reach.people]
    found += [asked.filter(group=one) for one in reach.groups]
    if reach.reports:
        manager = Exists(asked.filter(request=OuterRef("pk"), manager=True))
        found.append(AccessRequest.objects.filter(manager, requester__in=reach.reports))
    return found
