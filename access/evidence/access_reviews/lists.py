"""Access reviews and their rows, as pages list them: each in a fixed number of queries."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from access.core.errors import NotAllowed
from access.core.states import RowState
from access.models import AccessReview, AccessReviewRow, User
from access.policy import access_reviewers
from access.policy.access_reviewers import Named

MINE, ALL = "mine", "all"
# What a list is narrowed to, beside the states.
STATES: Final[dict[str, str | Promise]] = {state.value: state.label for state in RowState}


@dataclass(frozen=True)
class Row:
    row: AccessReviewRow
    deciders: Sequence[User]  # whom the rule names; nobody where only admins can
    can_decide: bool
    is_own: bool


def of(person: User) -> QuerySet[AccessReview]:
    """Those that this person sees: all, or those in which something was or is for them to decide."""
    if person.reads_all:
        return AccessReview.objects.all()
    rows = AccessReviewRow.objects.filter(review=OuterRef("pk"))
    theirs = rows.filter(access_reviewers.theirs(person) | Q(decided_by=person))
    return AccessReview.objects.filter(Exists(theirs))


def for_list(person: User) -> QuerySet[AccessReview]:
    """The open ones first, what is due soonest on top, with how many rows are in each and how many are decided."""
    undecided = Count("rows", filter=Q(rows__state=RowState.WAITING))
    found = of(person).select_related("started_by", "group", "closed_by")
    return found.annotate(all=Count("rows"), undecided=undecided).order_by(
        F("closed_at").desc(nulls_first=True), "deadline", "-pk"
    )


def found(ref: str, *, by: User) -> AccessReview:
    """Find one by its reference. Raises AccessReview.DoesNotExist, also for whom it is none of their business."""
    return of(by).select_related("started_by", "group", "closed_by").get(ref=ref)


def rows_of(review: AccessReview, person: User, *, view: str, state: str = "", target: str = "", who: str = "") -> (
    QuerySet[AccessReviewRow]
):  # fmt: skip
    """The rows of one view: what waits for the reader, or all that they may see. By target, then as they joined."""
    rows = review.rows.select_related("review", "target", "person", "decided_by", "grant", "finding")
    if view == MINE:
        rows = rows.filter(access_reviewers.theirs(person), state=RowState.WAITING)
    elif not person.reads_all:
        rows = rows.filter(access_reviewers.theirs(person) | Q(decided_by=person))
    if state in STATES:
        rows = rows.filter(state=state)
    if target:
        rows = rows.filter(target__name=target)
    if who:
        named = Q(person__name__icontains=who) | Q(person__email__icontains=who) | Q(finding__email__icontains=who)
        rows = rows.filter(named)
    return rows.order_by("target__name", "pk")


def told(rows: Iterable[AccessReviewRow], review: AccessReview, *, reader: User) -> list[Row]:
    """Tell of each row who decides it, and whether the reader can."""
    rows = list(rows)
    named = Named(review, rows)
    return [_row(one, review, named, reader) for one in rows]


def _row(row: AccessReviewRow, review: AccessReview, named: Named, reader: User) -> Row:
    row.review = review
    open_to = row.state == RowState.WAITING or (row.state == RowState.LEFT_IN and reader.is_admin)
    can = review.is_open and open_to and named.may_decide(row, reader)
    return Row(row, named.of(row), can, named.is_own(row, reader))


def check_can_see_all(by: User) -> None:
    """Raise NotAllowed for anybody but admins and auditors."""
    if not by.reads_all:
        raise NotAllowed(_("Only admins and auditors see all of an access review."))
