"""What a person chose to be told of. The defaults tell everything."""

from collections.abc import Collection

from django.db import transaction

from access.models import Channel, MutedTopic, Topic, User
from access.people.rules import check_may_change


def topics(user: User) -> list[Topic]:
    """What this person can choose. What admins must hear has no topic, and so no choice."""
    return [topic for topic in Topic if topic is not Topic.TROUBLE or user.is_admin]


def muted(user: User, *, channel: Channel) -> set[str]:
    return set(MutedTopic.objects.filter(user=user, channel=channel).values_list("topic", flat=True))


@transaction.atomic
def choose(user: User, *, channel: Channel, mute: Collection[str]) -> None:
    """Tell this person by this way of all their topics but these. A topic that is not theirs stays as it is.

    Raises NotAllowed for an auditor, who is told of the report of each month and has no choice.
    """
    check_may_change(user)
    offered = topics(user)
    own = MutedTopic.objects.filter(user=user, channel=channel, topic__in=offered)
    own.exclude(topic__in=mute).delete()
    rows = [MutedTopic(user=user, channel=channel, topic=topic) for topic in offered if topic in mute]
    MutedTopic.objects.bulk_create(rows, ignore_conflicts=True)
