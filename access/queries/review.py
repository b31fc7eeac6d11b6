"""What an approver should know of requests before deciding them, in a fixed number of queries."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.contrib.humanize.templatetags.humanize import ordinal
from django.db.models import Count, Exists, Max, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _

from access import policy, rules
from access.errors import Refusal
from access.models import AccessRequest, Decision, DirectoryMembership, Grant, User
from access.queries import requests as listed
from access.queries import roles
from access.states import LIVE, OPEN, RequestState

LOOK_BACK: Final = timedelta(days=30)


@dataclass(frozen=True)
class History:
    recent: int  # how often the person was given this target in the last 30 days
    ever: int
    last_at: datetime | None

    @property
    def sentence(self) -> str:
        """Say which time this would be; the moment of the last one is `last_at`."""
        if not self.ever:
            return _("First time.")
        if not self.recent:
            return _("%(nth)s time, and the first in 30 days.") % {"nth": ordinal(self.ever + 1)}
        return _("%(nth)s time in 30 days.") % {"nth": ordinal(self.recent + 1)}


@dataclass(frozen=True)
class Row:
    request: AccessRequest
    role: roles.Role | None
    in_force: policy.Policy
    decisions: Sequence[Decision]
    mine: Decision | None
    can_still: Sequence[policy.Approver]  # active approvers who have not decided yet
    why_not: str  # why the reader can't decide it; empty when they can
    shorter: Sequence[int]  # seconds that an approver may shorten it to, the asked ones first
    history: History
    overlapping: Sequence[Grant]  # what the person holds of this target, or will
    others: Sequence[Grant]  # what else the person holds now
    standing: bool

    @property
    def approvals(self) -> int:
        return sum(one.verdict == Decision.Verdict.APPROVE for one in self.decisions)

    @property
    def needed(self) -> int:
        return max(self.in_force.approvals_needed, 1)

    @property
    def status(self) -> str:
        return listed.status_of(self.request)


def waiting_for(person: User, *, now: datetime) -> QuerySet[AccessRequest]:
    """Find the pending requests that this person may decide and has not decided yet, what lapses soonest first."""
    may = AccessRequest.approvers.through.objects.filter(accessrequest=OuterRef("pk"), user=person)
    done = Decision.objects.filter(request=OuterRef("pk"), by=person)
    pending = AccessRequest.objects.filter(Exists(may), ~Exists(done), state=RequestState.PENDING, due_at__gt=now)
    own = ~Q(requester=person) | Q(policy__self_approval=True)
    return pending.filter(own, requester__is_active=True).order_by("due_at", "pk")


def decided_by(person: User) -> QuerySet[AccessRequest]:
    """Find what this person has decided, the latest first."""
    return AccessRequest.objects.filter(decisions__by=person).order_by("-decisions__at", "-pk")


def rows(requests: Collection[AccessRequest], *, reader: User, now: datetime) -> list[Row]:
    """Tell of each request all that its row and its page show to this reader."""
    facts = _facts(requests, now=now)
    return [_row(one, facts, reader=reader, now=now) for one in requests]


@dataclass(frozen=True)
class _Facts:
    """What is known of all the requests at hand, read at once."""

    roles: Mapping[int, roles.Role]  # by target
    decisions: Mapping[int, list[Decision]]  # by request
    history: Mapping[tuple[int, int], History]  # by person and target
    grants: Sequence[Grant]
    members: Collection[tuple[int, str]]  # role and account
    active: Collection[int]  # approvers who can sign in


def _facts(requests: Collection[AccessRequest], *, now: datetime) -> _Facts:
    known = roles.of_targets([one.target for one in requests])
    people = {one.requester_id for one in requests}
    grants = Grant.objects.filter(person__in=people, state__in=OPEN).select_related("target")
    return _Facts(
        roles=known,
        decisions=_decisions(requests),
        history=_history(requests, now=now),
        grants=list(grants.order_by("starts_at", "pk")),
        members=_members(requests, known),
        active=_active(requests),
    )


def _row(request: AccessRequest, facts: _Facts, *, reader: User, now: datetime) -> Row:
    in_force = policy.read(request.policy)
    decisions = facts.decisions.get(request.pk, [])
    decided = {one.by_id for one in decisions}
    able = policy.eligible(in_force, requester_id=request.requester_id, active_ids=facts.active)
    held = [one for one in facts.grants if one.person_id == request.requester_id]
    return Row(
        request=request,
        role=facts.roles.get(request.target_id),
        in_force=in_force,
        decisions=decisions,
        mine=next((one for one in decisions if one.by_id == reader.pk), None),
        can_still=[one for one in able if one.id not in decided],
        why_not=_why_not(request, reader=reader, decided=decided, now=now),
        shorter=_shorter(request),
        history=facts.history.get((request.requester_id, request.target_id), History(0, 0, None)),
        overlapping=[one for one in held if one.target_id == request.target_id and one.pk != request.grant_id],
        others=[one for one in held if one.target_id != request.target_id and one.state in LIVE],
        standing=_is_standing(request, facts, held),
    )


def _is_standing(request: AccessRequest, facts: _Facts, held: Collection[Grant]) -> bool:
    """Whether the account is in the role although the portal did not put it there."""
    role = facts.roles.get(request.target_id)
    here = [one for one in held if one.target_id == request.target_id and one.state in LIVE]
    ours = any(one.asked_at and not one.standing for one in here)
    return role is not None and (role.pk, request.account_id) in facts.members and not ours


def _why_not(request: AccessRequest, *, reader: User, decided: Collection[int], now: datetime) -> str:
    try:
        rules.check_can_decide(request, by=reader, decided_ids=decided, now=now)
    except Refusal as refusal:
        return str(refusal)
    return ""


def _shorter(request: AccessRequest) -> list[int]:
    asked = int(request.duration.total_seconds())
    return [asked, *sorted((one for one in request.flow.allowed_durations if one < asked), reverse=True)]


def _decisions(requests: Collection[AccessRequest]) -> Mapping[int, list[Decision]]:
    found: dict[int, list[Decision]] = {}
    for one in Decision.objects.filter(request__in=requests).select_related("by").order_by("at", "pk"):
        found.setdefault(one.request_id, []).append(one)
    return found


def _history(requests: Collection[AccessRequest], *, now: datetime) -> Mapping[tuple[int, int], History]:
    """Count what was given before, except by the requests at hand themselves."""
    counted = (
        AccessRequest.objects.filter(
            state=RequestState.APPROVED,
            requester__in={one.requester_id for one in requests},
            target__in={one.target_id for one in requests},
        )
        .exclude(pk__in=[one.pk for one in requests])
        .values("requester_id", "target_id")
        .annotate(
            recent=Count("pk", filter=Q(settled_at__gte=now - LOOK_BACK)), ever=Count("pk"), last=Max("settled_at")
        )
    )
    return {
        (one["requester_id"], one["target_id"]): History(one["recent"], one["ever"], one["last"]) for one in counted
    }


def _members(requests: Collection[AccessRequest], known: Mapping[int, roles.Role]) -> set[tuple[int, str]]:
    rows = DirectoryMembership.objects.filter(
        role__in=[one.pk for one in known.values()], account_id__in={one.account_id for one in requests}
    )
    return set(rows.values_list("role_id", "account_id"))


def _active(requests: Collection[AccessRequest]) -> set[int]:
    ids = {one.id for request in requests for one in policy.read(request.policy).approvers}
    return set(User.objects.filter(pk__in=ids, is_active=True).values_list("pk", flat=True))
