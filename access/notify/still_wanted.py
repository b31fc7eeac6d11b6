"""Whether a message that is due is still true, and still wanted."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Final

from django.db.models import Q
from django.utils.dateparse import parse_datetime

from access.core.errors import allowed
from access.core.states import GrantState, RequestState, RowState
from access.models import (
    AccessRequest,
    AccessReview,
    Channel,
    Kind,
    MutedTopic,
    Notification,
    SlackPost,
    User,
)
from access.people import invitations, tokens
from access.policy import access_reviewers, approvers
from access.requests import break_glass_reviews
from access.requests.rules import check_can_decide


def is_called_for(notification: Notification, *, now: datetime) -> bool:
    """Whether this person should be told this now: they are active, want it, and it is still so."""
    check = _CHECKS.get(Kind(notification.kind))
    person = notification.recipient
    if not person.is_active or _is_muted(notification) or _is_announced(notification):
        return False
    if is_left_to_channel(notification):
        return False
    if is_told_with_another(notification):
        return False
    return not check or check(notification, now)


def _is_announced(notification: Notification) -> bool:
    """Whether the announcement itself, with its buttons, asks this person in the same place."""
    if (notification.channel, notification.kind) != (Channel.SLACK, Kind.ASKED):
        return False
    posts = SlackPost.objects.filter(request=notification.request, person=notification.recipient, failed_at=None)
    return posts.exists()


def is_left_to_channel(notification: Notification) -> bool:
    """Whether the announcement in a channel asks and reminds this person, and all the others, by itself.

    Whoever decides for somebody else, or was asked by an escalation, may not be in that channel.
    """
    request = notification.request
    if notification.channel != Channel.SLACK or notification.kind not in (Kind.ASKED, Kind.REMINDER) or request is None:
        return False
    if not request.flow.announce_only or notification.facts.get("away"):
        return False
    live = SlackPost.objects.filter(request=request, failed_at=None)
    return live.filter(person=None).exists() and not live.filter(person=notification.recipient).exists()


def is_told_with_another(notification: Notification) -> bool:
    """Whether another message asks for this, or reminds of it, together with what was asked with the same form."""
    request = notification.request
    if request is None or request.batch is None:
        return False
    alike = _of_same_turn(notification)
    if alike is None:
        return False
    same = Notification.objects.filter(
        alike, recipient=notification.recipient, channel=notification.channel, kind=notification.kind,
        given_up_at=None, request__batch=request.batch,
    )  # fmt: skip
    return same.filter(pk__lt=notification.pk).exists()


def _of_same_turn(notification: Notification) -> Q | None:
    """What else of the batch is told in the same stage, and as the same reminder; None where it is told by itself."""
    if notification.kind == Kind.ASKED:
        return Q(facts__stage=notification.facts.get("stage"))
    ref = notification.request.ref if notification.request else ""
    _kind, named, turn = notification.key.partition(f":{ref}:")
    return Q(key__endswith=f":{turn}") if notification.kind == Kind.REMINDER and named else None


def _is_muted(notification: Notification) -> bool:
    about = MutedTopic.objects.filter(user=notification.recipient, channel=notification.channel)
    return bool(notification.topic) and about.filter(topic=notification.topic).exists()


def _can_decide(notification: Notification, now: datetime) -> bool:
    request = notification.request
    return request is not None and _may_decide(request, notification.recipient, now)


def _can_decide_one(notification: Notification, now: datetime) -> bool:
    """Whether this person can decide it, or what was asked with the same form and is told of here, too."""
    request = notification.request
    if request is None or request.batch is None:
        return _can_decide(notification, now)
    together = AccessRequest.objects.filter(batch=request.batch, state=RequestState.PENDING)
    return any(_may_decide(one, notification.recipient, now) for one in together)


def _may_decide(request: AccessRequest, person: User, now: datetime) -> bool:
    given, circle = approvers.standing(request, now=now)
    issuers = tokens.issuers([person, request.requester])
    return allowed(check_can_decide, request, by=person, given=given, circle=circle, issuers=issuers, now=now)


def _can_sign_off(notification: Notification, now: datetime) -> bool:
    review = break_glass_reviews.of_request(notification.request) if notification.request else None
    rows = break_glass_reviews.rows([review] if review else [], reader=notification.recipient, now=now)
    return any(not one.why_not for one in rows)


def _is_held(notification: Notification, _now: datetime) -> bool:
    return notification.grant is not None and notification.grant.state == GrantState.ACTIVE


def _ends_then(notification: Notification, now: datetime) -> bool:
    grant = notification.grant
    if grant is None or grant.ends_at is None or grant.state != GrantState.ACTIVE:
        return False
    return now < grant.ends_at == parse_datetime(notification.facts["ends_at"])


def _does_not_begin(notification: Notification, _now: datetime) -> bool:
    grant = notification.grant
    return grant is not None and grant.state == GrantState.GRANTING and bool(grant.last_error)


def _is_overdue(notification: Notification, now: datetime) -> bool:
    return notification.grant is not None and notification.grant.is_overdue(now)


def _is_invited(notification: Notification, _now: datetime) -> bool:
    return invitations.waits(notification.recipient)


def _has_rows(notification: Notification, _now: datetime) -> bool:
    rows = access_reviewers.waiting(notification.recipient)
    return rows.filter(review__ref=notification.facts.get("review", "")).exists()


def _is_late(notification: Notification, now: datetime) -> bool:
    reviews = AccessReview.objects.filter(ref=notification.facts.get("review", ""), due_at__isnull=False)
    return reviews.filter(deadline__lte=now, rows__state=RowState.WAITING).exists()


# What is told is otherwise over and done with, and stays true.
_CHECKS: Final[Mapping[Kind, Callable[[Notification, datetime], bool]]] = {
    Kind.ASKED: _can_decide_one,
    Kind.INVITED: _is_invited,
    Kind.REMINDER: _can_decide_one,
    Kind.TO_REVIEW: _can_sign_off,
    Kind.REVIEW_OVERDUE: _can_sign_off,
    Kind.ACTIVE: _is_held,
    Kind.EXTENDED: _ends_then,
    Kind.ENDS_SOON: _ends_then,
    Kind.TROUBLE: _does_not_begin,
    Kind.OVERDUE: _is_overdue,
    Kind.ACCESS_REVIEW: _has_rows,
    Kind.ACCESS_REVIEW_LATE: _is_late,
}
