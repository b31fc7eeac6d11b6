"""The table: which event is told to whom, when, and as what."""

import hashlib
from collections.abc import Callable, Collection, Mapping
from datetime import datetime, timedelta
from typing import Final

from access.audit import actors
from access.core.states import EndReason, GrantState
from access.grants import extension_origin
from access.models import AccessRequest, AuditEvent, Kind, Notification, Topic, User
from access.notify.audience import access_reviews, comments, dead_ends, deciders, findings, people_changes
from access.notify.notice import Notice, Story
from access.policy import approvers, asked_by_name, policy
from access.requests import break_glass_reviews

# Trouble that passes by itself sooner is nobody's concern.
PATIENCE: Final = timedelta(minutes=2)
OVERDUE_AFTER: Final = timedelta(minutes=1)
ENDS_SOON: Final = timedelta(minutes=10)
SHORTEST_WITH_WARNING: Final = timedelta(minutes=30)
ALWAYS: Final = ""  # no topic: nobody can choose not to hear it


Rule = Callable[[Story], list[Notice]]


def notices(story: Story) -> list[Notice]:
    return [notice for rule in RULES.get(story.event.type, ()) for notice in rule(story)]


def _now(kind: Kind, people: Collection[int], topic: str, story: Story, *, key: str = "", **more: str) -> list[Notice]:
    """One notice, due at once. Without a key of its own it is told once for this event."""
    key = key or f"{kind}:{story.event.number}"
    return [Notice(kind, people, topic, story.event.at, key, {**story.facts, **more})] if people else []


def _others(people: Collection[int], story: Story) -> list[int]:
    """Nobody is told of what they did themselves."""
    return sorted(set(people) - {story.actor.pk if story.actor else None})


def _admins() -> list[int]:
    return list(User.objects.filter(is_active=True, is_superuser=True).values_list("pk", flat=True))


def _requester(kind: Kind) -> Rule:
    def rule(story: Story) -> list[Notice]:
        if story.request is None:
            return []
        return _now(kind, _others([story.request.requester_id], story), Topic.OWN, story)

    return rule


def _approval(story: Story) -> list[Notice]:
    if story.request is None:
        return []
    count = story.request.decisions.filter(verdict="approve", at__lte=story.event.at).count()
    people = _others([story.request.requester_id], story)
    return _now(Kind.APPROVAL, people, Topic.OWN, story, count=str(count))


def _settled(story: Story) -> list[Notice]:
    """Tell those who were asked, and can no longer help."""
    asked = Notification.objects.filter(request=story.request, kind=Kind.ASKED, attempts__gt=0)
    people = _others(set(asked.values_list("recipient", flat=True)), story)
    return _now(Kind.SETTLED, people, Topic.REVIEW, story, outcome=story.event.type.partition(".")[2])


def _fast_tracked(story: Story) -> list[Notice]:
    """Tell those who would have decided that a rule did; they can end the access."""
    request = story.request
    if request is None or request.path != AccessRequest.Path.FAST_TRACK:
        return []
    circle = approvers.standing(request, now=story.event.at)[1].at_last()
    in_force = asked_by_name.by_name(policy.read(request.policy))
    people = {one.id for at, _stage in enumerate(in_force.stages) for one in policy.candidates(in_force, at, circle)}
    return _now(Kind.FAST_TRACKED, _others(people - {request.requester_id}, story), Topic.REVIEW, story)


def _holder(kind: Kind) -> Rule:
    def rule(story: Story) -> list[Notice]:
        return _now(kind, [story.grant.person_id], Topic.OWN, story) if story.grant else []

    return rule


def _extended(story: Story) -> list[Notice]:
    ends_at = story.event.data.get("ends_at")
    if story.grant is None or not ends_at:
        return []  # its clock has not started: that access is there will be told with its end
    return _now(Kind.EXTENDED, _others([story.grant.person_id], story), Topic.OWN, story, ends_at=ends_at)


def _extended_freely(story: Story) -> list[Notice]:
    """Tell those who approved it, since they are not asked."""
    if story.request is None or not story.event.data.get("path"):
        return []
    told = {name: str(story.event.data[name]) for name in ("ends_at", "seconds")}
    return _now(Kind.EXTENDED, _others(extension_origin.hearers(story.request), story), Topic.REVIEW, story, **told)


def _ends_soon(story: Story) -> list[Notice]:
    grant = story.grant
    if grant is None or grant.ends_at is None or grant.confirmed_at is None:
        return []
    due_at, ends_at = grant.ends_at - ENDS_SOON, grant.ends_at.isoformat()
    if grant.ends_at - grant.confirmed_at < SHORTEST_WITH_WARNING or due_at <= story.event.at:
        return []
    key = f"{Kind.ENDS_SOON}:{grant.ref}:{ends_at}"
    facts = {**story.facts, "ends_at": ends_at}
    return [Notice(Kind.ENDS_SOON, [grant.person_id], Topic.REMINDERS, due_at, key, facts)]


