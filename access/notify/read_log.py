"""Read the log, and write a message for each person who has to hear of an event.

An event commits with the change it tells of, and messages commit with how far the log was read. So a crash
anywhere loses none and writes none twice, and a change of access never waits for its messages, or fails with them.
"""

from collections.abc import Collection
from datetime import datetime
from typing import Final

from django.conf import settings
from django.db import transaction

from access.audit import actors, seal
from access.models import (
    AccessRequest,
    AuditEvent,
    Channel,
    Grant,
    LogReader,
    MutedTopic,
    Notification,
    User,
)
from access.notify.audience.table import OVER, RULES, notices
from access.notify.notice import Notice, Story
from access.notify.slack import announce, workspace

READER: Final = "notify"
BATCH: Final = 100  # events in one transaction


def channels() -> list[Channel]:
    """The ways by which people can be told. Without any, nothing is written."""
    ways = {Channel.EMAIL: settings.EMAIL_IS_SET, Channel.SLACK: workspace.is_set()}
    return [one for one, is_set in ways.items() if is_set]


@transaction.atomic
def read(*, now: datetime) -> None:
    """Write the messages that the next events call for."""
    seal.catch_up(now=now)
    LogReader.objects.get_or_create(name=READER)
    reader = LogReader.objects.select_for_update().get(name=READER)
    events = list(AuditEvent.objects.filter(seq__gt=reader.seq).order_by("seq")[:BATCH])
    ways = channels()
    for event in events:
        if event.type in RULES and ways:
            _tell(_story(event), ways, now=now)
        if Channel.SLACK in ways:
            announce.hear(event, now=now)
    if events:
        LogReader.objects.filter(name=READER).update(seq=events[-1].number)


def _story(event: AuditEvent) -> Story:
    grant = Grant.objects.select_related("person").filter(ref=event.grant_ref).first() if event.grant_ref else None
    actor = actors.persons([event]).get(event.pk)
    return Story(event=event, request=_request(event, grant), grant=grant, actor=actor)


def _request(event: AuditEvent, grant: Grant | None) -> AccessRequest | None:
    if event.request_ref:
        return AccessRequest.objects.filter(ref=event.request_ref).first()
    return AccessRequest.objects.filter(grant=grant).order_by("created_at", "pk").last() if grant else None


def _tell(story: Story, ways: Collection[Channel], *, now: datetime) -> None:
    written = notices(story)
    _take_back(story)
    for notice in written:
        people = User.objects.filter(pk__in=notice.people, is_active=True)
        for channel in [Channel.EMAIL] if notice.by_mail or notice.facts.get("address") else ways:
            muted = MutedTopic.objects.filter(channel=channel, topic=notice.topic)
            hearing = people.exclude(pk__in=muted.values("user")).order_by("pk")
            rows = [_row(notice, story, pk, channel, now=now) for pk in hearing.values_list("pk", flat=True)]
            Notification.objects.bulk_create(rows, ignore_conflicts=True)


def _row(notice: Notice, story: Story, person_id: int, channel: Channel, *, now: datetime) -> Notification:
    return Notification(
        recipient_id=person_id,
        channel=channel,
        kind=notice.kind,
        topic=notice.topic,
        key=notice.key,
        request=notice.request or story.request,
        grant=story.grant,
        facts=dict(notice.facts),
        created_at=now,
        due_at=notice.due_at,
    )


def _take_back(story: Story) -> None:
    kinds = OVER.get(story.event.type)
    if not kinds:
        return
    about = {"grant": story.grant} if story.event.type.startswith("grant.") else {"request": story.request}
    if not any(about.values()):
        return
    Notification.objects.filter(kind__in=kinds, due_at__isnull=False, attempts=0, **about).delete()
