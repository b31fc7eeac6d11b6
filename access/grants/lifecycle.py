"""The only writer of a state."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from enum import Enum
from typing import Any, Final, TypeVar

from django.db import transaction
from django.db.models import F, QuerySet
from django.utils.translation import gettext as _

from access.audit import log
from access.core.errors import Conflict
from access.core.states import (
    ACCESS_REVIEW_MOVES,
    GRANT_MOVES,
    REQUEST_MOVES,
    ROW_MOVES,
    AccessReviewState,
    GrantState,
    RequestState,
    RowState,
)
from access.grants import telemetry
from access.models import AccessRequest, AccessReview, AccessReviewRow, Grant, User

# How an extension without approval is told apart in the log.
FREE: Final = "free"
Row = TypeVar("Row", AccessRequest, Grant, AccessReview, AccessReviewRow)


def move_request(
    request: AccessRequest,
    to: RequestState,
    *,
    actor: log.Actor,
    now: datetime,
    data: Mapping[str, Any] | None = None,
    **changes: Any,
) -> None:
    """Settle the request and write the audit event, both or neither.

    Raises Conflict when the table forbids the move, or somebody was first.
    """
    old = RequestState(request.state)
    if to not in REQUEST_MOVES[old]:
        raise Conflict(_("Request %(ref)s is already %(state)s.") % _named(request))
    rows = AccessRequest.objects.filter(pk=request.pk, state=old)
    _change(
        request, rows, {"state": to, "due_at": None, "settled_at": now, **changes},
        lambda: log.append(
            f"request.{to.value}", actor=actor, now=now, request=request, grant=request.grant, data=data
        ),
    )  # fmt: skip


def advance(
    grant: Grant,
    to: GrantState,
    *,
    actor: log.Actor,
    now: datetime,
    due_at: datetime | None = None,
    data: Mapping[str, Any] | None = None,
    **changes: Any,
) -> None:
    """Move the grant to `to` and write the audit event, both or neither. An open grant is due at `due_at`, else now.

    Raises Conflict when the table forbids the move, or another process moved the grant first.
    """
    old = GrantState(grant.state)
    if to not in GRANT_MOVES[old]:
        raise Conflict(_("Grant %(ref)s is already %(state)s.") % _named(grant))
    changes["due_at"] = None if to is GrantState.ENDED else due_at or now
    rows = Grant.objects.filter(pk=grant.pk, state=old)

    def tell() -> None:
        log.append(f"grant.{to.value}", actor=actor, now=now, grant=grant, data={"from": old.value, **(data or {})})
        telemetry.moved(grant)

    _change(grant, rows, {"state": to, "attempts": 0, "last_error": "", **changes}, tell)


def advance_each(
    grants: Sequence[Grant], to: GrantState, *, actor: log.Actor, now: datetime,
    due_at: datetime | None = None, data: Mapping[str, Any] | None = None, **changes: Any,
) -> None:  # fmt: skip
    """Do as `advance` with locked grants, by one update and one insert however many they are, in one transaction.

    A change may be an `F` of another column. Raises Conflict, with nothing written, unless all of them can be moved.
    """
    if wrong := next((one for one in grants if to not in GRANT_MOVES[GrantState(one.state)]), None):
        raise Conflict(_("Grant %(ref)s is already %(state)s.") % _named(wrong))
    changes["due_at"] = None if to is GrantState.ENDED else due_at or now
    new = {"state": to, "attempts": 0, "last_error": "", **changes}
    rows = Grant.objects.filter(pk__in=[one.pk for one in grants], state__in={one.state for one in grants})
    with transaction.atomic(savepoint=False), log.together():
        if rows.update(**new) != len(grants):
            raise Conflict(_("Someone else has just changed some of it."))
        for grant in grants:
            old = grant.state
            _take_over(grant, new)
            log.append(f"grant.{to.value}", actor=actor, now=now, grant=grant, data={"from": old, **(data or {})})
            telemetry.moved(grant)


def extend(grant: Grant, *, seconds: int, request_ref: str, actor: log.Actor, now: datetime) -> None:
    """Let a grant that is granting or active end `seconds` from now at the earliest; never sooner than it did.

    A grant that is not confirmed yet gets the longer of both durations, since its clock has not started.
    Raises Conflict when the grant has begun to end.
    """
    changes = _extension(grant, seconds=seconds, now=now)
    rows = Grant.objects.filter(pk=grant.pk, state=grant.state, ends_at=grant.ends_at, seconds=grant.seconds)

    def tell() -> None:
        ends_at = grant.ends_at and grant.ends_at.isoformat()
        data = {"by_request": request_ref, "seconds": grant.seconds, "ends_at": ends_at}
        log.append("grant.extended", actor=actor, now=now, grant=grant, data=data)

    _change(grant, rows, changes, tell)


def extend_freely(grant: Grant, *, seconds: int, actor: log.Actor, now: datetime) -> None:
    """Let an active grant end `seconds` later than it would, without approval, and remember that it was done.

    Raises Conflict when it has begun to end, or somebody changed it or extended it so at the same time.
    """
    rows = Grant.objects.filter(pk=grant.pk, state=GrantState.ACTIVE, ends_at=grant.ends_at, free_extension_at=None)
    if grant.ends_at is None:
        raise Conflict(_("Grant %(ref)s is already %(state)s.") % _named(grant))
    was, ends_at = grant.ends_at, grant.ends_at + timedelta(seconds=seconds)
    changes = {"ends_at": ends_at, "due_at": ends_at, "free_extension_at": now, "free_extension_seconds": seconds}
    data = {"path": FREE, "seconds": seconds, "was": was.isoformat(), "ends_at": ends_at.isoformat()}
    _change(
        grant, rows, changes, lambda: log.append("grant.extended", actor=actor, now=now, grant=grant, data=data)
    )  # fmt: skip


def close_review(
    review: AccessReview, to: AccessReviewState, *, by: User, comment: str, now: datetime, data: Mapping[str, Any]
) -> None:
    """Close an access review and write the audit event, both or neither. Raises Conflict when somebody was first."""
    old = AccessReviewState(review.state)
    if to not in ACCESS_REVIEW_MOVES[old]:
        raise Conflict(_("This access review is closed already."))
    closed = {"closed_at": now, "closed_by": by, "comment": comment, "due_at": None, "tell_at": None}
    told = {**data, "comment": comment}
    _change(
        review, AccessReview.objects.filter(pk=review.pk, state=old), {"state": to, **closed},
        lambda: log.append(
            f"access_review.{to.value}", actor=by, now=now, subject=f"access_review:{review.ref}", data=told
        ),
    )  # fmt: skip


def move_row(
    row: AccessReviewRow, to: RowState, *, actor: log.Actor, now: datetime, data: Mapping[str, Any], **changes: Any
) -> None:
    """Say what became of one membership in an access review, and write the audit event, both or neither.

    Raises Conflict when the table forbids the move, or somebody was first.
    """
    old = RowState(row.state)
    if to not in ROW_MOVES[old]:
        raise Conflict(_("This is decided already: %(state)s.") % {"state": row.get_state_display().lower()})
    _change(
        row, AccessReviewRow.objects.filter(pk=row.pk, state=old), {"state": to, **changes},
        lambda: log.append(
            f"access_review.{to.value}", actor=actor, now=now, grant=row.grant, concerns=row.person_id,
            subject=f"access_review:{row.review.ref}", data=data,
        ),
    )  # fmt: skip


def _extension(grant: Grant, *, seconds: int, now: datetime) -> dict[str, Any]:
    if grant.state == GrantState.GRANTING:
        return {"seconds": max(grant.seconds, seconds)}
    if grant.state == GrantState.ACTIVE and grant.ends_at and grant.confirmed_at:
        ends_at = max(grant.ends_at, now + timedelta(seconds=seconds))
        return {"ends_at": ends_at, "due_at": ends_at}
    raise Conflict(_("Grant %(ref)s is already %(state)s.") % _named(grant))


def _change(row: Row, rows: QuerySet[Row], changes: Mapping[str, Any], tell: Callable[[], object]) -> None:
    """Compare and set, and `tell` in the same transaction. The row in hand is then what the database has.

    Nothing is written where somebody was first, so Conflict leaves the caller's transaction as it was; whatever else
    is raised ends it. So no savepoint is needed.
    """
    with transaction.atomic(savepoint=False):
        was_first = rows.update(**changes) == 1
        if was_first:
            _take_over(row, changes)
            tell()
    if not was_first:
        raise Conflict(_("Someone else has just changed %(ref)s.") % {"ref": row})


def _take_over(row: Row, changes: Mapping[str, Any]) -> None:
    """Write on the row in hand what was written into the database."""
    for name, value in changes.items():
        plain = value.value if isinstance(value, Enum) else value
        setattr(row, name, getattr(row, value.name) if isinstance(value, F) else plain)  # type: ignore[attr-defined]


def _named(row: AccessRequest | Grant) -> dict[str, str]:
    return {"ref": row.ref, "state": row.get_state_display().lower()}
