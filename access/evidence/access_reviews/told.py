"""What the log and the messages tell of an access review."""

from collections import Counter
from typing import Any

from access.core.states import RowState
from access.models import AccessReview, AccessReviewRow


def subject(review: AccessReview) -> str:
    return f"access_review:{review.ref}"


def of_row(row: AccessReviewRow) -> dict[str, str]:
    """Which membership it is. Of somebody with an account here the name, and no address."""
    named = row.person.called if row.person else row.who
    return {"target": row.target.name, "who": named, "account_id": row.account_id}


def counts(review: AccessReview) -> dict[str, int]:
    """How many rows are in each state."""
    found = Counter(review.rows.values_list("state", flat=True))
    return {state.value: found[state.value] for state in RowState}


def of_review(review: AccessReview) -> dict[str, Any]:
    targets = [] if review.every_target else sorted(review.targets.values_list("name", flat=True))
    return {
        "title": review.title, "reviewers": review.reviewers, "group": review.group.name if review.group else "",
        "targets": targets, "every_target": review.every_target, "deadline": review.deadline.isoformat(),
    }  # fmt: skip
