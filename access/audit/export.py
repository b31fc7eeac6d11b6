"""The log as JSON lines, with all that is needed to verify it elsewhere: events, their chain, and the seals."""

import json
from collections.abc import Iterator
from typing import Any, Final

from django.db.models import QuerySet

from access.audit import digest, event_schema, head, verify, witness
from access.core.slices import in_slices
from access.models import AuditEvent, AuditSeal

SLICE: Final = 1000
HEADER: Final = "usher-log"
LINK: Final = "usher-link"


def whole() -> Iterator[bytes]:
    """All that is sealed, line by line and in constant memory."""
    yield header(whole=True)
    seq = 0
    end = head.seen()
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


def proven(events: QuerySet[AuditEvent]) -> Iterator[bytes]:
    """Some events with the proof of their places: the digests, and no facts, of what is between each and its seal.

    Seal the end and keep it before, so that there is one behind each.
    """
    yield header(whole=False)
    at, seal = 0, None
    for event in (one for part in slices(events) for one in part):
        if seal and event.number > seal.sealed_seq:
            yield from _up_to(seal, at)
            seal = None
        if seal is None:
            at, seal = event.number - 1, _seal_behind(event)
        yield from _links(at, event.number - 1)
        yield _line(event_schema.of(event))
        at = event.number
    if seal:
        yield from _up_to(seal, at)


def seal_behind(events: QuerySet[AuditEvent]) -> AuditSeal | None:
    """The first seal behind the last of these events; None where there is none."""
    last = events.order_by("-seq").first()
    return _seal_behind(last) if last else None


def slices(events: QuerySet[AuditEvent]) -> Iterator[list[AuditEvent]]:
    """Read sealed events in their order, so many at a time."""
    seq = 0
    while part := list(events.filter(seq__gt=seq).order_by("seq")[:SLICE]):
        yield part
        seq = part[-1].number


def header(*, whole: bool) -> bytes:
    return _line({"kind": HEADER, "version": 1, "whole": whole})


def _seal_behind(event: AuditEvent) -> AuditSeal | None:
    return AuditSeal.objects.filter(sealed_seq__gte=event.number).order_by("sealed_seq", "id").first()


def _up_to(seal: AuditSeal, at: int) -> Iterator[bytes]:
    yield from _links(at, seal.sealed_seq)
    yield _line(witness.of_seal(seal).told())


def _links(after: int, last: int) -> Iterator[bytes]:
    """What stands between two events, without its facts. Of the first format only the hash is known so."""
    between = AuditEvent.objects.filter(seq__gt=after, seq__lte=last)
    for one in in_slices(between, "seq") if last > after else ():
        proof = {"digest": digest.of_facts(digest.facts_of(one))} if one.format == digest.FORMAT else {"hash": one.hash}
        yield _line({"kind": LINK, "seq": one.number, **proof})


def _line(told: dict[str, Any]) -> bytes:
    return json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"
