"""What keeps access from starting or ending at this moment."""

from dataclasses import dataclass
from datetime import datetime

from access.core.states import GrantState
from access.models import Grant


@dataclass(frozen=True)
class Trouble:
    """What keeps access from starting or ending at this moment."""

    text: str
    attempts: int
    next_try_at: datetime | None  # None: it is being tried right now


def trouble(grant: Grant | None, *, now: datetime) -> Trouble | None:
    """Say what stands in the way of a grant that is starting or ending, if anything does."""
    if grant is None or grant.state not in (GrantState.GRANTING, GrantState.REVOKING) or not grant.last_error:
        return None
    leased_until = grant.target.leased_until
    trying = leased_until is not None and leased_until > now and grant.due_at == leased_until
    return Trouble(grant.last_error, grant.attempts, None if trying else grant.due_at)
