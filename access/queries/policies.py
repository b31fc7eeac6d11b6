"""Policies of flows, and who is who around a request at this moment: groups and managers as they are now."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from django.db.models import Exists, OuterRef, Prefetch, Q, QuerySet

from access import policy
from access.models import AccessRequest, Asked, Decision, Flow, Grant, Group, Pool, Stage, User


def of_flow(flow: Flow) -> policy.Policy:
    """Read the policy in force on a flow: four queries, or none when `with_policies` has read it."""
    known = getattr(flow, "_prefetched_objects_cache", {})
    stages = known["stages"] if "stages" in known else _stages().filter(flow=flow)
    return policy.Policy(tuple(_stage(one) for one in stages), flow.self_approval)


def with_policies(flows: QuerySet[Flow]) -> QuerySet[Flow]:
    return flows.prefetch_related(Prefetch("stages", queryset=_stages()))


def _stages() -> QuerySet[Stage]:
    return Stage.objects.prefetch_related("pools__people", "pools__groups").order_by("position", "pk")


def _stage(stage: Stage) -> policy.Stage:
    pools = sorted(stage.pools.all(), key=lambda one: (one.after, one.pk))
    return policy.Stage(stage.label, stage.approvals_needed, tuple(pool_of(one) for one in pools))


def pool_of(pool: Pool) -> policy.Pool:
    return plain_pool(pool.people.all(), pool.groups.all(), managers=pool.managers, after=pool.after)


def plain_pool(
    people: Iterable[User], groups: Iterable[Group] = (), *, managers: bool = False, after: int = 0
) -> policy.Pool:
    """Write rows as plain data, in an order that does not depend on the database."""
    named = sorted((approver(one) for one in people), key=lambda one: (one.name.lower(), one.email))
    by_label = sorted((policy.Group(one.pk, one.label) for one in groups), key=lambda one: one.name.lower())
    return policy.Pool(tuple(named), tuple(by_label), managers, after)


def approver(user: User) -> policy.Approver:
    return policy.Approver(user.pk, str(user), user.email)


@dataclass(frozen=True)
class Circles:
    """Everybody whom some policies reach, read at once."""

    people: Mapping[int, policy.Approver]
    active: Collection[int]
    members: Mapping[int, Collection[int]]
    auditors: Collection[int] = ()

    def around(self, requester: User) -> policy.Circle:
        """Who is who for this person's request, once every pool has been asked."""
        return policy.Circle(
            requester.pk, self.people, self.active, self.members, requester.manager_id, auditors=self.auditors
        )

    def of(self, request: AccessRequest, decisions: Iterable[Decision], *, now: datetime) -> policy.Circle:
        """Who is who for this request now."""
        return replace(self.around(request.requester), waited=(now - stage_since(request, decisions)).total_seconds())


def circles(policies: Iterable[policy.Policy], requesters: Iterable[User]) -> Circles:
    """Read the members of all groups of these policies, and all people whom they reach: two queries."""
    pools = [pool for one in policies for stage in one.stages for pool in stage.pools]
    groups = {group.id for pool in pools for group in pool.groups}
    members: dict[int, set[int]] = {}
    for group, person in Group.members.through.objects.filter(group__in=groups).values_list("group_id", "user_id"):
        members.setdefault(group, set()).add(person)
    ids = {one.id for pool in pools for one in pool.people}.union(*members.values())
    if any(pool.managers for pool in pools):
        ids |= {one.manager_id for one in requesters if one.manager_id is not None}
    people = list(User.objects.filter(pk__in=ids))
    active = {one.pk for one in people if one.is_active}
    auditors = {one.pk for one in people if one.is_auditor}
    return Circles({one.pk: approver(one) for one in people}, active - auditors, members, auditors & active)


def given(decisions: Iterable[Decision]) -> dict[int, int]:
    """Who approved, and in which stage."""
    return {one.by_id: one.stage for one in decisions if one.verdict == Decision.Verdict.APPROVE}


def stage_of(request: AccessRequest) -> int | None:
    """The stage that a request waits in; None once it has every approval."""
    in_force = policy.read(request.policy)
    return policy.current(in_force, given(request.decisions.all()), requester_id=request.requester_id)


def stage_since(request: AccessRequest, decisions: Iterable[Decision]) -> datetime:
    """When the stage began that the request is in: with its first one, or when the one before was passed."""
    decisions = list(decisions)
    stage = policy.current(policy.read(request.policy), given(decisions), requester_id=request.requester_id)
    before = [one.at for one in decisions if stage and one.stage < stage]
    return max(before, default=request.created_at)


def deciders(request: AccessRequest, *, now: datetime) -> set[int]:
    """Who can decide this request now and has not yet: primary keys, for those who tell them."""
    approved, circle = standing(request, now=now)
    return {pk for pk in circle.people if policy.may_decide(policy.read(request.policy), circle, approved, pk)}


def standing(request: AccessRequest, *, now: datetime) -> tuple[dict[int, int], policy.Circle]:
    """Who has approved in which stage, and who is who now: three queries."""
    decisions = list(request.decisions.all())
    circle = circles([policy.read(request.policy)], [request.requester]).of(request, decisions, now=now)
    return given(decisions), circle


def asks(person: User) -> QuerySet[Asked]:
    """Find the entries that lead to this person at the moment: by name, by a group, or as the requester's manager."""
    if person.is_auditor:
        return Asked.objects.none()
    mine = Q(person=person) | Q(group__members=person) | Q(manager=True, request__requester__manager=person)
    return Asked.objects.filter(mine)


def approves(person: User, requests: Iterable[AccessRequest]) -> set[int]:
    """Which of these requests this person may decide in some stage, or could have: their primary keys."""
    return _approves(person, Q(pk__in=[one.pk for one in requests]))


def approves_of(person: User, grants: Iterable[Grant]) -> set[int]:
    """The same of the requests behind these grants."""
    return _approves(person, Q(grant__in=[one.pk for one in grants]))


def _approves(person: User, which: Q) -> set[int]:
    return set(
        AccessRequest.objects.filter(which, Exists(asks(person).filter(request=OuterRef("pk")))).values_list(
            "pk", flat=True
        )
    )
