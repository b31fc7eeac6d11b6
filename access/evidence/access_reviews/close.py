"""Close an access review: sign it off once everything is decided and done, or cancel it."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from access.core.errors import Conflict, Invalid
from access.core.states import AccessReviewState, RowState
from access.evidence.access_reviews import join, look, told
from access.evidence.access_reviews.rules import check_can_run, check_is_open
from access.grants import lifecycle
from access.models import AccessReview, User


def sign_off(review: AccessReview, *, by: User, comment: str, now: datetime) -> AccessReview:
    """Close it for good. Whoever has got in meanwhile is taken in before.

    Raises NotAllowed for anybody but an admin, Invalid without a word on it, Conflict while a row waits for a decision
    or is being removed, and when somebody has closed it.
    """
    check_can_run(by)
    if not comment.strip():
        raise Invalid({"comment": _("Say what the review has shown; it is kept with it.")})
    look.look(review, now=now)
    return _sign_off(review, by=by, comment=comment.strip(), now=now)


@transaction.atomic
def _sign_off(review: AccessReview, *, by: User, comment: str, now: datetime) -> AccessReview:
    review = look.locked(review)
    check_is_open(review)
    joined = join.new(review, now=now)
    counts = told.counts(review)
    if joined or counts[RowState.WAITING]:
        waiting = max(counts[RowState.WAITING], 1)
        text = ngettext("%(count)d row is not decided yet.", "%(count)d rows are not decided yet.", waiting)
        raise Conflict(text % {"count": waiting})
    if removing := counts[RowState.REMOVING]:
        text = ngettext(
            "%(count)d is still being removed: Aptible has not shown yet that it is gone.",
            "%(count)d are still being removed: Aptible has not shown yet that they are gone.", removing,
        )  # fmt: skip
        raise Conflict(text % {"count": removing})
    lifecycle.close_review(review, AccessReviewState.SIGNED_OFF, by=by, comment=comment, now=now, data=counts)
    return review


@transaction.atomic
def cancel(review: AccessReview, *, by: User, comment: str, now: datetime) -> AccessReview:
    """Give it up. What was decided stays decided, and a removal that was begun goes on.

    Raises NotAllowed for anybody but an admin, Invalid without a reason, Conflict when somebody has closed it.
    """
    check_can_run(by)
    if not comment.strip():
        raise Invalid({"comment": _("Say why it is cancelled; it is kept with it.")})
    review = look.locked(review)
    check_is_open(review)
    counts = told.counts(review)
    lifecycle.close_review(
        review, AccessReviewState.CANCELLED, by=by, comment=comment.strip(), now=now, data=counts
    )  # fmt: skip
    return review
