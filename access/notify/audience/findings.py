"""Who is told of what a look at Aptible found."""

from collections.abc import Callable
from typing import Final

from access.grants import extension_origin
from access.models import Finding, Kind, Topic, User
from access.notify.notice import Notice, Story

# What was active or had ended is told by its own events.
TOLD_BY_GRANTS: Final = (Finding.Kind.GONE, Finding.Kind.STILL_THERE)


def opened(story: Story) -> list[Notice]:
    """Tell the admins, of each kind at each target once an hour: the page lists them all."""
    finding = _finding(story)
    if finding is None or finding.kind in TOLD_BY_GRANTS:
        return []
    key = f"{Kind.FOUND}:{finding.kind}:{story.event.subject}:{story.event.at:%Y%m%d%H}"
    return _to_admins(Kind.FOUND, finding, story, key=key)


def about(kind: Kind) -> Callable[[Story], list[Notice]]:
    """Tell the person themselves, and the admins."""

    def rule(story: Story) -> list[Notice]:
        finding = _finding(story)
        in_review = bool(story.event.data.get("review"))
        if finding is None or (in_review and kind == Kind.TAKE_OUT):
            return []
        key = f"{kind}:{story.event.seq}"
        person = [finding.person_id] if finding.person_id else []
        own = Notice(kind, person, Topic.OWN, story.event.at, key, _facts(finding, story))
        # What an access review removes is on its page, and told to the admins once it is decided.
        return [own, *([] if in_review else _to_admins(kind, finding, story, key=key))]

    return rule


def left_in(story: Story) -> list[Notice]:
    finding = _finding(story)
    return _to_admins(Kind.FOUND, finding, story, key=f"{Kind.FOUND}:{story.event.seq}") if finding else []


def _to_admins(kind: Kind, finding: Finding, story: Story, *, key: str) -> list[Notice]:
    admins = User.objects.filter(is_active=True, is_superuser=True).exclude(pk=finding.person_id or 0)
    people = admins.exclude(pk=story.actor.pk) if story.actor else admins
    return [Notice(kind, list(people.values_list("pk", flat=True)), "", story.event.at, key, _facts(finding, story))]


def _facts(finding: Finding, story: Story) -> dict[str, str]:
    return {**story.facts, "finding": str(finding.pk), "take_out_at": str(story.event.data.get("take_out_at", ""))}


def _finding(story: Story) -> Finding | None:
    return Finding.objects.filter(pk=int(story.event.data.get("finding") or 0)).first()


def session(story: Story) -> list[Notice]:
    """Tell the holder, those who approved it, and the admins."""
    if story.grant is None:
        return []
    holder = story.grant.person_id
    approved = extension_origin.hearers(story.request) if story.request else set()
    admins = set(User.objects.filter(is_active=True, is_superuser=True).values_list("pk", flat=True))
    key, at = f"{Kind.SESSION}:{story.event.seq}", story.event.at
    facts = {**story.facts, "resource": str(story.event.data.get("resource", ""))}
    return [
        Notice(Kind.SESSION, [holder], Topic.OWN, at, key, facts),
        Notice(Kind.SESSION, sorted((approved | admins) - {holder}), "", at, key, facts),
    ]
