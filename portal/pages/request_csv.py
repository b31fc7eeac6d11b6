"""Requests as a file: one line for each, with absolute times."""

from collections.abc import Iterator
from typing import Final

from django.db.models import QuerySet
from django.http import HttpRequest, StreamingHttpResponse
from django.utils import timezone

from access.core.slices import in_slices
from access.models import AccessRequest, Grant
from access.requests import lists
from portal import csv_file

COLUMNS: Final = (
    "reference", "state", "requester", "requester_email", "flow", "target", "duration_seconds", "approved_seconds",
    "reason", "ticket", "asked_at", "start_asked_for", "settled_at", "decided_by", "grant", "confirmed_at", "ends_at",
    "ended_at", "why_it_ended", "end_not_verified",
)  # fmt: skip


def response(name: str, found: QuerySet[AccessRequest]) -> StreamingHttpResponse:
    """A file of this name and day."""
    return csv_file.response(f"{name}-{timezone.now():%Y-%m-%d}", COLUMNS, _lines(lists.for_export(found)))


def address(request: HttpRequest) -> str:
    """The address of the same list as a file."""
    kept = request.GET.copy()
    for name in ("older", "newer", "page", "seen"):
        kept.pop(name, None)
    kept["format"] = "csv"
    return f"?{kept.urlencode()}"


def _lines(found: QuerySet[AccessRequest]) -> Iterator[list[object]]:
    moment = csv_file.moment
    for one in in_slices(found, "-pk", size=500):
        decided_by = "; ".join(f"{decision.by.email} ({decision.verdict})" for decision in one.decisions.all())
        yield [
            one.ref, lists.status_of(one), one.requester.name, one.requester.email, one.flow.name,
            one.target.name if one.target else "",
            one.seconds or "", one.approved_seconds or "", one.reason, one.ticket, moment(one.created_at),
            moment(one.starts_at), moment(one.settled_at), decided_by, *_of_grant(one.grant),
        ]  # fmt: skip


def _of_grant(grant: Grant | None) -> list[object]:
    if grant is None:
        return [""] * 6
    times = [csv_file.moment(value) for value in (grant.confirmed_at, grant.ends_at, grant.ended_at)]
    return [grant.ref, *times, grant.end_reason, "yes" if grant.not_verified else ""]
