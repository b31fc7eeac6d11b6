"""Let a person hold on a little longer without asking anybody, where the flow allows that: once for each access."""

from datetime import datetime

from django.db import transaction

from access import limits, rules
from access.models import Grant, User
from access.queries import askers, extending
from access.services import lifecycle


@transaction.atomic
def extend(*, grant: Grant, by: User, now: datetime) -> Grant:
    """Let the holder's access end later, by what the flow behind it allows or what the target's maximum leaves.

    Returns the grant as it is then. Raises NotAllowed for anybody but the holder, for an auditor, and where an
    extension needs an approval; Conflict when it was extended so before, or has begun to end.
    """
    rules.check_may_change(by)
    grant = Grant.objects.select_for_update(of=("self",)).select_related("target").get(pk=grant.pk)
    seconds = limits.check_can_extend(
        grant, by=by, behind=extending.behind(grant), open_to_them=askers.pairs(by, [grant]), now=now
    )
    lifecycle.extend_freely(grant, seconds=seconds, actor=by.email, now=now)
    return grant
