"""The result of an access review as one zip: JSON, CSV, a page to print, and its events with their proof."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from django.db.models import Q, QuerySet
from django.template.loader import render_to_string

from access.audit import export, verify_audit
from access.core.csv_cells import iso
from access.core.slices import in_slices
from access.evidence.access_reviews import told
from access.evidence.pack import archive, files
from access.models import AccessReview, AccessReviewRow, AuditEvent

ROWS: Final = (
    "target", "person", "account", "account_id", "kind", "since", "joined", "after_start", "state", "decided_by",
    "decided_at", "why", "settled_at", "result", "grant",
)  # fmt: skip


def stream(review: AccessReview, *, now: datetime) -> Iterator[bytes]:
    """One zip, part by part. Of a review that is closed it has the same bytes whenever it is made."""
    files.seal_behind(_events(review), now=now)
    return archive.stream(_files(review))


def line(row: AccessReviewRow) -> Sequence[object]:
    """One row as a line of a table with the columns of `ROWS`."""
    return tuple(_told(row).values())


def _files(review: AccessReview) -> Iterator[tuple[str, Iterable[bytes]]]:
    events = _events(review)
    yield "index.html", _page(review)
    yield "style.css", [render_to_string("evidence/pack/style.css").encode()]
    yield "review.json", [files.as_json(_review(review))]
    yield "rows.csv", files.table(ROWS, map(line, _rows(review)))
    yield "rows.jsonl", (files.as_line(_told(one)) for one in _rows(review))
    yield "events.jsonl", export.proven(events)
    yield "events.csv", files.events(events)
    yield "verify_audit.py", [Path(verify_audit.__file__).read_bytes()]


def _events(review: AccessReview) -> QuerySet[AuditEvent]:
    """The events of the review, and of the grants that it ended: how each ended, and both read-backs."""
    ended = review.rows.filter(grant__isnull=False, decided_at__isnull=False).exclude(state="kept")
    about = Q(subject=told.subject(review)) | Q(grant_ref__in=ended.values("grant__ref"), type__startswith="grant.")
    return AuditEvent.objects.filter(about, seq__isnull=False)


def _rows(review: AccessReview) -> Iterator[AccessReviewRow]:
    rows = review.rows.select_related("review", "target", "person", "decided_by", "finding", "grant")
    return in_slices(rows, "pk", size=500)


def _review(review: AccessReview) -> dict[str, Any]:
    return {
        **told.of_review(review), "reference": review.ref, "state": review.state, "started_at": review.started_at,
        "started_by": review.started_by.email if review.started_by else None, "closed_at": review.closed_at,
        "comment": review.comment,
        "closed_by": review.closed_by.email if review.closed_by else None, "counts": told.counts(review),
        # Our reading of which controls it supports; it satisfies none by itself.
        "supports": {"SOC 2": "CC6.2, CC6.3", "HIPAA": "164.308(a)(4)(ii)(C)", "HITRUST CSF": "01.e"},
    }  # fmt: skip


def _told(row: AccessReviewRow) -> dict[str, object]:
    finding, grant = row.finding, row.grant
    since = finding.first_seen_at if finding else grant.confirmed_at if grant else None
    return {
        "target": row.target.name, "person": row.person.called if row.person else "",
        "account": finding.email if finding else row.person.email if row.person else "",
        "account_id": row.account_id, "kind": finding.kind if finding else "temporary", "since": iso(since),
        "joined": iso(row.joined_at), "after_start": "yes" if row.joined_at > row.review.started_at else "no",
        "state": row.state, "decided_by": row.decided_by.email if row.decided_by else "",
        "decided_at": iso(row.decided_at), "why": row.why, "settled_at": iso(row.settled_at), "result": row.result,
        "grant": grant.ref if grant else "",
    }  # fmt: skip


def _page(review: AccessReview) -> Iterator[bytes]:
    """Row by row, so that all of them never stand in memory."""
    counts = [(row_state, count) for row_state, count in told.counts(review).items() if count]
    yield render_to_string("evidence/access_reviews/head.html", {"review": review, "counts": counts}).encode()
    for row in _rows(review):
        yield render_to_string("evidence/access_reviews/line.html", {"row": row}).encode()
    yield render_to_string("evidence/access_reviews/foot.html").encode()
