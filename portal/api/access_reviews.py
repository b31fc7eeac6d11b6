"""Access reviews: how far each is, and what was decided of whom. They are decided on the pages, by people."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

from django.db.models import Count
from django.http import Http404
from django.utils.translation import gettext as _
from ninja import Path, Query, Router
from pydantic import BaseModel

from access.core.errors import Invalid
from access.core.states import RowState
from access.evidence.access_reviews import lists
from access.models import AccessReview, AccessReviewRow, Scope
from portal import links
from portal.api import openapi, schemas
from portal.api.auth import ApiRequest, Bearer
from portal.api.fields import AccessReviewRef, Text
from portal.api.paging import Part, by_number, newest_first

router: Final = Router(tags=["Access reviews"])


class AccessReviewOut(BaseModel):
    """`targets` is empty where every target is in it. `rows` says how many there are in each state."""

    ref: str
    url: str
    title: str
    state: str
    reviewers: str
    group: str
    targets: list[str]
    every_target: bool
    started_at: datetime
    started_by: schemas.Person | None
    deadline: datetime
    closed_at: datetime | None
    closed_by: schemas.Person | None
    comment: str
    rows: dict[str, int]


class AccessReviewRowOut(BaseModel):
    """One member of one target. `grant` is what they hold it by; empty where nobody approved it here."""

    target: str
    person: schemas.Person | None
    account: str
    account_id: str
    grant: str
    state: str
    joined_at: datetime
    decided_at: datetime | None
    decided_by: schemas.Person | None
    why: str
    settled_at: datetime | None
    result: str


class AccessReviews(BaseModel):
    items: list[AccessReviewOut]
    next_cursor: str | None


class AccessReviewRows(BaseModel):
    items: list[AccessReviewRowOut]
    next_cursor: str | None


class Narrow(Part):
    """`state` is one of a row, such as waiting or removed; `target` a name."""

    state: Text = ""
    target: Text = ""


@router.get(
    "/access-reviews", auth=Bearer(Scope.READ), response=openapi.reading(AccessReviews),
    operation_id="list_access_reviews", summary="Access reviews that this person may see, the newest first",
)  # fmt: skip
def index(request: ApiRequest, part: Query[Part]) -> AccessReviews:
    rows = lists.of(request.user).select_related("started_by", "closed_by", "group").prefetch_related("targets")
    found, cursor = newest_first(rows, part)
    counts = _counts(found)
    return AccessReviews(items=[_review(one, counts.get(one.pk, {})) for one in found], next_cursor=cursor)


@router.get(
    "/access-reviews/{slug:ref}", auth=Bearer(Scope.READ), response=openapi.reading(AccessReviewOut, 404),
    operation_id="get_access_review", summary="One access review",
)  # fmt: skip
def show(request: ApiRequest, ref: Path[AccessReviewRef]) -> AccessReviewOut:
    found = _found(request, ref)
    return _review(found, _counts([found]).get(found.pk, {}))


@router.get(
    "/access-reviews/{slug:ref}/rows", auth=Bearer(Scope.READ), response=openapi.reading(AccessReviewRows, 404),
    operation_id="list_access_review_rows", summary="Its rows, as far as this person may see them",
)  # fmt: skip
def rows(request: ApiRequest, ref: Path[AccessReviewRef], narrow: Query[Narrow]) -> AccessReviewRows:
    if narrow.state and narrow.state not in RowState.values:
        known = ", ".join(RowState.values)
        raise Invalid({"state": _("There is no such state. There are: %(known)s.") % {"known": known}})
    review = _found(request, ref)
    seen = lists.rows_of(review, request.user, view=lists.ALL, state=narrow.state, target=narrow.target)
    part, cursor = by_number(seen, narrow)
    return AccessReviewRows(items=[_row(one) for one in part], next_cursor=cursor)


def _found(request: ApiRequest, ref: str) -> AccessReview:
    try:
        return lists.found(ref.upper(), by=request.user)
    except AccessReview.DoesNotExist:
        raise Http404 from None


def _counts(reviews: Sequence[AccessReview]) -> Mapping[int, dict[str, int]]:
    """How many rows of each are in which state: one query."""
    counted = AccessReviewRow.objects.filter(review__in=reviews).order_by("review", "state")
    found: dict[int, dict[str, int]] = {}
    for review, state, count in counted.values_list("review", "state").annotate(count=Count("pk")):
        found.setdefault(review, {})[state] = count
    return found


def _review(one: AccessReview, counts: Mapping[str, int]) -> AccessReviewOut:
    return AccessReviewOut(
        ref=one.ref, url=links.to_access_review(one), title=one.title, state=one.state, reviewers=one.reviewers,
        group=one.group.name if one.group else "", every_target=one.every_target,
        targets=sorted(target.name for target in one.targets.all()),
        started_at=one.started_at, started_by=schemas.person(one.started_by) if one.started_by else None,
        deadline=one.deadline, closed_at=one.closed_at, comment=one.comment,
        closed_by=schemas.person(one.closed_by) if one.closed_by else None,
        rows={state: counts.get(state, 0) for state in RowState.values},
    )  # fmt: skip


def _row(one: AccessReviewRow) -> AccessReviewRowOut:
    person = schemas.person(one.person) if one.person else None
    return AccessReviewRowOut(
        target=one.target.name, person=person, account_id=one.account_id,
        account=one.finding.email if one.finding else person.email if person else "",
        grant=one.grant.ref if one.grant else "", state=one.state, joined_at=one.joined_at,
        decided_at=one.decided_at, decided_by=schemas.person(one.decided_by) if one.decided_by else None,
        why=one.why, settled_at=one.settled_at, result=one.result,
    )  # fmt: skip
