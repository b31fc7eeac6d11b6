"""What is done about an access review when it is due, after each sync, and before it is signed off."""

from datetime import datetime, timedelta
from itertools import chain, count
from typing import Any, Final

from django.db import transaction
from django.db.models import Q, QuerySet

from access.audit import log
from access.core.states import UNSETTLED, RowState
from access.evidence.access_reviews import join, told
from access.models import AccessReview, Integration

# While something is being removed; and when nothing is, as new access may begin between two syncs.
SOON: Final = timedelta(seconds=5)
LATER: Final = timedelta(hours=1)
DAY: Final = timedelta(days=1)


def due(now: datetime) -> QuerySet[Any, int]:
    return AccessReview.objects.filter(due_at__lte=now).order_by("due_at").values_list("pk", flat=True)


@transaction.atomic
def look(review: AccessReview, *, now: datetime) -> AccessReview:
    """Take in who is new, write down what came of each row, and tell people if it is time. Returns it as it is then."""
    review = locked(review)
    if not review.is_open:
        return review
    joined = join.new(review, now=now)
    with log.together():
        join.say_joined(review, joined, now=now)
    join.settle(review, now=now)
    counts = told.counts(review)
    _tell_if_time(review, counts, now=now)
    _note_ready(review, counts, now=now)
    pause = SOON if counts[RowState.REMOVING] else LATER
    _write(review, due_at=min(now + pause, review.tell_at or now + pause))
    return review


def after_sync(integration: Integration, *, now: datetime) -> None:
    """Do so with every open review in which a target of this integration can be."""
    chosen = AccessReview.objects.filter(targets__integration=integration).values("pk")
    of_it = Q(every_target=True) | Q(pk__in=chosen)
    for review in AccessReview.objects.filter(of_it, due_at__isnull=False).order_by("pk"):
        look(review, now=now)


def next_told(started_at: datetime, deadline: datetime, *, after: datetime) -> datetime:
    """When people are told next: at half of the time, a day before it is due, when it is due, and then each day."""
    before = (started_at + (deadline - started_at) / 2, deadline - DAY)
    late = (deadline + day * DAY for day in count())
    return next(one for one in chain(sorted(before), late) if one > after)


def locked(review: AccessReview) -> AccessReview:
    rows = AccessReview.objects.select_for_update(of=("self",)).select_related("group", "closed_by")
    return rows.get(pk=review.pk)


def _tell_if_time(review: AccessReview, counts: dict[str, int], *, now: datetime) -> None:
    if review.tell_at is None or review.tell_at > now:
        return
    if counts[RowState.WAITING]:
        type_ = "access_review.reminded" if now < review.deadline else "access_review.escalated"
        data = {"deadline": review.deadline.isoformat(), "waiting": counts[RowState.WAITING]}
        log.append(type_, actor=log.SYSTEM, now=now, subject=told.subject(review), data=data)
    _write(review, tell_at=next_told(review.started_at, review.deadline, after=now))


def _note_ready(review: AccessReview, counts: dict[str, int], *, now: datetime) -> None:
    is_ready = not any(counts[state] for state in UNSETTLED)
    if is_ready and review.ready_at is None:
        log.append("access_review.ready", actor=log.SYSTEM, now=now, subject=told.subject(review), data=counts)
        _write(review, ready_at=now)
    elif not is_ready and review.ready_at:
        _write(review, ready_at=None)


def _write(review: AccessReview, **changes: Any) -> None:
    AccessReview.objects.filter(pk=review.pk).update(**changes)
    for name, value in changes.items():
        setattr(review, name, value)
