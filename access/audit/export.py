"""The log as JSON lines, with all that is needed to verify it elsewhere: events, their chain, and the seals."""

import json
from collections.abc import Iterable, Iterator
from typing import Any, Final

from django.db.models import QuerySet

from access.audit import digest, event_schema, verify, witness
from access.models import AuditEvent, AuditHead, AuditSeal

SLICE: Final = 1000
HEADER: Final = "usher-log"
LINK: Final = "usher-link"


def whole() -> Iterator[bytes]:
    """All that is sealed, line by line and in constant memory."""
    yield header(whole=True)
    seq = 0
    end = AuditHead.objects.filter(pk=1).first() or AuditHead()
    while events := list(AuditEvent.objects.filter(seq__gt=seq, seq__lte=end.seq).order_by("seq")[:SLICE]):
        seals = verify.witnesses(seq, events[-1].number)
        waiting = next(seals, None)
        for event in events:
            yield _line(event_schema.of(event))
            seq = event.number
            while waiting and waiting.seq <= seq:
                yield _line(waiting.told())
                waiting = next(seals, None)
    if end.sealed_at and end.sealed_seq == seq and not AuditSeal.objects.filter(sealed_seq=seq).exists():
        yield _line(witness.of_seal(end).told())


def some(events: QuerySet[AuditEvent]) -> Iterator[bytes]:
    """Some events, oldest first. Each can be checked by its own hash, and none by its place."""
    yield header(whole=False)
    for part in slices(events):
        for event in part:
            yield _line(event_schema.of(event))


def proven(events: Iterable[AuditEvent]) -> Iterator[bytes]:
    """Some events with the proof of their places: the digests, and no facts, of what is between each and its seal.

    Seal the end and keep it before, so that there is one behind each.
    """
    yield header(whole=False)
    own = {event.number: event for event in events if event.seq}
    for first, seal in _spans(sorted(own)):
        between = _digests(first, seal.sealed_seq if seal else first, own)
        for seq in range(first, (seal.sealed_seq if seal else first) + 1):
            yield _line(event_schema.of(own[seq])) if seq in own else _line(between[seq])
        if seal:
            yield _line(witness.of_seal(seal).told())


def slices(events: QuerySet[AuditEvent]) -> Iterator[list[AuditEvent]]:
    """Read sealed events in their order, so many at a time."""
    seq = 0
    while part := list(events.filter(seq__gt=seq).order_by("seq")[:SLICE]):
        yield part
        seq = part[-1].number


def header(*, whole: bool) -> bytes:
    return _line({"kind": HEADER, "version": 1, "whole": whole})


def _spans(numbers: list[int]) -> Iterator[tuple[int, AuditSeal | None]]:
    """From the first event that is not proven yet to the seal that follows it."""
    proven_to = 0
    for number in numbers:
        if number > proven_to:
            seal = AuditSeal.objects.filter(sealed_seq__gte=number).order_by("sealed_seq", "id").first()
            yield number, seal
            proven_to = seal.sealed_seq if seal else number


def _digests(first: int, last: int, own: dict[int, AuditEvent]) -> dict[int, dict[str, Any]]:
    others = AuditEvent.objects.filter(seq__gte=first, seq__lte=last).exclude(seq__in=own).order_by("seq")
    return {
        one.number: {"kind": LINK, "seq": one.number, "digest": digest.of_facts(digest.facts_of(one))} for one in others
    }


def _line(told: dict[str, Any]) -> bytes:
    return json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"
