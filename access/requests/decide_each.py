"""Give one answer to several requests, such as those that were asked together."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from access.core.errors import Refusal
from access.models import AccessRequest, Decision, User
from access.requests import decide


@dataclass(frozen=True)
class Answered:
    """What came of one of them."""

    request: AccessRequest
    refusal: Refusal | None  # why it could not be decided; None: it was


def decide_each(
    requests: Collection[AccessRequest],
    *,
    verdict: Decision.Verdict,
    by: User,
    comment: str,
    now: datetime,
    place: str = Decision.Place.WEB,
) -> list[Answered]:
    """Approve or deny each of them as if it were alone: under a lock and in a transaction of its own.

    What somebody else settled first, or what `by` may not decide, stops none of the others. Raises Invalid, with
    nothing decided, for denials without a comment.
    """
    if verdict == Decision.Verdict.DENY:
        decide.check_comment(comment)
    in_order = sorted(requests, key=lambda one: one.pk)
    return [_answer(one, verdict, by=by, comment=comment, now=now, place=place) for one in in_order]


def _answer(
    request: AccessRequest, verdict: Decision.Verdict, *, by: User, comment: str, now: datetime, place: str
) -> Answered:
    give = decide.approve if verdict == Decision.Verdict.APPROVE else decide.deny
    try:
        give(request=request, by=by, comment=comment, now=now, place=place)
    except Refusal as refusal:
        return Answered(request, refusal)
    return Answered(request, None)
