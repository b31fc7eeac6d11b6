"""Where a request is announced, and that its announcements have to change. Called where the log is read.

A post is a row before it is a message: it commits together with how far the log was read.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db.models import Q

from access.core.states import RequestState
from access.models import AccessRequest, Announcement, AuditEvent, SlackPost
from access.policy import approvers


def hear(event: AuditEvent, *, now: datetime) -> None:
    """Announce what was asked, and let every announcement look again that this event may change."""
    if not (event.request_ref or event.grant_ref):
        return
    if event.type == "request.asked":
        request = AccessRequest.objects.filter(ref=event.request_ref).select_related("flow", "requester").first()
        if request is not None:
            tell(request, position=0, now=now)
    elif event.type in ("request.approval", "request.passed_on"):
        _tell_new_approvers(event.request_ref, now=now)
    about = Q(request__ref=event.request_ref) if event.request_ref else Q(request__grant__ref=event.grant_ref)
    SlackPost.objects.filter(about, failed_at=None).update(due_at=now)


def tell(request: AccessRequest, *, position: int, now: datetime) -> str:
    """Announce it in this place of its flow, or in the next one that leads anywhere; return which, or nothing.

    A flow that names no place tells each approver by direct message.
    """
    places = list(request.flow.announcements.all()) or [Announcement(kind=Announcement.Kind.PEOPLE)]
    for at, place in list(enumerate(places))[position:]:
        until = now + timedelta(seconds=place.timeout) if place.timeout else None
        rows = [_post(request, at, now=now, until=until, **where) for where in _destinations(request, place, now=now)]
        if rows:
            SlackPost.objects.bulk_create(rows, ignore_conflicts=True)
            return str(place)
    return ""


def _post(
    request: AccessRequest, position: int, *, now: datetime, until: datetime | None, **where: object
) -> SlackPost:
    return SlackPost(request=request, position=position, due_at=now, pass_on_at=until, **where)


def _destinations(request: AccessRequest, place: Announcement, *, now: datetime) -> Iterable[dict[str, object]]:
    if place.kind != Announcement.Kind.PEOPLE:
        channel = place.channel or request.asked_in
        is_told = request.slack_posts.filter(channel=channel).exists()
        return [{"channel": channel}] if channel and not is_told else []
    if request.state != RequestState.PENDING:
        return []
    return [{"person_id": one.id} for one in approvers.deciders(request, now=now)]


def _tell_new_approvers(ref: str, *, now: datetime) -> None:
    """Where approvers are told each on their own, tell those whose turn has come since."""
    rows = AccessRequest.objects.filter(ref=ref, state=RequestState.PENDING, slack_posts__person__isnull=False)
    request = rows.select_related("flow", "requester").first()
    if request is None:
        return
    [position] = {one.position for one in request.slack_posts.filter(person__isnull=False)[:1]}
    able = approvers.deciders(request, now=now)
    fresh = [SlackPost(request=request, position=position, person_id=one.id, due_at=now) for one in able]
    SlackPost.objects.bulk_create(fresh, ignore_conflicts=True)
