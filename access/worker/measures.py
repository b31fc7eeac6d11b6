"""Keep what the processes of a worker counted, so that any web process can tell it."""

import logging
from typing import Final

from django.db import Error, transaction

from access.models import Measure
from access.worker.timing import Every
from integrations import measure
from integrations.measure import Tally

logger = logging.getLogger(__name__)

KEEP: Final = 15.0  # seconds between two writes of one process

_due: Final = Every(KEEP)


def keep_now_and_then() -> None:
    """Write what was counted, if that is some seconds ago. What can't be written is written next time."""
    if not _due() or not (taken := measure.take()):
        return
    try:
        _keep(taken)
    except Error as error:
        measure.put_back(taken)
        logger.debug("What was counted could not be kept: %s", type(error).__name__)


@transaction.atomic
def _keep(taken: dict[measure.Key, Tally]) -> None:
    """In one order for everybody, so that nobody waits for each other."""
    for (name, kind, result), tally in sorted(taken.items()):
        made, _is_new = Measure.objects.get_or_create(name=name, kind=kind[:200], result=result[:40])
        row = Measure.objects.select_for_update().get(pk=made.pk)
        total = Tally(row.count, row.seconds, row.within)
        total.add(tally)
        Measure.objects.filter(pk=row.pk).update(count=total.count, seconds=total.seconds, within=total.within)
