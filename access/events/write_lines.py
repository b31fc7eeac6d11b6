"""Write the log as JSON lines to a file or to the standard output, in order, for whoever collects them."""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from access.audit import event_schema
from access.core.job_clock import Elapsed
from access.events import deliver, stream
from access.models import AuditEvent, EventLog

logger = logging.getLogger(__name__)

MOST_EVENTS: Final = 500
WINDOW_SECONDS: Final = 15.0
LONGEST_PAUSE: Final = 60.0
Append = Callable[[bytes], None]


def lines(events: list[AuditEvent]) -> bytes:
    return b"".join(event_schema.body(event_schema.of(one)) + b"\n" for one in events)


def write(*, append: Append, now: datetime) -> None:
    """Write what is due, if nobody else is at it. Lines are on disk before they count as written.

    What a crash leaves between the two is written again, with the same ids. `append` raises OSError when it can't;
    why is kept on the row, with when it is tried next.
    """
    clock = Elapsed(now)
    claimed = _claim(now)
    if claimed is None:
        return
    up_to = stream.head(now=now)
    try:
        while claimed.position < up_to and clock.seconds < WINDOW_SECONDS:
            events = stream.after(claimed.position, up_to=up_to, most=MOST_EVENTS)
            append(lines(events))
            if not _advance(claimed, events[-1].number, at=clock.at()):
                return
    except OSError as error:
        _record_failure(claimed, error, at=clock.at())
    else:
        _held(claimed).update(leased_until=None, due_at=clock.at())


@transaction.atomic(durable=True)
def _claim(now: datetime) -> EventLog | None:
    EventLog.objects.get_or_create(pk=1, defaults={"due_at": now})
    row = EventLog.objects.select_for_update().get(pk=1)
    if row.due_at > now or (row.leased_until and row.leased_until > now):
        return None
    row.leased_until = now + settings.LEASE
    row.save(update_fields=["leased_until"])
    return row


def _held(claimed: EventLog) -> QuerySet[EventLog]:
    return EventLog.objects.filter(pk=claimed.pk, leased_until=claimed.leased_until)


def _advance(claimed: EventLog, seq: int, *, at: datetime) -> bool:
    fine = {"trouble": "", "attempts": 0, "failing_since": None, "last_ok_at": at}
    moved = _held(claimed).filter(position=claimed.position).update(position=seq, **fine)
    claimed.position = seq
    if moved and claimed.failing_since:
        logger.warning("EVENT_LOG can be written again.")
        claimed.failing_since = None
    return bool(moved)


def _record_failure(claimed: EventLog, error: OSError, *, at: datetime) -> None:
    seconds, why = min(deliver.pause(claimed.attempts), LONGEST_PAUSE), error.strerror or str(error).rstrip(".")
    if not claimed.failing_since:
        logger.error("EVENT_LOG can't be written, it is tried again each minute: %s.", why)
    _held(claimed).update(
        leased_until=None,
        due_at=at + timedelta(seconds=seconds),
        attempts=claimed.attempts + 1,
        failing_since=claimed.failing_since or at,
        trouble=_("The events can't be written: %(why)s.") % {"why": why},
    )
