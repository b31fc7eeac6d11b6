"""Policies of flows, and who is who around a request at this moment: groups and managers as they are now."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from django.db.models import Exists, OuterRef, Prefetch, Q, QuerySet

from access.core.prepared import prepared, read_along
from access.models import AccessRequest, Asked, Decision, Flow, Grant, Group, Pool, Stage, User
from access.people import current_delegations
from access.policy import asked_by_name, copied, decides_for, in_force, policy, who_is_who, words
from access.policy.decides_for import Reach


def of_flow(flow: Flow) -> policy.Policy:
    """Read the policy in force on a flow: one query, or none when `with_policies` has read it."""
    known = getattr(flow, "_prefetched_objects_cache", {})
    stages = tuple(_stage(one) for one in known["stages"]) if "stages" in known else in_force.stages(flow.pk)
    return policy.Policy(stages, flow.self_approval, flow.approve_with_passkey, flow.signs_break_glass)


def of_flows(flows: Iterable[Flow]) -> dict[int, policy.Policy]:
    """The same of several flows, by primary key: one query."""
    known = {one.pk: one for one in flows}
    stages = in_force.of_flows(known)
    return {
        pk: policy.Policy(stages.get(pk, ()), one.self_approval, one.approve_with_passkey, one.signs_break_glass)
        for pk, one in known.items()
    }


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
    plain = [policy.Group(one.pk, one.label, one.everybody) for one in groups]
    return in_force.pool_of(map(approver, people), plain, managers=managers, after=after)


def approver(user: User) -> policy.Approver:
    return policy.Approver(user.pk, str(user), user.email)


@dataclass(frozen=True)
class Circles:
    """Everybody whom some policies reach, read at once."""

    people: Mapping[int, policy.Approver]
    active: Collection[int]
    members: Mapping[int, Collection[int]]
    auditors: Collection[int] = ()
    delegations: Collection[policy.Delegation] = ()
    # Of the flows that say who may stand in: whom they let, by the flow's primary key.
    stand_ins: Mapping[int, Collection[int]] = field(default_factory=dict)

    def around(self, requester: User) -> policy.Circle:
        """Who is who for this person's request, once every pool has been asked."""
        return policy.Circle(
            requester.pk,
            self.people,
            self.active,
            self.members,
            requester.manager_id,
            auditors=self.auditors,
            delegations=self.delegations,
        )

    def of(self, request: AccessRequest, decisions: Iterable[Decision], *, now: datetime) -> policy.Circle:
        """Who is who for this request now."""
        decisions = list(decisions)
        waited = (now - stage_since(request, decisions)).total_seconds()
        circle = self.in_flow(request.flow_id, copied.of(request), self.around(request.requester))
        return replace(circle, waited=waited, spoken_for=_spoken_for(decisions))

    def in_flow(self, flow_id: int, in_force: policy.Policy, circle: policy.Circle) -> policy.Circle:
        """The same people, of whose delegations those count that the flow lets: its groups, or else its own pools."""
        if not self.delegations:
            return circle
        named = self.stand_ins.get(flow_id)
        may = policy.everybody(in_force, circle) if named is None else named
        return replace(circle, delegations=[one for one in self.delegations if one.to_id in may])


def circles(
    policies: Iterable[policy.Policy], requesters: Iterable[User], *, now: datetime | None = None
) -> Circles:  # fmt: skip
    """Read the members of all groups of these policies, all people whom they reach, and who decides for whom.

    One query, and two more while somebody is away. Without `now` delegations are left out: whether a policy can be met
    does not depend on them.
    """
    pools = [pool for one in policies for stage in one.stages for pool in stage.pools]
    named = {one.id for pool in pools for one in pool.people}
    if any(pool.managers for pool in pools):
        named |= {one.manager_id for one in requesters if one.manager_id is not None}
    found = who_is_who.read(groups={group.id for pool in pools for group in pool.groups}, people=named, now=now)
    able, auditors = found.active - found.auditors, found.active & found.auditors
    stand_ins = _stand_ins() if found.delegations else {}
    return Circles(found.people, able, found.members, auditors, found.delegations, stand_ins)


