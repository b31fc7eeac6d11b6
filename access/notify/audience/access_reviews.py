"""Who is told of an access review: those who decide its rows, and the admins who sign it off."""

from collections.abc import Collection
from typing import Final

from access.core.states import RowState
from access.models import AccessReview, Kind, Topic, User
from access.notify.notice import Notice, Story
from access.policy.access_reviewers import Named


def to_decide(story: Story) -> list[Notice]:
    """Tell whoever has a row to decide, once a day for a review; the admins where the rule names nobody."""
    return _to_reviewers(story, Topic.REVIEW)


def reminded(story: Story) -> list[Notice]:
    return _to_reviewers(story, Topic.REMINDERS)


def escalated(story: Story) -> list[Notice]:
    """Tell those who let it wait, and every admin: they can decide in their place."""
    review = _review(story)
    admins = _admins()
    late = [_notice(Kind.ACCESS_REVIEW_LATE, admins, "", story, review)] if review else []
    return [*late, *_to_reviewers(story, Topic.REMINDERS, without=admins)]


def ready(story: Story) -> list[Notice]:
    """Tell the admins that it can be signed off."""
    review = _review(story)
    return [_notice(Kind.ACCESS_REVIEW_DONE, _admins(), "", story, review, outcome="ready")] if review else []


def closed(story: Story) -> list[Notice]:
    """Tell the other admins and the auditors."""
    review = _review(story)
    if review is None:
        return []
    auditors = User.objects.filter(is_active=True, is_auditor=True).values_list("pk", flat=True)
    people = {*_admins(), *auditors} - {story.actor.pk if story.actor else None}
    outcome = story.event.type.partition(".")[2]
    return [_notice(Kind.ACCESS_REVIEW_DONE, people, "", story, review, outcome=outcome)]


def _to_reviewers(story: Story, topic: str, *, without: Collection[int] = ()) -> list[Notice]:
    review = _review(story)
    if review is None or not review.is_open:
        return []
    rows = list(review.rows.filter(state=RowState.WAITING).select_related("person", "finding", "grant"))
    named = Named(review, rows)
    people: set[int] = set()
    for row in rows:
        deciders = named.of(row) or [one for one in named.admins if named.may_decide(row, one)]
        people |= {one.pk for one in deciders}
    return [_notice(Kind.ACCESS_REVIEW, people - set(without), topic, story, review)]


def _notice(
    kind: Kind, people: Collection[int], topic: str, story: Story, review: AccessReview, **more: str
) -> Notice:  # fmt: skip
    of_day = f"{story.event.at:%Y%m%d}" if kind == Kind.ACCESS_REVIEW else str(story.event.seq)
    facts = {**story.facts, "review": review.ref, **more}
    return Notice(kind, sorted(people), topic, story.event.at, f"{kind}:{review.ref}:{of_day}", facts)


def _review(story: Story) -> AccessReview | None:
    ref = story.event.subject.partition(":")[2]
    return AccessReview.objects.select_related("group").filter(ref=ref).first()


def _admins() -> set[int]:
    return set(User.objects.filter(is_active=True, is_superuser=True).values_list("pk", flat=True))


RULES: Final = {
    "access_review.started": to_decide,
    "access_review.joined": to_decide,
    "access_review.reminded": reminded,
    "access_review.escalated": escalated,
    "access_review.ready": ready,
    "access_review.signed_off": closed,
    "access_review.cancelled": closed,
}
