"""What a list of members proves. Lists may lag behind changes, and a lost call may still take effect."""

from datetime import datetime

from django.conf import settings

from access.models import Grant


def believed_from(grant: Grant) -> datetime | None:
    """When a list has to be asked for so that not being in it means being out. None: at any time.

    Our last accepted change has to be older than the settling time, unless Aptible has since removed what it had
    listed. What a lost call may still do counts in any case.
    """
    removed = grant.removed_at and grant.accepted_at and grant.removed_at >= grant.accepted_at
    settled = grant.accepted_at + settings.SETTLING if grant.accepted_at and not removed else None
    return max(filter(None, (settled, grant.unsure_until)), default=None)


def may_be_asked_again(grant: Grant, *, since: datetime) -> bool:
    """Whether a list asked for at `since` that does not show the person calls for another add."""
    return grant.accepted_at is None or since >= grant.accepted_at + settings.SETTLING


def own_memberships(grant: Grant) -> list[str]:
    """The ids under which Aptible listed what this grant added."""
    return list((grant.start_evidence or {}).get("memberships_after", []))