def _stand_ins() -> dict[int, set[int]]:
    """Of each flow that names groups whose members may stand in: the members."""
    found: dict[int, set[int]] = {}
    for flow, member in Flow.stand_ins.through.objects.values_list("flow_id", "group__members"):
        found.setdefault(flow, set()).update([member] if member else [])
    return found


def _spoken_for(decisions: Iterable[Decision]) -> dict[int, policy.Approver]:
    """Whose voice a delegate has given already, and which one."""
    yes = [one for one in decisions if one.counts]
    return {one.on_behalf_of_id: approver(one.by) for one in yes if one.on_behalf_of_id}


def given(decisions: Iterable[Decision]) -> dict[int, int]:
    """Who approved, and in which stage."""
    return {one.by_id: one.stage for one in decisions if one.counts}


def stage_of(request: AccessRequest) -> int | None:
    """The stage that a request waits in; None once it has every approval."""
    in_force = policy.read(request.policy)
    return policy.current(in_force, given(request.decisions.all()), requester_id=request.requester_id)


def stage_since(request: AccessRequest, decisions: Iterable[Decision]) -> datetime:
    """When the stage began that the request is in: with its first one, or when the one before was passed."""
    decisions = list(decisions)
    stage = policy.current(copied.of(request), given(decisions), requester_id=request.requester_id)
    before = [one.at for one in decisions if one.counts and stage and one.stage < stage]
    return max(before, default=request.created_at)


def deciders(request: AccessRequest, *, now: datetime) -> tuple[policy.Approver, ...]:
    """Who can decide this request now and has not yet, for those who tell them; see `turn`."""
    return turn(request, now=now)[1]


def turn(request: AccessRequest, *, now: datetime) -> tuple[int, tuple[policy.Approver, ...]]:
    """The stage that a request waits in and who can decide in it now; nobody once it has every approval.

    Without those who can only because everybody may: they are not told, and come by themselves.
    """
    in_force, (approved, circle) = asked_by_name.by_name(policy.read(request.policy)), standing(request, now=now)
    stage = policy.current(in_force, approved, requester_id=request.requester_id)
    return (0, ()) if stage is None else (stage, policy.candidates(in_force, stage, circle, approved))


def names(request: AccessRequest, *, now: datetime) -> list[str]:
    """Who can decide this request now, as people are told: each by name, and everybody as the group of theirs."""
    in_force, (approved, circle) = policy.read(request.policy), standing(request, now=now)
    stage = policy.current(in_force, approved, requester_id=request.requester_id)
    if stage is None:
        return []
    named = policy.candidates(asked_by_name.by_name(in_force), stage, circle, approved)
    return [*map(words.name, named), *(one.name for one in asked_by_name.open_groups(in_force, stage, circle))]


def standing(request: AccessRequest, *, now: datetime) -> tuple[dict[int, int], policy.Circle]:
    """Who has approved in which stage, and who is who now: two queries."""
    decisions = list(request.decisions.select_related("by"))
    return given(decisions), around(request, now=now).of(request, decisions, now=now)


def around(request: AccessRequest, *, now: datetime) -> Circles:
    """Everybody whom the policy of a request reaches: one query."""
    return circles([policy.read(request.policy)], [request.requester], now=now)


def with_decisions(requests: QuerySet[AccessRequest]) -> QuerySet[AccessRequest]:
    """Read along the decisions in their order, with whose they are; of a locked row once it is locked."""
    return requests.prefetch_related(Prefetch("decisions", _in_order()))


def read_decisions(request: AccessRequest) -> list[Decision]:
    """Read the decisions of one request as `with_decisions` does: they are kept with it, too."""
    found = _decisions(request.pk)
    for one in found:
        one.request = request
    read_along(request, "decisions", found)
    return found


@prepared
def _decisions(request: int) -> QuerySet[Decision]:
    return _in_order().filter(request=request)


def _in_order() -> QuerySet[Decision]:
    return Decision.objects.select_related("by", "on_behalf_of").order_by("at", "pk")


