"""What a list of members proves. Lists may lag behind changes, and a lost call may still take effect."""

from datetime import datetime

from django.conf import settings

from access.grants.member_list import Seen
from access.models import Grant
from integrations.base import Membership


def believed_from(grant: Grant) -> datetime | None:
    """When a list has to be asked for so that not being in it means being out. None: at any time.

    Our last accepted change has to be older than the settling time, unless Aptible has since removed what it had
    listed. What a lost call may still do counts in any case.
    """
    settled = grant.accepted_at + settings.SETTLING if grant.accepted_at and not was_removed(grant) else None
    return max(filter(None, (settled, grant.unsure_until)), default=None)


def is_late_enough(grant: Grant, *, since: datetime) -> bool:
    """Whether not to be in a list asked for at `since` may mean to be out."""
    believed = believed_from(grant)
    return believed is None or since >= believed


def was_removed(grant: Grant) -> bool:
    """Whether Aptible has removed for us what it had listed of our last accepted change."""
    return bool(grant.removed_at and grant.accepted_at and grant.removed_at >= grant.accepted_at)


def may_be_asked_again(grant: Grant, *, since: datetime) -> bool:
    """Whether a list asked for at `since` that does not show the person calls for another add."""
    return grant.accepted_at is None or since >= grant.accepted_at + settings.SETTLING


def listed(grant: Grant, seen: Seen) -> tuple[Membership, ...]:
    """What a list shows of the grant's account: also the memberships made for it, where they no longer say whose."""
    own = [id_ for id_ in own_memberships(grant) if id_ in seen.nameless]
    return (*seen.of(grant.account_id), *(Membership(id_, grant.role_id, grant.account_id) for id_ in own))


def own_memberships(grant: Grant) -> list[str]:
    """The ids under which Aptible listed what this grant added."""
    return list((grant.start_evidence or {}).get("memberships_after", []))