def _refused(story: Story) -> list[Notice]:
    return _holder(Kind.REFUSED)(story) if story.event.data.get("reason") == EndReason.REFUSED else []


def _ended(story: Story) -> list[Notice]:
    grant = story.grant
    if grant is None or story.event.data.get("not_begun"):
        return []
    if grant.not_verified:
        admins = _others(_admins(), story)
        return _now(Kind.WRITTEN_OFF, admins, ALWAYS, story) + _now(
            Kind.ENDED, _others({grant.person_id} - set(admins), story), Topic.OWN, story
        )
    # A refusal, and that it was gone, were told when they came, and a merged grant goes on in another one.
    told = grant.end_reason in (EndReason.REFUSED, EndReason.MERGED, EndReason.GONE)
    begun = AuditEvent.objects.filter(grant_ref=grant.ref, type="grant.revoking").order_by("id").last() or story.event
    by = actors.persons([begun]).get(begun.pk)
    if told or (by is not None and by.pk == grant.person_id):
        return []
    # Who it was that let the access end, and what they wrote; the end itself is only seen.
    comment = begun.data.get("comment", "") if begun is not story.event else ""
    facts = {"by": str(by or grant.ended_by_called), **({"comment": comment} if comment else {})}
    return _now(Kind.ENDED, [grant.person_id], Topic.OWN, story, **facts)


def _holder_and_admins(kind: Kind) -> Rule:
    """Tell them of what Aptible shows and nobody did here."""

    def rule(story: Story) -> list[Notice]:
        if story.grant is None:
            return []
        admins = set(_admins()) - {story.grant.person_id}
        return _now(kind, [story.grant.person_id], Topic.OWN, story) + _now(kind, admins, ALWAYS, story)

    return rule


def _overdue(story: Story) -> list[Notice]:
    grant = story.grant
    if grant is None or grant.end_due_at is None:
        return []
    return _unless_it_passes(Kind.OVERDUE, story, at=grant.end_due_at + OVERDUE_AFTER, topic=ALWAYS)


def _trouble(story: Story) -> list[Notice]:
    if story.event.data.get("state") != GrantState.GRANTING:
        return []  # trouble with the end is told as overdue
    return _unless_it_passes(Kind.TROUBLE, story, at=story.event.at + PATIENCE, topic=Topic.TROUBLE)


def _unless_it_passes(kind: Kind, story: Story, *, at: datetime, topic: str) -> list[Notice]:
    """Tell the admins and the holder after a while, once for a grant, unless it is over by then."""
    if story.grant is None:
        return []
    key = f"{kind}:{story.grant.ref}"
    return [
        Notice(kind, _admins(), topic, at, key, story.facts),
        Notice(kind, [story.grant.person_id], Topic.OWN, at, key, story.facts),
    ]


def _last_role(story: Story) -> list[Notice]:
    # Each try to take the role away says so again.
    return _now(Kind.LAST_ROLE, _admins(), ALWAYS, story, key=f"{Kind.LAST_ROLE}:{story.event.grant_ref}")


def _broken(story: Story) -> list[Notice]:
    """Tell everybody whom break-glass skipped, and the admins: the very people that its user was told of."""
    return _now(Kind.BREAK_GLASS, [one["id"] for one in story.event.data["told"]], ALWAYS, story)


def _to_review(kind: Kind, topic: str) -> Rule:
    def rule(story: Story) -> list[Notice]:
        request = story.request
        if request is None:
            return []
        people = break_glass_reviews.reviewers(policy.read(request.policy), request.requester)
        return _now(kind, [one.id for one in people], topic, story)

    return rule


def _reviewed(story: Story) -> list[Notice]:
    request = story.request
    if request is None:
        return []
    told = {one["id"] for one in request.path_facts["told"]}
    return _now(Kind.REVIEWED, [request.requester_id], Topic.OWN, story) + _now(
        Kind.REVIEWED, _others(told, story), Topic.REVIEW, story
    )


def _attention(story: Story) -> list[Notice]:
    """Tell the admins, but of trouble that comes and goes only once an hour."""
    what = hashlib.sha256(str(story.event.data.get("text")).encode()).hexdigest()[:16]
    name = story.event.subject.partition(":")[2]
    key = f"{Kind.ATTENTION}:{name}:{what}:{story.event.at:%Y%m%d%H}"
    return _now(Kind.ATTENTION, _admins(), ALWAYS, story, key=key, integration=name)


