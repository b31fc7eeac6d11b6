"""Keep or remove what is in an access review: each row under a lock and in a transaction of its own."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from django.db import transaction
from django.db.models import F
from django.db.models.functions import Least
from django.utils.translation import gettext as _

from access.core.errors import Conflict, Invalid, Refusal
from access.core.states import EndReason, GrantState, RowState
from access.evidence import take_out
from access.evidence.access_reviews import told
from access.evidence.access_reviews.look import SOON, locked
from access.evidence.access_reviews.rules import check_can_decide
from access.grants import end_early, lifecycle
from access.models import AccessReview, AccessReviewRow, Grant, User
from access.policy.access_reviewers import Named

WHY_MAX: Final = 1000


class Verdict(StrEnum):
    KEEP = "keep"
    REMOVE = "remove"


@dataclass(frozen=True)
class Answered:
    """What came of one of them."""

    row: AccessReviewRow
    refusal: Refusal | None  # why it could not be decided; None: it was


def decide_each(
    rows: Collection[AccessReviewRow], *, verdict: Verdict, by: User, why: str, now: datetime
) -> list[Answered]:
    """Decide each as if it were alone: what somebody else decided first stops none of the others.

    Raises Invalid, with nothing decided, without a reason.
    """
    check_why(why)
    return [_answer(one, verdict, by=by, why=why.strip(), now=now) for one in sorted(rows, key=lambda one: one.pk)]


def check_why(why: str) -> None:
    if not why.strip():
        raise Invalid({"why": _("Say why you keep or remove it: that is what a review is for.")})
    if len(why.strip()) > WHY_MAX:
        raise Invalid({"why": _("Use at most %(count)d characters.") % {"count": WHY_MAX}})


def _answer(row: AccessReviewRow, verdict: Verdict, *, by: User, why: str, now: datetime) -> Answered:
    try:
        decide(row, verdict=verdict, by=by, why=why, now=now)
    except Refusal as refusal:
        return Answered(row, refusal)
    return Answered(row, None)


@transaction.atomic
def decide(row: AccessReviewRow, *, verdict: Verdict, by: User, why: str, now: datetime) -> None:
    """Keep one, or let the worker remove it: it is removed only once Aptible no longer lists it.

    Raises NotAllowed for their own and for others', Conflict when somebody was first, when it is gone, or when it is
    nothing that Usher ever takes out.
    """
    review = locked(AccessReview(pk=row.review_id))
    found = AccessReviewRow.objects.select_for_update(of=("self",))
    row = found.select_related("finding", "grant", "person", "target", "decided_by").get(pk=row.pk)
    row.review = review
    check_can_decide(row, by=by, named=Named(review, [row]))
    if verdict == Verdict.KEEP and row.state == RowState.LEFT_IN:
        raise Conflict(_("It was decided to remove it. Accept it as a finding, if it is right as it is."))
    to = RowState.KEPT if verdict == Verdict.KEEP else RowState.REMOVING
    if _is_over(row):
        raise Conflict(_("There is nothing to decide any more: it is gone."))
    if to is RowState.REMOVING:
        _remove(row, by=by, why=why, now=now)
        AccessReview.objects.filter(pk=review.pk).update(due_at=Least(F("due_at"), now + SOON))
    lifecycle.move_row(
        row, to, actor=by, now=now, data={**told.of_row(row), "comment": why},
        decided_at=now, decided_by=by, why=why, settled_at=None, result="",
    )  # fmt: skip


def _is_over(row: AccessReviewRow) -> bool:
    if row.finding:
        return row.finding.closed_at is not None
    return row.grant is not None and row.grant.state == GrantState.ENDED


def _remove(row: AccessReviewRow, *, by: User, why: str, now: datetime) -> None:
    if row.finding:
        take_out.decide_in_review(row.finding, review=row.review.ref, by=by, why=why, now=now)
        return
    grant = Grant.objects.select_for_update(of=("self",)).select_related("target", "person").get(reviewed_as=row)
    words = {"ref": row.review.ref, "why": why}
    comment = _("Access review %(ref)s: %(why)s") % words
    end_early.end_as(grant, actor=by, why=EndReason.REVOKED, now=now, comment=comment)
