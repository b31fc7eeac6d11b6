"""What an approver should know of requests before deciding them, in a fixed number of queries."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from django.db.models import QuerySet

from access.core.prepared import prepared
from access.core.states import LIVE, OPEN, RequestState
from access.directory import accounts, roles
from access.models import AccessRequest, Decision, DirectoryMembership, Grant, User
from access.people import tokens
from access.policy import approvers, copied, limits, policy, words
from access.policy.decides_for import Reach
from access.requests import history, lists, risk, standing
from access.requests.history import History
from access.requests.standing import Stage, Standing


@dataclass(frozen=True)
class Row:
    """What a list of twenty does not tell of each is found out once somebody asks for it, of all of them at once."""

    request: AccessRequest
    account: accounts.Account | None  # which one gets in; None where nothing is given
    role: roles.Role | None
    decisions: Sequence[Decision]
    mine: Decision | None
    where: Standing
    why_not: str  # why the reader can't decide it; empty when they can
    speaks_for: policy.Approver | None  # the person who is away, and for whom the reader would decide
    only_deny: str  # why the reader, who can decide it, can't approve; empty when they can
    history: History  # this, and what is held, is known of what is pending
    holds: "Holds"

    @property
    def in_force(self) -> policy.Policy:
        return self.where.in_force

    @cached_property
    def stages(self) -> Sequence[Stage]:
        """Who decides, one after the other."""
        return standing.stages(self.where)

    @cached_property
    def dead_end(self) -> str:
        """Why nobody can approve it any more; empty when somebody can, or it is settled."""
        return standing.dead_end(self.where)

    @cached_property
    def shorter(self) -> Sequence[int]:
        """Seconds that an approver may shorten it to, the asked ones first; empty without a target."""
        return _shorter(self.request)

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

    @cached_property
    def current(self) -> Stage | None:
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

    @property
    def overlapping(self) -> Sequence[Grant]:
        """What the person holds of this target, or will."""
        return [one for one in self._here if one.pk != self.request.grant_id]

    @property
    def others(self) -> Sequence[Grant]:
        """What else the person holds now."""
        held = self.holds.of(self.request)
        return [one for one in held if one.target_id != self.request.target_id and one.state in LIVE]

    @property
    def standing(self) -> bool:
        """Whether the account is in the role although the portal did not put it there."""
        ours = any(one.asked_at and not one.standing for one in self._here if one.state in LIVE)
        return not ours and self.role is not None and self.holds.is_member(self.role, self.request.account_id)

    @property
    def _here(self) -> Sequence[Grant]:
        return [one for one in self.holds.of(self.request) if one.target_id == self.request.target_id]


class Holds:
    """What those hold who wait for something, and who is in its roles: read when it is first asked, in two queries."""

    def __init__(self, waits: Sequence[AccessRequest], known: Mapping[int, roles.Role]) -> None:
        self._waits, self._roles = waits, known

    def of(self, request: AccessRequest) -> list[Grant]:
        return [one for one in self._grants if one.person_id == request.requester_id]

    def is_member(self, role: roles.Role, account_id: str) -> bool:
        return (role.pk, account_id) in self._members

    @cached_property
    def _grants(self) -> list[Grant]:
        return _held([one.requester_id for one in self._waits])

    @cached_property
    def _members(self) -> set[tuple[int, str]]:
        return set(_memberships([one.pk for one in self._roles.values()], [one.account_id for one in self._waits]))


def waiting_for(person: User, *, now: datetime, reach: Reach | None = None) -> QuerySet[AccessRequest]:
    """Find the pending requests that this person may decide and has not decided yet, what lapses soonest first."""
    pending = AccessRequest.objects.filter(state=RequestState.PENDING, due_at__gt=now, requester__is_active=True)
    return pending.filter(approvers.asked_to_decide(person, now=now, reach=reach)).order_by("due_at", "pk")


def rows(requests: Collection[AccessRequest], *, reader: User, now: datetime) -> list[Row]:
    """Tell of each request all that its row and its page show to this reader."""
    facts = _facts(requests, reader=reader, now=now)
    return [_row(one, facts, reader=reader, now=now) for one in requests]


@dataclass(frozen=True)
class _Facts:
    """What is known of all the requests at hand, read at once."""

    roles: Mapping[int, roles.Role]  # by target
    accounts: Mapping[int, accounts.Account]  # by request
    decisions: Mapping[int, list[Decision]]  # by request
    history: Mapping[int, History]  # by request
    holds: Holds
    circles: approvers.Circles
    issuers: tokens.Issuers


def _facts(requests: Collection[AccessRequest], *, reader: User, now: datetime) -> _Facts:
    known = roles.of_targets([target for one in requests for target in one.targets])
    decisions, requesters = _decisions(requests), [one.requester for one in requests]
    waits = [one for one in requests if one.state == RequestState.PENDING]  # only then is it of use to look back
    return _Facts(
        roles=known,
        accounts=accounts.of_requests(requests),
        decisions=decisions,
        history=history.of_requests(waits, now=now),
        holds=Holds(waits, known),
        circles=approvers.circles([copied.of(one) for one in requests], requesters, now=now),
        issuers=tokens.issuers([reader, *requesters, *(one.by for some in decisions.values() for one in some)]),
    )


def _row(request: AccessRequest, facts: _Facts, *, reader: User, now: datetime) -> Row:
    decisions = facts.decisions.get(request.pk, [])
    where = Standing(
        request=request,
        in_force=copied.of(request),
        given=approvers.given(decisions),
        circle=facts.circles.of(request, decisions, now=now),
        issuers=facts.issuers,
        since=approvers.stage_since(request, decisions),
    )
    why_not = standing.why_not(where, reader=reader, now=now)
    return Row(
        request=request,
        account=facts.accounts.get(request.pk),
        role=facts.roles.get(request.target_id) if request.target_id else None,
        decisions=decisions,
        mine=next((one for one in decisions if one.by_id == reader.pk and one.void_at is None), None),
        where=where,
        why_not=why_not,
        speaks_for=standing.speaks_for(where, reader),
        only_deny=why_not or standing.why_only_deny(where, decisions, reader=reader, now=now),
        history=facts.history.get(request.pk, history.NEVER),
        holds=facts.holds,
    )


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
