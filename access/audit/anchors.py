"""Bring the signed end of the log to places that the owner of the database can't reach, on a schedule.

An anchor shows what the log can't show of itself: that its end was cut off, or that all of it was exchanged.
"""

import json
import random
from collections.abc import Callable, Collection, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from django.conf import settings
from django.db import transaction
from django.db.models import Q, QuerySet

from access.audit import seal, witness
from access.audit.head import Unsealable
from access.audit.witness import Witness
from access.models import AnchorPlace
from integrations.base import ProviderError

LONGEST_PAUSE: Final = 600.0  # seconds
Put = Callable[[str, str, bytes], None]


def due(now: datetime) -> QuerySet[AnchorPlace]:
    """The places that have to get an anchor, the most overdue first."""
    free = Q(leased_until=None) | Q(leased_until__lte=now)
    return AnchorPlace.objects.filter(free, due_at__lte=now).order_by("due_at", "pk")


def set_places(addresses: Collection[str], *, now: datetime) -> None:
    """Keep a row for each place that the settings name, and for no other."""
    AnchorPlace.objects.exclude(address__in=addresses).delete()
    known = set(AnchorPlace.objects.values_list("address", flat=True))
    new = [AnchorPlace(address=one, due_at=now) for one in addresses if one not in known]
    AnchorPlace.objects.bulk_create(new, ignore_conflicts=True)


def send(place: AnchorPlace, *, put: Put, now: datetime) -> None:
    """Send one anchor, if it is due and nobody else is at it. What went wrong is kept on the row, and tried again."""
    claimed = _claim(place, now)
    if claimed is None:
        return
    try:
        signed = seal.sign(now=now)
        if signed:
            anchor = witness.of_seal(signed)
            put(claimed.address, name_of(anchor), body_of(anchor))
    except (ProviderError, Unsealable) as error:
        why = error.why if isinstance(error, Unsealable) else error.summary
        _failed(claimed, why, now=now)
    else:
        every = timedelta(minutes=settings.AUDIT_ANCHOR_MINUTES)
        fine = {"trouble": "", "attempts": 0, "failing_since": None, "last_ok_at": now}
        position = signed.sealed_seq if signed else 0
        _held(claimed).update(leased_until=None, due_at=now + every, position=position, **fine)


def name_of(anchor: Witness) -> str:
    """The name of its file: sorted by name, anchors are in their order, and none has that of another."""
    return f"usher-anchor-{anchor.seq:012d}-{anchor.at:%Y%m%dT%H%M%S%fZ}.json"


def body_of(anchor: Witness) -> bytes:
    return json.dumps(anchor.told()).encode() + b"\n"


def read(folder: Path) -> Iterator[Witness]:
    """Read the anchors of a folder, in the order of their numbers. Raises NoWitness and OSError."""
    found = []
    for file in sorted(folder.iterdir()) if folder.is_dir() else [folder]:
        if file.suffix in {".json", ".jsonl"}:
            found += [_read(line) for line in file.read_text().splitlines() if line.strip()]
    return iter(sorted(found, key=lambda one: (one.seq, one.at)))


def _read(line: str) -> Witness:
    try:
        return witness.read(json.loads(line))
    except ValueError:
        raise witness.NoWitness from None


@transaction.atomic(durable=True)
def _claim(place: AnchorPlace, now: datetime) -> AnchorPlace | None:
    row = due(now).filter(pk=place.pk).select_for_update().first()
    if row:
        row.leased_until = now + settings.LEASE
        row.save(update_fields=["leased_until"])
    return row


def _held(claimed: AnchorPlace) -> QuerySet[AnchorPlace]:
    return AnchorPlace.objects.filter(pk=claimed.pk, leased_until=claimed.leased_until)


def _failed(claimed: AnchorPlace, why: str, *, now: datetime) -> None:
    longest = min(LONGEST_PAUSE, 5.0 * 2 ** min(claimed.attempts, 10))
    _held(claimed).update(
        leased_until=None, attempts=claimed.attempts + 1, trouble=why,
        due_at=now + timedelta(seconds=random.uniform(longest / 2, longest)),  # noqa: S311  spreads tries
        failing_since=claimed.failing_since or now,
    )  # fmt: skip