def asks(person: User, *, now: datetime | None = None, reach: Reach | None = None) -> QuerySet[Asked]:
    """Find the entries that lead to this person at the moment: by name, by a group, as the requester's manager.

    Or in one of these ways to somebody who is away, and for whom they decide, if the request's flow lets them: who may
    not stand in need not read it. Without `now` only themselves. What is known of their `reach` is not read again.
    """
    if person.is_auditor:
        return Asked.objects.none()
    reach = reach or decides_for.of(person, now=now)
    entries = reach.themselves.entries
    if reach.away:
        entries |= reach.entries & let_stand_in(person)
    return Asked.objects.filter(entries)


def let_stand_in(person: User) -> Q:
    """Narrow the entries of `Asked` to those of flows that name this person among who decides for others.

    Where a flow names nobody, its own pools may stand in: those are asked themselves.
    """
    named = Flow.stand_ins.through.objects.filter(flow=OuterRef("request__flow"), group__members=person)
    return Q(Exists(named))


def asked_to_decide(person: User, *, now: datetime, reach: Reach | None = None) -> Q:
    """Narrow requests to those whose stage asks this person now, themselves or for somebody, by a voice still theirs.

    The database's own words for `policy.may_decide`.
    """
    if person.is_auditor:
        return Q(pk__in=[])
    reach = reach or decides_for.of(person, now=now)
    themselves = reach.themselves
    opened = Asked.objects.filter(request=OuterRef("pk"), opens_at__lte=now)
    decided = Decision.objects.filter(request=OuterRef("pk"), void_at=None).filter(
        Q(by=person) | Q(on_behalf_of=person)
    )
    may = Q(Exists(opened.filter(themselves.entries))) & (~Q(requester=person) | Q(policy__self_approval=True))
    if reach.away:
        may |= _lets_stand_in(themselves) & _for_others(person, now=now)
    return may & ~Q(Exists(decided))


def _lets_stand_in(themselves: Reach) -> Q:
    """Whether the flow lets this person decide for others: by the groups that it names, or else by its own pools."""
    named = Flow.stand_ins.through.objects.filter(flow=OuterRef("flow"))
    own = Asked.objects.filter(themselves.entries, request=OuterRef("pk"))
    return Q(Exists(named.filter(group__members=themselves.person))) | Q(~Exists(named), Exists(own))


def _for_others(person: User, *, now: datetime) -> Q:
    """Those that ask somebody for whom this person decides, and whose voice is not given yet."""
    asked, away = OuterRef(OuterRef("pk")), OuterRef("from_person")
    opened = Asked.objects.filter(_leads_to(away), request=asked, opens_at__lte=now)
    decided = Decision.objects.filter(Q(by=away) | Q(on_behalf_of=away), request=asked, void_at=None)
    may = Q(policy__self_approval=True)
    running = current_delegations.running(now=now).filter(Exists(opened), ~Exists(decided), to_person=person)
    not_theirs = running.exclude(from_person=OuterRef("requester"))
    return ~Q(requester=person) & (Q(Exists(not_theirs)) | (may & Q(Exists(running))))


def _leads_to(whom: Any) -> Q:
    return Q(person=whom) | Q(group__members=whom) | Q(manager=True, request__requester__manager=whom)


def approves(
    person: User, requests: Iterable[AccessRequest], *, now: datetime, reach: Reach | None = None
) -> set[int]:  # fmt: skip
    """Which of these requests this person may decide in some stage, or could have: their primary keys."""
    return _approves(person, "pk", [one.pk for one in requests], now=now, reach=reach)


def approves_of(person: User, grants: Iterable[Grant], *, now: datetime, reach: Reach | None = None) -> set[int]:
    """The same of the requests behind these grants."""
    return _approves(person, "grant", [one.pk for one in grants], now=now, reach=reach)


def _approves(person: User, way: str, pks: Collection[int], *, now: datetime, reach: Reach | None) -> set[int]:
    if not pks or person.is_auditor:
        return set()
    return set(_asking(reach or decides_for.of(person, now=now), pks, way=way))


@prepared
def _asking(reach: Reach, pks: Collection[int], *, way: str) -> QuerySet[AccessRequest, int]:
    may = Exists(asks(reach.person, reach=reach).filter(request=OuterRef("pk")))
    return AccessRequest.objects.filter(may, **{f"{way}__in": pks}).values_list("pk", flat=True)
