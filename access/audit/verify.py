"""Walk through the log from its first event, and find where it was bent first.

In slices and in constant memory; a walk can be left and gone on with. Kept seals, and anchors from where the owner of
the database can't reach, are witnesses: each says which hash an event had at a time.
"""

import heapq
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from access.audit import digest, head, keys
from access.audit.witness import Witness, of_seal
from access.core.prepared import prepared
from access.core.slices import in_slices
from access.models import AuditEvent, AuditHead, AuditSeal

SLICE: Final = 2000
_COLUMNS: Final = ("seq", "previous", "hash", "format", *digest.FACTS)


@dataclass(frozen=True)
class Bad:
    """The first event that is missing or bent, why, and the time after which that was done, where a witness knows."""

    seq: int
    why: str
    since: datetime | None = None


@dataclass
class Walk:
    """How far a walk has come: the number and the hash of the last event that was right."""

    seq: int = 0
    hash: str = ""
    sealed_at: datetime | None = None  # of the last witness on the way
    bad: Bad | None = None
    _old_way: dict[datetime | None, bool] = field(default_factory=dict)

    def take(self, row: Sequence[Any]) -> bool:
        """Go on with the next event. False: it is not the one that belongs here."""
        seq, previous, hash_, format_, *facts = row
        if why := self._wrong(seq, previous, hash_, format_, facts):
            self.bad = Bad(self.seq + 1, why)
            return False
        self.seq, self.hash = seq, hash_
        return True

    def _wrong(self, seq: int, previous: str, hash_: str, format_: int, facts: Sequence[Any]) -> str:
        if seq != self.seq + 1:
            return _("Event %(seq)d is missing.") % {"seq": self.seq + 1}
        if hash_ != digest.hash_of(format_, seq, previous, facts):
            return _("Event %(seq)d was changed: its facts do not give its hash.") % {"seq": seq}
        if previous != self.hash:
            return _("Event %(seq)d does not follow on the event before it.") % {"seq": seq}
        if format_ != digest.FORMAT and self.sealed_at and not self._may_be_old():
            return _("Event %(seq)d was not written by the portal.") % {"seq": seq}
        return ""

    def _may_be_old(self) -> bool:
        if self.sealed_at not in self._old_way:
            self._old_way = {self.sealed_at: head.is_old_way(self.sealed_at)}
        return self._old_way[self.sealed_at]

    def meet(self, witness: Witness, trusted: frozenset[str]) -> bool:
        """Compare with what a witness says of the event that the walk has just passed."""
        words = {"seq": witness.seq, "what": witness.what, "at": digest.moment(witness.at)}
        if not witness.is_signed():
            self.bad = Bad(witness.seq, _("The %(what)s of event %(seq)d, made at %(at)s, is not genuine.") % words)
        elif witness.key not in trusted:
            text = _("The %(what)s of event %(seq)d, made at %(at)s, was signed with a key that nobody here knows.")
            self.bad = Bad(witness.seq, text % words)
        elif witness.hash != self.hash:
            text = _("Event %(seq)d is not what the %(what)s of %(at)s names: the log was computed anew or exchanged.")
            self.bad = Bad(witness.seq, text % words, witness.at)
        self.sealed_at = witness.at
        return self.bad is None


@dataclass(frozen=True)
class Result:
    events: int
    bad: Bad | None
    sealed_at: datetime | None = None  # when the end was signed


def run(*, anchors: Iterable[Witness] = (), progress: Callable[[int], object] | None = None) -> Result:
    """Walk through all of the log. Anchors come in the order of their numbers, and are read as they are needed.

    Seal before, so that the end is among what is verified.
    """
    end = head.seen()
    trusted = trusted_keys()
    walk = Walk()
    outside = list(anchors)
    while walk.bad is None and on(walk, end, trusted=trusted, anchors=outside):
        if progress:
            progress(walk.seq)
    if walk.bad is None:
        walk.bad = check_end(walk, end, outside)
    return Result(walk.seq, _dated(walk.bad, outside), end.sealed_at)


