"""All processes together make so many calls a second to one organization. Whatever ends access waits for nobody."""

from datetime import datetime, timedelta
from typing import Final

from django.conf import settings
from django.db import transaction
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from access.models import Integration
from integrations import pace
from integrations.pace import OutOfTurn

# So much of a second's calls may be made at once after a quiet time.
BURST: Final = timedelta(seconds=1)
# A call waits so long at most; one that would have to wait for longer is not made, and tried again later.
LONGEST: Final = 4.0  # seconds
# And so long where a role is held in hand meanwhile.
AT_ONCE: Final = 0.25  # seconds
# What ends access is counted, too, but no further ahead than this; what is later was written by a clock that was wrong.
MOST_OWED: Final = timedelta(seconds=10)


def turn(integration_id: int) -> float:
    """Book one call; return how many seconds it has to wait. Raises OutOfTurn, and books none, where that is too long.

    The time is the database's: processes whose clocks differ share one limit.
    """
    if not settings.APTIBLE_CALLS_PER_SECOND:
        return 0.0
    with transaction.atomic():
        rows = Integration.objects.filter(pk=integration_id)
        # What ends access waits for nobody who has the row, either: it goes uncounted then.
        rows = rows.select_for_update(no_key=True, skip_locked=pace.is_first()).annotate(at=Now())
        booked = rows.values_list("calls_until", "at").first()
        if booked is None:
            return 0.0
        until, at = booked
        start = until if until and at < until <= at + MOST_OWED else at
        seconds = _wait(start, at)
        until = start + timedelta(seconds=1 / settings.APTIBLE_CALLS_PER_SECOND)
        Integration.objects.filter(pk=integration_id).update(calls_until=min(until, at + MOST_OWED))
    return seconds


def _wait(start: datetime, at: datetime) -> float:
    seconds = max((start - at - BURST).total_seconds(), 0.0)
    if pace.is_first():
        return 0.0
    admission = pace.asks_for_all()
    if seconds > (LONGEST if admission is None else AT_ONCE):
        text = _("Usher calls Aptible at most %(many)d × a second, and others go first.")
        raise OutOfTurn(text % {"many": settings.APTIBLE_CALLS_PER_SECOND}, retry_after=seconds, nothing_done=True)
    if admission is not None:
        admission.given = True
    return seconds
