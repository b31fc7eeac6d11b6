"""What an approver should know of requests before deciding them, in a fixed number of queries."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cached_property

from django.db.models import QuerySet

from access.core.errors import Refusal
from access.core.prepared import prepared
from access.core.states import LIVE, OPEN, RequestState
from access.directory import accounts, roles
from access.models import AccessRequest, Decision, DirectoryMembership, Grant, User
from access.policy import approvers, dead_ends, delegated, limits, policy, words
from access.policy.decides_for import Reach
from access.requests import history, lists, risk
from access.requests.history import History
from access.requests.rules import check_can_approve, check_can_decide


@dataclass(frozen=True)
class Stage:
    name: str  # empty where there is only one, without a name
    needed: int
    approvals: int
    can_still: Sequence[policy.Approver]  # who can decide in it by now and has not yet
    opens: Sequence[tuple[datetime, Sequence[policy.Approver]]]  # who else can from when on, if it still waits then


@dataclass(frozen=True)
class Row:
    request: AccessRequest
    account: accounts.Account | None  # which one gets in; None where nothing is given
    role: roles.Role | None
    in_force: policy.Policy
    decisions: Sequence[Decision]
    mine: Decision | None
    stages: Sequence["Stage"]  # who decides, one after the other
    why_not: str  # why the reader can't decide it; empty when they can
    speaks_for: policy.Approver | None  # the person who is away, and for whom the reader would decide
    dead_end: str  # why nobody can approve it any more; empty when somebody can, or it is settled
    only_deny: str  # why the reader, who can decide it, can't approve; empty when they can
    shorter: Sequence[int]  # seconds that an approver may shorten it to, the asked ones first; empty without a target
    history: History
    overlapping: Sequence[Grant]  # what the person holds of this target, or will
    others: Sequence[Grant]  # what else the person holds now
    standing: bool

    @property
    def can_shorten(self) -> bool:
        return any(seconds != self.as_asked for seconds in self.shorter)

    @property
    def as_asked(self) -> int:
        """Seconds: what was asked for, or what an earlier stage made of it."""
        return int(self.request.duration.total_seconds())

    @property
    def approvals(self) -> int:
        return sum(one.counts for one in self.decisions)

    @property
    def needed(self) -> int:
        return self.in_force.approvals_needed

    @property
    def current(self) -> "Stage | None":
        """The stage whose turn it is; None once all are passed, or when it is settled."""
        waiting = (one for one in self.stages if one.approvals < one.needed)
        return next(waiting, None) if self.request.state == RequestState.PENDING else None

    @property
    def shown(self) -> "Stage | Row":
        """What is counted: the stage whose turn it is, or all of them together."""
        return self.current or self

    @property
    def can_still(self) -> Sequence[policy.Approver]:
        """Who can decide now and has not yet."""
        return self.current.can_still if self.current else ()

    @property
    def policy_words(self) -> str:
        return words.sentence(self.in_force)

    @cached_property
    def risk(self) -> risk.Risk:
        return risk.of(self.request, role=self.role, history=self.history, account=self.account)

    @property
    def status(self) -> str:
        return lists.status_of(self.request)


def waiting_for(person: User, *, now: datetime, reach: Reach | None = None) -> QuerySet[AccessRequest]:
    """Find the pending requests that this person may decide and has not decided yet, what lapses soonest first."""
    pending = AccessRequest.objects.filter(state=RequestState.PENDING, due_at__gt=now, requester__is_active=True)
    return pending.filter(approvers.asked_to_decide(person, now=now, reach=reach)).order_by("due_at", "pk")


def rows(requests: Collection[AccessRequest], *, reader: User, now: datetime) -> list[Row]:
    """Tell of each request all that its row and its page show to this reader."""
    facts = _facts(requests, now=now)
    return [_row(one, facts, reader=reader, now=now) for one in requests]


@dataclass(frozen=True)
class _Facts:
    """What is known of all the requests at hand, read at once."""

    roles: Mapping[int, roles.Role]  # by target
    accounts: Mapping[int, accounts.Account]  # by request
    decisions: Mapping[int, list[Decision]]  # by request
    history: Mapping[tuple[int, int | None], History]  # by person and target
    grants: Sequence[Grant]
    members: Collection[tuple[int, str]]  # role and account
    circles: approvers.Circles


def _facts(requests: Collection[AccessRequest], *, now: datetime) -> _Facts:
    known = roles.of_targets([target for one in requests for target in one.targets])
    return _Facts(
        roles=known,
        accounts=accounts.of_requests(requests),
        decisions=_decisions(requests),
        history=history.of_requests(requests, now=now),
        grants=_held([one.requester_id for one in requests]),
        members=_members(requests, known),
        circles=approvers.circles(
            [policy.read(one.policy) for one in requests], [one.requester for one in requests], now=now
        ),
    )


def _row(request: AccessRequest, facts: _Facts, *, reader: User, now: datetime) -> Row:
    in_force = policy.read(request.policy)
    decisions = facts.decisions.get(request.pk, [])
    where = _Standing(request, in_force, approvers.given(decisions), facts.circles.of(request, decisions, now=now))
    held = [one for one in facts.grants if one.person_id == request.requester_id]
    return Row(
        request=request,
        account=facts.accounts.get(request.pk),
        role=facts.roles.get(request.target_id) if request.target_id else None,
        in_force=in_force,
        decisions=decisions,
        mine=next((one for one in decisions if one.by_id == reader.pk and one.void_at is None), None),
        stages=_stages(where, approvers.stage_since(request, decisions)),
        why_not=_refusal(check_can_decide, where, reader=reader, now=now),
        speaks_for=_speaks_for(where, reader),
        dead_end=_dead_end(where),
        only_deny=_refusal(check_can_approve, where, reader=reader, now=now),
        shorter=_shorter(request),
        history=facts.history.get((request.requester_id, request.target_id), history.NEVER),
        overlapping=[one for one in held if one.target_id == request.target_id and one.pk != request.grant_id],
        others=[one for one in held if one.target_id != request.target_id and one.state in LIVE],
        standing=_is_standing(request, facts, held),
    )


def _is_standing(request: AccessRequest, facts: _Facts, held: Collection[Grant]) -> bool:
    """Whether the account is in the role although the portal did not put it there."""
    role = facts.roles.get(request.target_id) if request.target_id else None
    here = [one for one in held if one.target_id == request.target_id and one.state in LIVE]
    ours = any(one.asked_at and not one.standing for one in here)
    return role is not None and (role.pk, request.account_id) in facts.members and not ours


@dataclass(frozen=True)
class _Standing:
    """Where a request stands with those who decide it."""

    request: AccessRequest
    in_force: policy.Policy
    given: Mapping[int, int]
    circle: policy.Circle


def _refusal(check: Callable[..., int], standing: _Standing, *, reader: User, now: datetime) -> str:
    try:
        check(standing.request, by=reader, given=standing.given, circle=standing.circle, now=now)
    except Refusal as refusal:
        return str(refusal)
    return ""


def _speaks_for(standing: _Standing, reader: User) -> policy.Approver | None:
    whose = delegated.voice(standing.in_force, standing.circle, standing.given, reader.pk)
    return None if whose in (None, reader.pk) else standing.circle.people[whose or 0]


def _dead_end(standing: _Standing) -> str:
    if standing.request.state != RequestState.PENDING:
        return ""
    found = policy.dead_end(standing.in_force, standing.circle, standing.given)
    dead = dead_ends.why_dead(standing.in_force, found, person=str(standing.request.requester)) if found else ""
    return standing.request.barred or dead


def _stages(standing: _Standing, since: datetime) -> list[Stage]:
    in_force, given = standing.in_force, standing.given
    requester = standing.request.requester_id
    at = policy.current(in_force, given, requester_id=requester)
    return [
        Stage(
            name=dead_ends.stage_name(in_force, number) if len(in_force.stages) > 1 or one.label else "",
            needed=policy.quorum(one),
            approvals=policy.approvals(in_force, number, given, requester_id=requester),
            can_still=_asked_now(standing, number),
            opens=_asked_later(standing, number, since) if number == at else [],
        )
        for number, one in enumerate(in_force.stages)
    ]


def _asked_now(standing: _Standing, stage: int) -> list[policy.Approver]:
    at = policy.current(standing.in_force, standing.given, requester_id=standing.request.requester_id)
    # The clock of a later stage has not begun.
    circle = standing.circle if stage == at else replace(standing.circle, waited=0)
    return list(policy.candidates(standing.in_force, stage, circle, standing.given))


def _asked_later(
    standing: _Standing, stage: int, since: datetime
) -> list[tuple[datetime, Sequence[policy.Approver]]]:  # fmt: skip
    """Those who are asked only later, with the moment."""
    seen = set(standing.given) | {one.id for one in _asked_now(standing, stage)}
    found: list[tuple[datetime, Sequence[policy.Approver]]] = []
    afters = {pool.after for pool in standing.in_force.stages[stage].pools if pool.after > standing.circle.waited}
    for after in sorted(afters):
        circle = replace(standing.circle, waited=after)
        able = policy.candidates(standing.in_force, stage, circle, standing.given)
        new = [one for one in able if one.id not in seen]
        seen |= {one.id for one in new}
        if new:
            found.append((since + timedelta(seconds=after), new))
    return found


def _shorter(request: AccessRequest) -> list[int]:
    if not request.gives_access:
        return []
    asked, targets = int(request.duration.total_seconds()), request.targets
    shorter = sorted((one for one in limits.offered(request.flow, targets) if one < asked), reverse=True)
    return shorter if limits.why_too_long(asked, targets) else [asked, *shorter]


def _decisions(requests: Collection[AccessRequest]) -> Mapping[int, list[Decision]]:
    found: dict[int, list[Decision]] = {}
    for one in _decided([one.pk for one in requests]):
        found.setdefault(one.request_id, []).append(one)
    return found


def _members(requests: Collection[AccessRequest], known: Mapping[int, roles.Role]) -> set[tuple[int, str]]:
    return set(_memberships([one.pk for one in known.values()], [one.account_id for one in requests]))


@prepared
def _held(people: Collection[int]) -> QuerySet[Grant]:
    rows = Grant.objects.filter(person__in=people, state__in=OPEN).select_related("target")
    return rows.order_by("starts_at", "pk")


@prepared
def _decided(requests: Collection[int]) -> QuerySet[Decision]:
    rows = Decision.objects.filter(request__in=requests).select_related("by", "on_behalf_of")
    return rows.order_by("at", "pk")


@prepared
def _memberships(roles: Collection[int], accounts: Collection[str]) -> QuerySet[DirectoryMembership, tuple[int, str]]:
    rows = DirectoryMembership.objects.filter(role__in=roles, account_id__in=accounts)
    return rows.values_list("role_id", "account_id")
