"""Say in the process's log, and count, that access was given or is over. The audit log has the facts."""

import logging
from functools import partial
from typing import Final

from django.db import transaction

from access.core.states import GrantState
from access.models import Grant
from integrations import measure

logger: Final = logging.getLogger("usher.access")


def moved(grant: Grant) -> None:
    """Tell once this transaction commits; of other states nothing."""
    tell = {GrantState.ACTIVE: _given, GrantState.ENDED: _over}.get(GrantState(grant.state))
    if tell:
        transaction.on_commit(partial(tell, grant))


def _given(grant: Grant) -> None:
    logger.info("Access given: %s to %s for person %s.", grant.ref, grant.target.name, grant.person_id)
    if grant.confirmed_at:
        _late("begin", (grant.confirmed_at - max(grant.starts_at, grant.created_at)).total_seconds())


def _over(grant: Grant) -> None:
    words = (grant.ref, grant.target.name, grant.person_id, grant.end_reason)
    logger.info("Access over: %s to %s for person %s (%s).", *words)
    if grant.ended_at and grant.end_due_at and grant.asked_at:
        _late("end", (grant.ended_at - grant.end_due_at).total_seconds())


def _late(kind: str, seconds: float) -> None:
    measure.note("late", kind=kind, result="seen", seconds=seconds)
