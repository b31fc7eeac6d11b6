"""Do what a file says: all of it, or nothing."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from access.audit import log
from access.core.errors import Conflict
from access.people import mappings
from access.people.mappings_csv.compare import Change, Plan, plan


@transaction.atomic
def apply(data: bytes, *, actor: log.Actor, now: datetime, seen: str | None = None) -> Plan:
    """Make the changes of the plan and return it. A plan that finds something wrong changes nothing.

    `seen` is what somebody agreed to, from the plan that they saw. Raises Conflict when it is no longer what would
    happen, or when somebody else changes the same mappings at the same time.
    """
    found = plan(data, lock=True)
    if seen is not None and seen != found.seen:
        raise Conflict(_("The user mappings have changed since you looked. Look at the changes again."))
    pins = [_pin(change) for change in found.changes]
    if pins:
        mappings.pin_each(pins, data={"file": found.sha256}, actor=actor, now=now)
    return found


def _pin(change: Change) -> mappings.Pin:
    return mappings.Pin(
        user=change.user, integration=change.integration, account_id=change.after, account_email=change.after_email,
        before=change.before,
    )  # fmt: skip
