"""Who hears of a comment on a request: whoever asked, everybody who was asked or wrote before, and not its writer."""

from access.models import AuditEvent, Kind, Notification, Topic
from access.notify.notice import Notice, Story

WHO_IS_ASKED = (Kind.ASKED, Kind.REMINDER, Kind.BREAK_GLASS)


def told(story: Story) -> list[Notice]:
    request, writer = story.request, story.actor.pk if story.actor else None
    if request is None:
        return []
    asked = Notification.objects.filter(request=request, kind__in=WHO_IS_ASKED).values_list("recipient", flat=True)
    wrote = AuditEvent.objects.filter(request_ref=request.ref, type=story.event.type).values_list("actor_id", flat=True)
    approvers = {*asked, *(one for one in wrote if one)} - {writer, request.requester_id}
    owner = {request.requester_id} - {writer}
    return [
        Notice(Kind.COMMENT, sorted(people), topic, story.event.at, f"{Kind.COMMENT}:{story.event.number}", story.facts)
        for people, topic in ((approvers, Topic.REVIEW), (owner, Topic.OWN))
        if people
    ]
