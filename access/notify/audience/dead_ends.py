"""Who is told of what was asked for and can't be had: nobody can approve it, or it was approved and did not begin."""

from collections.abc import Iterable

from access.models import Decision, Kind, Topic, User
from access.notify.notice import Notice, Story
from access.policy import approvers


def stuck(story: Story) -> list[Notice]:
    """Tell the admins and whoever waits that it can't be approved any more; its approvers where it is barred."""
    request = story.request
    if request is None:
        return []
    admins = _admins() - {request.requester_id}
    able = approvers.deciders(request, now=story.event.at) if story.event.data.get("barred") else ()
    deciders = {one.id for one in able} - admins - {request.requester_id}
    return [
        *_now(Kind.STUCK, admins, Topic.TROUBLE, story),
        *_now(Kind.STUCK, deciders, Topic.REVIEW, story),
        *_now(Kind.STUCK, [request.requester_id], Topic.OWN, story),
    ]


def not_begun(story: Story) -> list[Notice]:
    """Tell everyone concerned why approved access didn't begin: its holder, who approved it, and the admins."""
    grant = story.grant
    if grant is None or not story.event.data.get("not_begun"):
        return []
    yes = Decision.objects.filter(request__grant=grant, verdict=Decision.Verdict.APPROVE)
    people = {*yes.values_list("by", flat=True), *_admins()} - {grant.person_id}
    return [
        *_now(Kind.NOT_BEGUN, [grant.person_id], Topic.OWN, story),
        *_now(Kind.NOT_BEGUN, people, Topic.REVIEW, story),
    ]


def _now(kind: Kind, people: Iterable[int], topic: str, story: Story) -> list[Notice]:
    told, key = sorted(set(people)), f"{kind}:{story.event.seq}"
    return [Notice(kind, told, topic, story.event.at, key, story.facts)] if told else []


def _admins() -> set[int]:
    return set(User.objects.filter(is_active=True, is_superuser=True).values_list("pk", flat=True))
