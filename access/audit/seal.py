"""Number and chain the events that committed, and sign the end of the chain.

Whoever appends waits for nobody: the head of the chain is locked here alone. Chained while they are written, one
commit would wait until the commit before it is on disk.

What commits later gets a later number, so whoever follows the log by number misses nothing. An event is sealed only
with the mark of a process that has a key, and only behind an end that was sealed with one: what somebody slipped into
the database is left out and told, and a chain that was computed anew is never signed.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db import connection, transaction
from django.db.models import QuerySet
from django.utils.translation import ngettext

from access.audit import digest, head, keys, log
from access.audit.head import Unsealable
from access.core.prepared import prepared
from access.models import AnchorPlace, AuditEvent, AuditHead, AuditSeal

logger = logging.getLogger(__name__)

BATCH: Final = 500
# Seals that are kept prove the place of the events before them. Between two of them every hash is needed for that.
KEPT_EVERY: Final = 100


@dataclass(frozen=True)
class _Batch:
    last: int  # the id of the last event that was looked at
    sealed: int
    foreign: Sequence[int]  # the ids of those that no process of the portal has written


def waiting() -> QuerySet[AuditEvent]:
    """The events that are not sealed yet."""
    return AuditEvent.objects.filter(seq=None)


def catch_up(*, now: datetime) -> None:
    """Seal what has committed, if there is anything: one query where there is not. Raises NoKey."""
    if _any_waiting(0):
        seal(now=now)


def seal(*, now: datetime) -> int:
    """Seal what has committed; return how many events that were.

    What hinders it is kept on the head for people to see. Raises NoKey.
    """
    sealed, foreign, after = 0, list[int](), 0
    try:
        while batch := _seal_batch(after, now=now):
            # From the start again once something was sealed: what has a lower number, and committed meanwhile, comes
            # before what was written after it. Only what is not ours is passed over.
            after, sealed = 0 if batch.sealed else batch.last, sealed + batch.sealed
            foreign += batch.foreign
    except Unsealable as error:
        _tell(error.why, now=now)
    else:
        _tell(foreign_words(list(dict.fromkeys(foreign))), now=now)
    return sealed


def sign(*, now: datetime) -> AuditSeal | None:
    """Seal what has committed, sign the end anew with the time of now, and keep that seal. None for an empty log.

    Raises Unsealable and NoKey.
    """
    seal(now=now)
    with transaction.atomic():
        end, ring = head.locked(), keys.ring()
        head.check(end, ring)
        if not end.seq:
            return None
        head.sign(end, ring.newest, now=now)
        end.save()
        return head.keep(end)


@transaction.atomic
def adopt(*, actor: log.Actor, reason: str, now: datetime) -> int:
    """Take the log for whole as it stands, though its last seal doesn't say so; return the number of its last event.

    For a log that was restored without its key. The event that tells of it stands at this place for good.
    """
    end = head.locked()
    last = AuditEvent.objects.filter(seq__isnull=False).order_by("seq").last()
    data = {"reason": reason, "head": end.seq, "sealed": end.sealed_seq, "key": end.key}
    end.seq, end.hash = (last.seq or 0, last.hash or "") if last else (0, "")
    head.sign(end, keys.ring().newest, now=now)
    end.save()
    log.append("audit.adopted", actor=actor, now=now, subject="audit:log", data=data)
    return end.seq


def foreign_words(ids: Sequence[int]) -> str:
    """Say in a sentence that there are events which the portal has not written."""
    if not ids:
        return ""
    text = ngettext(
        "%(count)d event in the database was not written by the portal, and is left out of the log: %(ids)s.",
        "%(count)d events in the database were not written by the portal, and are left out of the log: %(ids)s.",
        len(ids),
    )
    return text % {"count": len(ids), "ids": ", ".join(map(str, ids[:5])) + ("…" if len(ids) > 5 else "")}


@transaction.atomic
def _seal_batch(after: int, *, now: datetime) -> _Batch | None:
    """Seal the next events in the order in which they were written. None when there are none."""
    if not _any_waiting(after):
        return None
    end, ring = head.locked(), keys.ring()
    # Read after the lock, so that what another process has sealed meanwhile isn't among them.
    rows = _batch(after)
    ours = [row for row in rows if ring.wrote(digest.of_facts(digest.facts_of(row)), row.mark)]
    if ours:
        head.check(end, ring)
        _extend(end, [*_rotation(end, ring, now=now), *ours], ring.newest, now=now)
    known = {row.pk for row in ours}
    foreign = [row.pk for row in rows if row.pk not in known]
    return _Batch(rows[-1].id, len(ours), foreign) if rows else None


@prepared
def _batch(after: int) -> QuerySet[AuditEvent]:
    return waiting().filter(id__gt=after).order_by("id")[:BATCH]


@prepared
def _any_waiting(after: int) -> QuerySet[AuditEvent, int]:
    return waiting().filter(id__gt=after).order_by().values_list("id", flat=True)[:1]


def _rotation(end: AuditHead, ring: keys.Ring, *, now: datetime) -> list[AuditEvent]:
    """The event that tells of another key from here on, if there is one."""
    if not end.key or end.key == ring.newest.public:
        return []
    data = {"from": end.key, "to": ring.newest.public}
    return [log.append("audit.key_changed", actor=log.SYSTEM, now=now, subject="audit:key", data=data)]


def _extend(end: AuditHead, events: Sequence[AuditEvent], key: keys.Key, *, now: datetime) -> None:
    before, links = end.seq, []
    is_first_of_key = end.key != key.public
    for event in events:
        previous, end.seq = end.hash, end.seq + 1
        end.hash = digest.link(end.seq, previous, digest.of_facts(digest.facts_of(event)))
        links.append((end.seq, previous, end.hash, event.pk))
    with connection.cursor() as cursor:
        cursor.executemany(
            "UPDATE access_auditevent SET seq = %s, previous = %s, hash = %s WHERE id = %s AND seq IS NULL", links
        )
    head.sign(end, key, now=now)
    end.save()
    if any(one.type == "request.approved" and one.data.get("path") == "break_glass" for one in events):
        AnchorPlace.objects.update(due_at=now)
    if is_first_of_key or before // KEPT_EVERY != end.seq // KEPT_EVERY:
        head.keep(end)


def _tell(why: str, *, now: datetime) -> None:
    """Keep why not all could be sealed, and since when. The process that finds it first writes it to its log."""
    rows = AuditHead.objects.filter(pk=1).exclude(trouble=why)
    if not rows.update(trouble=why, trouble_since=now if why else None):
        return
    if why:
        logger.error("The audit log is not sealed as it should be, “manage.py audit verify” says more: %s", why)
    else:
        logger.warning("The audit log is sealed again.")
