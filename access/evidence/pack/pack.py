"""Put together what proves some requests, and stream it: JSON, CSV, a page to print, events with their proof."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Final

from django.db.models import Q, QuerySet
from django.template.loader import render_to_string
from django.utils.translation import gettext as _

from access.audit import anchors, export, verify_audit, witness
from access.core import few
from access.core.csv_cells import iso
from access.core.slices import in_slices
from access.evidence.pack import archive, at_aptible, files, parts, printed, signatures
from access.models import AccessRequest, AuditEvent

# These add their parts.
_ADDED: Final = (signatures, at_aptible)
REQUESTS: Final = (
    "reference", "state", "requester", "flow", "target", "seconds", "reason", "ticket", "asked_at", "settled_at",
    "decided_by", "grant", "account_id", "confirmed_at", "ended_at", "end_reason",
)  # fmt: skip


def of_request(ref: str) -> QuerySet[AccessRequest]:
    return _rows().filter(ref=ref)


def of(
    *, person: str = "", target: str = "", since: datetime | None = None, until: datetime | None = None
) -> QuerySet[AccessRequest]:
    """The requests of a person by e-mail, for a target, or asked within a time; all that is named has to fit."""
    found = _rows()
    if person:
        found = found.filter(requester__email__iexact=person)
    if target:
        found = found.filter(target__name=target)
    if since:
        found = found.filter(created_at__gte=since)
    return found.filter(created_at__lt=until) if until else found


def stream(requests: QuerySet[AccessRequest], *, now: datetime) -> Iterator[bytes]:
    """One zip, part by part. What has committed is sealed before, so that every event is proven."""
    events = _events(requests)
    files.seal_behind(events, now=now)
    return archive.stream(_files(requests, events, now=now))


def _rows() -> QuerySet[AccessRequest]:
    return AccessRequest.objects.select_related("requester", "flow", "target__integration", "grant").order_by("pk")


def _events(requests: QuerySet[AccessRequest]) -> QuerySet[AuditEvent]:
    """Their events, of the grants behind them that belong to no other request, and of the passkeys that signed them."""
    refs = few.named(requests.values_list("ref", flat=True))
    grants = few.named(requests.filter(grant__isnull=False).values_list("grant__ref", flat=True))
    about = Q(request_ref__in=refs) | Q(grant_ref__in=grants, request_ref="")
    own = AuditEvent.objects.filter(about | signatures.events(requests))
    return own.filter(seq__isnull=False)


def _files(
    requests: QuerySet[AccessRequest], events: QuerySet[AuditEvent], *, now: datetime
) -> Iterator[tuple[str, Iterable[bytes]]]:
    with printed.Page() as page:
        for request in in_slices(requests, "pk", size=500):
            told = parts.told(request, now=now)
            page.add(request, told)
            yield f"requests/{request.ref}.json", [files.as_json(told)]
        yield from page.files()
    yield "style.css", [render_to_string("evidence/pack/style.css").encode()]
    yield "requests.csv", files.table(REQUESTS, map(_line, in_slices(requests, "pk", size=500)))
    yield "events.jsonl", export.proven(events)
    yield "events.csv", files.events(events)
    yield from _anchor(events)
    yield "controls.csv", files.table(("part", "SOC 2", "HIPAA", "HITRUST CSF", "note"), _controls())
    yield "verify_audit.py", [Path(verify_audit.__file__).read_bytes()]


def _anchor(events: QuerySet[AuditEvent]) -> Iterator[tuple[str, Iterable[bytes]]]:
    """The first signed end of the log behind these events, as it is kept outside: to be held against what is there."""
    if found := export.seal_behind(events):
        anchor = witness.of_seal(found)
        yield f"anchors/{anchors.name_of(anchor)}", [anchors.body_of(anchor)]


def _controls() -> Iterator[Sequence[object]]:
    note = _("Our reading of which controls this part supports; it satisfies none by itself.")
    return ((str(one.title), one.soc2, one.hipaa, one.hitrust, note) for one in parts.every())


def _line(request: AccessRequest) -> Sequence[object]:
    grant = request.grant
    decided = "; ".join(
        f"{one.by.email} ({one.verdict})" for one in request.decisions.select_related("by").order_by("pk")
    )
    return (
        request.ref, request.state, request.requester.email, request.flow.name,
        request.target.name if request.target else "", request.seconds or "", request.reason, request.ticket,
        iso(request.created_at), iso(request.settled_at), decided, grant.ref if grant else "", request.account_id,
        iso(grant.confirmed_at if grant else None), iso(grant.ended_at if grant else None),
        grant.end_reason if grant else "",
    )  # fmt: skip
