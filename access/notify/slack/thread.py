"""What is told in the thread of an announcement: what people say about the request, and what its channel has to hear.

Each line is written once: after a try whose answer was lost it is looked for first.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from access.audit import actors
from access.core.states import RequestState
from access.models import AccessRequest, AuditEvent, SlackPost
from access.notify import reminders
from access.notify.slack import card
from access.notify.slack.workspace import Workspace
from access.policy import approvers
from integrations.slack import messages, rich_text
from integrations.slack.messages import Place

SKEW: Final = 300.0  # seconds by which Slack's clock and ours may differ
# A pass writes so many, well within its lease; the rest follow at once.
MOST: Final = 5
_SAID: Final = ("request.comment",)
# Told where the channel stands for a message to each who decides.
_OF_ALL: Final = ("request.reminded", "request.passed_on", "request.approval")

Line = tuple[str, Sequence[rich_text.Element], bool]  # in one line, in full, and whether the whole channel is told


def id_of(post: SlackPost) -> str:
    """By what a message of this post is found again."""
    return f"{post.request.ref}-{post.pk}"


def place_of(post: SlackPost) -> Place:
    return Place(post.channel, post.ts)


def since(post: SlackPost) -> float:
    """Since when a message may be there that nobody recorded, in seconds since 1970."""
    return post.tried_at.timestamp() - SKEW if post.tried_at else 0.0


def events(post: SlackPost) -> QuerySet[AuditEvent]:
    """What its thread has not been told, in order. Only a channel has such a thread."""
    if post.person_id is not None:
        return AuditEvent.objects.none()
    types = (*_SAID, *_OF_ALL) if post.request.flow.announce_only else _SAID
    about = AuditEvent.objects.filter(request_ref=post.request.ref, type__in=types, seq__gt=post.told_to)
    return about.order_by("seq")


def tell(post: SlackPost, event: AuditEvent, *, workspace: Workspace, now: datetime) -> None:
    """Write of one event below the announcement, if there is anything to say. Raises ProviderError."""
    line = _of_event(post.request, event, now=now)
    if line:
        write(post, f"e{event.number}", line, workspace=workspace)


def remind(post: SlackPost, *, workspace: Workspace, now: datetime) -> datetime | None:
    """Remind the channel, and say when it is to be reminded next. Raises ProviderError.

    What was asked with the same form and waits for the same people is reminded of together, below the first of it.
    """
    at = post.remind_at
    if at is None:
        return None
    if post.request.flow.announce_only:
        together = _asked_together(post)
        if post.pk == together[0].pk:
            line = _still_waiting([one.request for one in together], now=now)
            write(post, f"r{at:%Y%m%d%H%M%S}", line, workspace=workspace)
    return next_reminder(post.request, now=now)


def _asked_together(post: SlackPost) -> list[SlackPost]:
    """The announcements in this channel of what was asked with the same form and is at the same stage, in order."""
    if post.request.batch is None:
        return [post]
    rows = SlackPost.objects.filter(
        channel=post.channel, person=None, failed_at=None, request__batch=post.request.batch,
        request__state=RequestState.PENDING,
    ).exclude(ts="")  # fmt: skip
    stage = approvers.stage_of(post.request)
    found = rows.select_related("request__flow", "request__requester", "request__target").order_by("request", "pk")
    return [one for one in found if approvers.stage_of(one.request) == stage] or [post]


def _still_waiting(requests: Sequence[AccessRequest], *, now: datetime) -> Line:
    first, *others = requests
    if not others:
        return _plain(_("%(request)s still waits for a decision of: %(people)s."), first, now=now)
    words = _("%(request)s, %(others)s still wait for a decision of: %(people)s.")
    said, parts, to_all = _plain(words, first, now=now, others=", ".join(one.ref for one in others))
    links = [part for one in others for part in (rich_text.text(" "), rich_text.link(card.address(one), one.ref))]
    return said, [*parts, rich_text.section(*links)], to_all


def next_reminder(request: AccessRequest, *, now: datetime) -> datetime | None:
    """When a channel that stands for a message to each is reminded; None where it is not, or it is settled."""
    if not request.flow.announce_only:
        return None
    following = reminders.first(request, stage=0, since=request.created_at, now=now)
    return following.at if following else None


def settled(post: SlackPost, *, workspace: Workspace) -> None:
    """Tell those who were asked that there is nothing left to decide."""
    words = card.outcome(post.request)
    write(post, "note", (words, [rich_text.section(rich_text.text(words))], False), workspace=workspace)


def write(post: SlackPost, key: str, line: Line, *, workspace: Workspace) -> None:
    """Write a line once, in one message of its own."""
    id, place = f"{id_of(post)}-{key}", place_of(post)
    client = workspace.client
    if post.tried_at and messages.find(client, place.channel, id=id, since=since(post), thread=place.ts):
        return
    words, parts, to_all = line
    messages.write(
        client, place.channel, id=id, text=rich_text.escaped(words), blocks=[rich_text.block(parts)],
        thread=place.ts, to_all=to_all,
    )  # fmt: skip


def _of_event(request: AccessRequest, event: AuditEvent, *, now: datetime) -> Line | None:
    by = actors.names([event]).get(event.pk) or _("Somebody")
    if event.type in _SAID:
        return _comment(request, by, event.data)
    if request.state != RequestState.PENDING:
        return None
    return _of_all(request, event, by, now=now)


def _comment(request: AccessRequest, by: str, data: Mapping[str, Any]) -> Line:
    heading, text = _("%(by)s wrote:") % {"by": by}, str(data.get("comment", ""))
    quoted = rich_text.quote(text, url=card.address(request))
    return f"{heading} {text[:200]}", [rich_text.section(rich_text.text(heading, bold=True)), quoted], False


def _of_all(request: AccessRequest, event: AuditEvent, by: str, *, now: datetime) -> Line | None:
    if event.type == "request.reminded":
        return _plain(_("%(by)s still waits for a decision on %(request)s, of: %(people)s."), request, now=now, by=by)
    if event.type == "request.passed_on":
        # They are told themselves, too.
        words = _("Asked now, too: %(people)s.") % {"people": str(event.data.get("people", ""))}
        return words, [rich_text.section(rich_text.text(words))], False
    if approvers.stage_of(request) == event.data.get("stage", 0):
        return None
    return _plain(_("%(request)s waits for its next decision now, of: %(people)s."), request, now=now)


def _plain(words: str, request: AccessRequest, *, now: datetime, **more: str) -> Line:
    """A sentence for the whole channel, with who can decide and the way to the request."""
    people = ", ".join(approvers.names(request, now=now)) or _("nobody at the moment")
    said = words % {"request": request.ref, "people": people, **more}
    url = card.address(request)
    parts = [*rich_text.whole(said, url=url), rich_text.text(" "), rich_text.link(url, _("Open the request"))]
    return said[:300], [rich_text.section(*parts)], True


def unheard(post: SlackPost) -> bool:
    """Whether there is anything that its thread has not been told."""
    return bool(post.ts) and events(post).exists()


def of_channel(request: AccessRequest) -> SlackPost | None:
    """The announcement that stands for a message to each who decides, as long as it can be reached."""
    live = SlackPost.objects.filter(Q(person=None), request=request, failed_at=None)
    return live.order_by("position").first() if request.flow.announce_only else None
