"""Look every night whether each flow's policy could still be met by those who are here."""

from datetime import datetime, timedelta
from typing import Final

from django.db import transaction

from access.audit import log
from access.models import Flow
from access.policy import simulate
from access.policy.on_call import unable

EVERY: Final = timedelta(days=1)


@transaction.atomic
def check(flow: Flow, *, now: datetime) -> str:
    """Try an active flow for everybody who may ask in it, and keep what is wrong for the admins to see.

    Writes to the log when the flow has come to a dead end, and when it works again. Returns the sentence on what
    is wrong, empty when nothing is. Who is on duty and can't sign in is kept, too. The next look is due in a day.
    """
    flow = Flow.objects.select_for_update(of=("self",), no_key=True).get(pk=flow.pk)
    found = simulate.trouble(flow) if flow.is_active else ""
    subject = f"flow:{flow.name}"
    if found and not flow.dead_end:
        log.append("flow.dead_end", actor=log.SYSTEM, now=now, subject=subject, data={"text": found})
    if flow.dead_end and not found:
        log.append("flow.works_again", actor=log.SYSTEM, now=now, subject=subject)
    duty = unable.sentence(flow, now=now) if flow.is_active else ""
    if duty and duty != flow.duty_trouble:
        log.append("flow.duty_trouble", actor=log.SYSTEM, now=now, subject=subject, data={"text": duty})
    since = (flow.dead_end_since or now) if found else None
    Flow.objects.filter(pk=flow.pk).update(
        dead_end=found, dead_end_since=since, duty_trouble=duty, check_due_at=now + EVERY
    )
    return found


def look_soon(*, now: datetime) -> None:
    """Let the worker look at every flow and what waits in it now: who is here, or belongs to whom, has changed."""
    Flow.objects.filter(check_due_at__gt=now).update(check_due_at=now)