def first_bad() -> Bad | None:
    return run().bad


def on(walk: Walk, end: AuditHead, *, trusted: frozenset[str], anchors: Sequence[Witness] = ()) -> bool:
    """Go on by one slice. False: there was nothing more, or what came was bent."""
    rows = _slice(walk.seq, end.seq)
    if not rows:
        return False
    last = rows[-1][0]
    met = witnesses(walk.seq, last, anchors)
    waiting = next(met, None)
    for row in rows:
        if not walk.take(row):
            return False
        while waiting and waiting.seq == walk.seq:
            if not walk.meet(waiting, trusted):
                return False
            waiting = next(met, None)
    return True


@prepared
def _slice(after: int, up_to: int) -> QuerySet[AuditEvent, tuple[Any, ...]]:
    return AuditEvent.objects.filter(seq__gt=after, seq__lte=up_to).order_by("seq").values_list(*_COLUMNS)[:SLICE]


def check_end(walk: Walk, end: AuditHead, anchors: Sequence[Witness] = ()) -> Bad | None:
    """After the last event: whether it is the one that the head and the witnesses know as the last."""
    last = max([0, *_last_seal(), *(one.seq for one in anchors)])
    words = {"seq": walk.seq, "named": max(end.seq, last), "next": walk.seq + 1}
    if walk.seq < max(end.seq, last):
        return Bad(walk.seq + 1, _("The log ends with event %(seq)d, and had %(named)d: its end was cut off.") % words)
    if AuditEvent.objects.filter(seq__gt=end.seq).exists() and not _has_moved(end):
        return Bad(walk.seq + 1, _("Event %(next)d stands after the sealed end of the log.") % words)
    if walk.hash != end.hash:
        return Bad(walk.seq, _("Event %(seq)d is not the one that the head of the log names.") % words)
    try:
        head.check(end, keys.ring())
    except head.Unsealable as error:
        return Bad(walk.seq, error.why)
    return Bad(walk.seq + 1, end.trouble) if end.trouble else None


def _has_moved(end: AuditHead) -> bool:
    """Whether events were sealed since the walk began."""
    return AuditHead.objects.filter(pk=1, seq__gt=end.seq).exists()


def witnesses(after: int, up_to: int, anchors: Sequence[Witness] = ()) -> Iterator[Witness]:
    """The seals that are kept, and these anchors, of the events after one and up to another, in their order."""
    seals = AuditSeal.objects.filter(sealed_seq__gt=after, sealed_seq__lte=up_to)
    outside = (one for one in anchors if after < one.seq <= up_to)
    return heapq.merge(map(of_seal, in_slices(seals, "sealed_seq", "id")), outside, key=lambda one: one.seq)


@prepared
def _last_seal() -> QuerySet[AuditSeal, int]:
    return AuditSeal.objects.order_by("-sealed_seq").values_list("sealed_seq", flat=True)[:1]


def trusted_keys() -> frozenset[str]:
    """Public halves of the keys of today and before. The chain vouches for those, and a key of today for the chain."""
    named = frozenset(data[name] for data in _changes_of_key() for name in ("from", "key") if data.get(name))
    return keys.ring().public | named


@prepared
def _changes_of_key() -> QuerySet[AuditEvent, Any]:
    told = AuditEvent.objects.filter(type__in=("audit.key_changed", "audit.adopted"), seq__isnull=False)
    return told.values_list("data", flat=True)


def _dated(bad: Bad | None, anchors: Iterable[Witness]) -> Bad | None:
    """Say since when: the newest anchor that knew the event as it was is older than the deed."""
    if bad is None:
        return None
    seen = max((one.at for one in anchors if one.seq >= bad.seq), default=bad.since)
    return Bad(bad.seq, bad.why, seen)
