"""Let a person hold on a little longer without asking anybody, where the flow allows that: once for each access."""

from datetime import datetime

from django.db import transaction

from access.core.errors import NotAllowed
from access.grants import extension_origin, lifecycle
from access.models import AccessRequest, Grant, User
from access.people.rules import check_may_change
from access.policy import askers, limits
from access.policy.fast_track import judge


@transaction.atomic
def extend(*, grant: Grant, by: User, now: datetime) -> Grant:
    """Let the holder's access end later, by what the flow behind it allows or what the target's maximum leaves.

    Returns the grant as it is then. Raises NotAllowed for anybody but the holder, for an auditor, where an extension
    needs an approval, and where a rule of the flow refuses access by now; Conflict when it was extended so before, or
    has begun to end.
    """
    check_may_change(by)
    grant = Grant.objects.select_for_update(of=("self",)).select_related("target").get(pk=grant.pk)
    behind = extension_origin.behind(grant)
    seconds = limits.check_can_extend(
        grant, by=by, behind=behind, open_to_them=askers.offers(by, [grant]), now=now
    )  # fmt: skip
    _check_no_rule_refuses(grant, behind, by=by, now=now)
    lifecycle.extend_freely(grant, seconds=seconds, actor=by, now=now)
    return grant


def _check_no_rule_refuses(grant: Grant, behind: AccessRequest | None, *, by: User, now: datetime) -> None:
    """A rule that refuses wins over everything, as it would if this were asked for."""
    if behind is None:
        return
    verdict = judge.judge(flow=behind.flow, target=grant.target, requester=by, starts_at=None, now=now)
    for sentence in verdict.errors.values():
        raise NotAllowed(sentence)
