"""Who is asked to decide: at once, when a stage begins, when others are asked, too, and when they decide for others.

Everybody is asked once in a stage, and reminded from then on, whatever it was that made them be asked.
"""

from access.models import AccessRequest, Delegation, Kind, Topic
from access.notify import reminders
from access.notify.notice import Notice, Story
from access.policy import approvers
from access.policy.policy import Delegate
from access.requests import approval_queue


def everybody(story: Story) -> list[Notice]:
    """Ask all who can decide it by now. Those who were asked in this stage already have their message."""
    request = story.request
    return _asked(request, story) if request and request.path == AccessRequest.Path.PEOPLE else []


def next_stage(story: Story) -> list[Notice]:
    """Ask those whose turn it is, once an approval has passed a stage."""
    request = story.request
    stage = approvers.stage_of(request) if request else None
    if request is None or stage is None or stage == story.event.data.get("stage", 0):
        return []
    return _asked(request, story)


def remind(story: Story) -> list[Notice]:
    """Remind all who can decide it by now, because whoever asked wants them to be."""
    request = story.request
    if request is None:
        return []
    stage, groups = _able(request, story)
    at, key = story.event.at, f"{Kind.REMINDER}:{story.event.number}"
    return [
        Notice(Kind.REMINDER, people, Topic.REMINDERS, at, key, _facts(request, stage, story, away=name), request)
        for name, people in groups.items()
    ]


def delegate(story: Story) -> list[Notice]:
    """Ask a delegate whose time begins for what waits already."""
    delegation = Delegation.objects.select_related("to_person").filter(pk=story.event.data["delegation"]).first()
    if delegation is None:
        return []
    waiting = approval_queue.waiting_for(delegation.to_person, now=story.event.at)
    return [
        notice
        for request in waiting.select_related("requester")
        for notice in _asked(request, story, only=delegation.to_person_id)
    ]


def of_delegation(story: Story) -> list[Notice]:
    """Tell both of a delegation that was set or ended, but not who did it; time ends it as it was said."""
    rows = Delegation.objects.select_related("from_person", "to_person")
    row = rows.filter(pk=story.event.data["delegation"]).first()
    if row is None or story.actor is None:
        return []
    facts = {
        **story.facts, "outcome": story.event.type.partition(".")[2], "away": str(row.from_person),
        "to": str(row.to_person), "starts_at": row.starts_at.isoformat(), "ends_at": row.ends_at.isoformat(),
    }  # fmt: skip
    people = sorted({row.from_person_id, row.to_person_id} - {story.actor.pk})
    return [Notice(Kind.STAND_IN, people, Topic.REVIEW, story.event.at, f"{Kind.STAND_IN}:{story.event.number}", facts)]


def _asked(request: AccessRequest, story: Story, *, only: int | None = None) -> list[Notice]:
    stage, groups = _able(request, story, only=only)
    return [notice for name, people in groups.items() for notice in _notices(request, stage, people, story, away=name)]


def _able(request: AccessRequest, story: Story, *, only: int | None = None) -> tuple[int, dict[str, list[int]]]:
    """The stage whose turn it is, and who can decide in it by the name of whom they decide for; empty: themselves."""
    stage, able = approvers.turn(request, now=story.event.at)
    away: dict[str, list[int]] = {}
    for one in able:
        if only in (None, one.id):
            away.setdefault(one.away.name if isinstance(one, Delegate) else "", []).append(one.id)
    return stage, away


def _facts(request: AccessRequest, stage: int, story: Story, *, away: str) -> dict[str, str]:
    since = request.created_at if story.event.type == "request.reminded" else story.event.at
    return {**story.facts, "since": since.isoformat(), "stage": str(stage), **({"away": away} if away else {})}


def _notices(request: AccessRequest, stage: int, people: list[int], story: Story, *, away: str) -> list[Notice]:
    at = story.event.at
    facts = _facts(request, stage, story, away=away)
    asked = Notice(Kind.ASKED, people, Topic.REVIEW, at, f"{Kind.ASKED}:{request.ref}:{stage}", facts, request)
    first = reminders.first(request, stage=stage, since=at, now=at)
    if first is None:
        return [asked]
    return [asked, Notice(Kind.REMINDER, people, Topic.REMINDERS, first.at, first.key, facts, request)]