def _undelivered(story: Story) -> list[Notice]:
    """Tell the admins, once a day for a person. That this very message can't be sent is told to nobody."""
    facts = story.event.data
    if facts.get("kind") == Kind.UNDELIVERED:
        return []
    key = f"{Kind.UNDELIVERED}:{facts['recipient']}:{story.event.at:%Y%m%d}"
    people = [pk for pk in _admins() if pk != facts["recipient"]]
    email = story.event.subject.partition(":")[2]
    return _now(Kind.UNDELIVERED, people, Topic.TROUBLE, story, key=key, email=email)


def _webhook_disabled(story: Story) -> list[Notice]:
    return _now(Kind.WEBHOOK_DISABLED, _admins(), ALWAYS, story, webhook=story.event.subject.partition(":")[2])


def _report(story: Story) -> list[Notice]:
    """Tell the auditors, who decide nothing and hold nothing: of a month that is over."""
    auditors = User.objects.filter(is_active=True, is_auditor=True).values_list("pk", flat=True)
    told = {name: str(value) for name, value in story.event.data.items()}
    month = story.event.subject.partition(":")[2]
    return _now(Kind.REPORT, list(auditors), ALWAYS, story, key=f"{Kind.REPORT}:{month}", month=month, **told)


def _unannounced(story: Story) -> list[Notice]:
    """Tell the admins, once a day for a place."""
    told = {name: str(story.event.data[name]) for name in ("place", "fallback")}
    key = f"{Kind.UNANNOUNCED}:{told['place']}:{story.event.at:%Y%m%d}"
    return _now(Kind.UNANNOUNCED, _admins(), Topic.TROUBLE, story, key=key, **told)


RULES: Final[Mapping[str, tuple[Rule, ...]]] = {
    "request.asked": (deciders.everybody,),
    "request.passed_on": (deciders.everybody,),
    "request.reminded": (deciders.remind,),
    "request.approval_void": (deciders.everybody,),
    "request.dead_end": (dead_ends.stuck,),
    **{type_: (rule,) for type_, rule in {**people_changes.RULES, **access_reviews.RULES}.items()},
    "delegation.set": (deciders.of_delegation, people_changes.of_delegation),
    "delegation.accepted": (deciders.of_delegation,),
    "delegation.begun": (deciders.delegate,),
    "delegation.ended": (deciders.of_delegation, people_changes.of_delegation),
    "request.approval": (_approval, deciders.next_stage),
    "request.comment": (comments.told,),
    "request.approved": (_requester(Kind.APPROVED), _settled, _fast_tracked),
    "request.denied": (_requester(Kind.DENIED), _settled),
    "request.withdrawn": (_settled,),
    "request.lapsed": (_requester(Kind.LAPSED), _settled),
    "grant.active": (_holder(Kind.ACTIVE), _ends_soon),
    "grant.extended": (_extended, _extended_freely, _ends_soon),
    "grant.trouble": (_trouble,),
    "grant.revoking": (_refused, _overdue),
    "grant.ended": (_ended, dead_ends.not_begun),
    "grant.gone_while_active": (_holder_and_admins(Kind.GONE),),
    "grant.found_again": (_holder_and_admins(Kind.FOUND_AGAIN),),
    "grant.session_outlived": (findings.session,),
    "finding.opened": (findings.opened,),
    "finding.take_out": (findings.about(Kind.TAKE_OUT),),
    "finding.taken_out": (findings.about(Kind.TAKEN_OUT),),
    "finding.left_in": (findings.left_in,),
    "grant.last_role_lost": (_last_role,),
    "grant.last_role_unknown": (_last_role,),
    "review.opened": (_broken,),
    "review.reminded": (_to_review(Kind.TO_REVIEW, Topic.REMINDERS),),
    "review.escalated": (_to_review(Kind.REVIEW_OVERDUE, ALWAYS),),
    "review.signed_off": (_reviewed,),
    "integration.needs_attention": (_attention,),
    "integration.canary_failed": (_attention,),
    "announcement.failed": (_unannounced,),
    "notification.given_up": (_undelivered,),
    "webhook.disabled": (_webhook_disabled,),
    "report.made": (_report,),
}
# What need not be said any more once this has happened. Only what nobody has begun to send is taken back.
OVER: Final[Mapping[str, tuple[Kind, ...]]] = {
    "request.approved": (Kind.ASKED, Kind.REMINDER),
    "request.denied": (Kind.ASKED, Kind.REMINDER),
    "request.withdrawn": (Kind.ASKED, Kind.REMINDER),
    "request.lapsed": (Kind.ASKED, Kind.REMINDER),
    "review.escalated": (Kind.TO_REVIEW,),
    "review.signed_off": (Kind.TO_REVIEW, Kind.REVIEW_OVERDUE),
    "grant.active": (Kind.TROUBLE,),
    "grant.extended": (Kind.ENDS_SOON,),
    "grant.revoking": (Kind.TROUBLE, Kind.ENDS_SOON),
    "grant.ended": (Kind.TROUBLE, Kind.ENDS_SOON, Kind.OVERDUE),
}
