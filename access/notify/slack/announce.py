"""Where a request is announced, and that its announcements have to change. Called where the log is read.

A post is a row before it is a message: it commits together with how far the log was read.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db.models import Q

from access.core.states import RequestState
from access.models import AccessRequest, Announcement, AuditEvent, SlackPost
from access.notify.slack import thread
from access.policy import approvers
from access.requests import escalate


def hear(event: AuditEvent, *, now: datetime) -> None:
    """Announce what was asked, and let every announcement look again that this event may change."""
    if not (event.request_ref or event.grant_ref):
        return
    if event.type == "request.asked":
        request = AccessRequest.objects.filter(ref=event.request_ref).select_related("flow", "requester").first()
        if request is not None:
            tell(request, position=0, now=now)
    elif event.type in ("request.approval", "request.passed_on"):
        _tell_new_approvers(event, now=now)
    about = Q(request__ref=event.request_ref) if event.request_ref else Q(request__grant__ref=event.grant_ref)
    SlackPost.objects.filter(about, failed_at=None).update(due_at=now)


def tell(request: AccessRequest, *, position: int, now: datetime) -> str:
    """Announce it in this place of its flow, or in the next one that leads anywhere; return which, or nothing.

    A flow that names no place tells each approver by direct message; so does one whose announcement should have been
    all that they are told, and which leads nowhere.
    """
    places = list(request.flow.announcements.all()) or [Announcement(kind=Announcement.Kind.PEOPLE)]
    for at, place in list(enumerate(places))[position:]:
        until = now + timedelta(seconds=place.timeout) if place.timeout else None
        rows = [_post(request, at, now=now, until=until, **where) for where in _destinations(request, place, now=now)]
        if rows:
            SlackPost.objects.bulk_create(rows, ignore_conflicts=True)
            return str(place)
    return _tell_each(request, len(places), now=now) if request.flow.announce_only else ""


def _tell_each(request: AccessRequest, position: int, *, now: datetime) -> str:
    """Tell those who can decide each on their own, unless that was done already."""
    told = set(request.slack_posts.filter(person__isnull=False).values_list("person", flat=True))
    place = Announcement(kind=Announcement.Kind.PEOPLE)
    rows = [_post(request, position, now=now, until=None, **where) for where in _destinations(request, place, now=now)]
    fresh = [one for one in rows if one.person_id not in told]
    SlackPost.objects.bulk_create(fresh, ignore_conflicts=True)
    return str(place) if fresh else ""


def _post(
    request: AccessRequest, position: int, *, now: datetime, until: datetime | None, **where: object
) -> SlackPost:
    remind_at = None if "person_id" in where else thread.next_reminder(request, now=now)
    return SlackPost(request=request, position=position, due_at=now, pass_on_at=until, remind_at=remind_at, **where)


def _destinations(request: AccessRequest, place: Announcement, *, now: datetime) -> Iterable[dict[str, object]]:
    if place.kind != Announcement.Kind.PEOPLE:
        channel = place.channel or request.asked_in
        is_told = request.slack_posts.filter(channel=channel).exists()
        return [{"channel": channel}] if channel and not is_told else []
    if request.state != RequestState.PENDING:
        return []
    return [{"person_id": one.id} for one in approvers.deciders(request, now=now)]


def _tell_new_approvers(event: AuditEvent, *, now: datetime) -> None:
    """Where approvers are told each on their own, tell those whose turn has come since."""
    rows = AccessRequest.objects.filter(ref=event.request_ref, state=RequestState.PENDING)
    request = rows.select_related("flow", "requester").first()
    if request is None:
        return
    post = thread.of_channel(request)
    if post is not None:
        # The channel has not answered: whom it is passed on to is told themselves.
        fresh = escalate.asked_by(request, event.data["after"], now=now) if event.type == "request.passed_on" else ()
    else:
        post = request.slack_posts.filter(person__isnull=False).first()
        fresh = approvers.deciders(request, now=now) if post else ()
    if post is not None:
        made = [SlackPost(request=request, position=post.position, person_id=one.id, due_at=now) for one in fresh]
        SlackPost.objects.bulk_create(made, ignore_conflicts=True)
