"""Who may decide, as pure functions over plain data. The policy is copied onto a request when it is made.

The copied shape: {"version": 2, "self_approval": false, "passkey": true, "stages": [{"label": "Lead", "needed": 1,
"pools": [{"people": [{"id": 7, "name": "Adam Novak", "email": "adam@example.com"}],
"groups": [{"id": 3, "name": "Security"}], "managers": false, "after": 0}]}]}.
Groups and managers are looked up at the moment of a decision; `Circle` says who they are then.
Approvals are given as a mapping from the person to the number of the stage, counted from 0.

Whoever is away can have named somebody who decides for them. Such a delegate gives the voice of the one who is away:
it is used up for both of them, so that a delegation never makes two voices of one.
"""

import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from typing import Any, Final

from access.policy import matching

VERSION: Final = 2


@dataclass(frozen=True)
class Approver:
    id: int
    name: str
    email: str


@dataclass(frozen=True)
class Delegate(Approver):
    """Somebody who is asked only because they decide for a person who is away."""

    away: Approver
    until: datetime


@dataclass(frozen=True)
class Delegation:
    """One that runs at the moment. Nobody passes on what was delegated to them."""

    from_id: int
    to_id: int
    until: datetime


@dataclass(frozen=True)
class Group:
    id: int
    name: str
    everybody: bool = False  # all people are in it, so nobody of them is told by name


@dataclass(frozen=True)
class Pool:
    """People who are asked together, `after` so many seconds without the quorum of their stage."""

    people: tuple[Approver, ...] = ()
    groups: tuple[Group, ...] = ()
    managers: bool = False  # the requester's manager
    after: int = 0


@dataclass(frozen=True)
class Stage:
    label: str
    needed: int
    pools: tuple[Pool, ...]


@dataclass(frozen=True)
class Policy:
    stages: tuple[Stage, ...]
    self_approval: bool
    passkey: bool = False  # whether each approval is signed
    passkey_break_glass: bool = False

    @property
    def approvals_needed(self) -> int:
        return sum(quorum(stage) for stage in self.stages)

    def copied(self) -> dict[str, Any]:
        """Write the policy as plain data, for the request's row."""
        stages = [
            {"label": one.label, "needed": one.needed, "pools": [_pool_copied(pool) for pool in one.pools]}
            for one in self.stages
        ]
        signed = {name: True for name in ("passkey", "passkey_break_glass") if getattr(self, name)}
        return {"version": VERSION, "self_approval": self.self_approval, "stages": stages, **signed}


@dataclass(frozen=True)
class Circle:
    """Who is who around one request at one moment."""

    requester_id: int
    people: Mapping[int, Approver]  # everybody whom the policy reaches, by id
    active: Collection[int]  # those of them who can sign in, and decide
    members: Mapping[int, Collection[int]]  # of the policy's groups
    manager_id: int | None = None  # the requester's
    waited: float = math.inf  # seconds that the current stage has been waiting
    auditors: Collection[int] = ()  # of the people: they are not active here, since they decide nothing
    delegations: Collection[Delegation] = ()
    spoken_for: Mapping[int, Approver] = field(default_factory=dict)  # whose voice was given, and by whom

    def at_last(self) -> "Circle":
        """The same people once every pool has been asked."""
        return replace(self, waited=math.inf)

    def with_voice(self, whose: int, by: int) -> "Circle":
        """The same people once one of them has given this voice."""
        return self if whose == by else replace(self, spoken_for={**self.spoken_for, whose: self.people[by]})

    def unheard(self) -> "Circle":
        """The same people with every pool asked, as if nobody's voice had been given by another."""
        return replace(self, waited=math.inf, spoken_for={})

    @property
    def away(self) -> set[int]:
        return {one.from_id for one in self.delegations}


@dataclass(frozen=True)
class DeadEnd:
    """Stages that together can't have as many different people as they need, and whom there is."""

    stages: tuple[int, ...]
    needed: int
    able: tuple[Approver, ...]
    gone: tuple[Approver, ...]  # would be asked, but can no longer sign in
    is_requester: bool  # the requester would be asked, and may not decide
    auditors: tuple[Approver, ...] = ()  # would be asked, and decide nothing


def read(copied: Mapping[str, Any]) -> Policy:
    """Read back what `Policy.copied` wrote, now or when there were neither stages nor groups."""
    if copied["version"] == 1:
        people = _people(copied["approvers"])
        stages: tuple[Stage, ...] = (Stage("", copied["approvals_needed"], (Pool(people),)),)
    else:
        stages = tuple(
            Stage(one["label"], one["needed"], tuple(_pool(pool) for pool in one["pools"])) for one in copied["stages"]
        )
    return Policy(
        stages, copied["self_approval"], copied.get("passkey", False), copied.get("passkey_break_glass", False)
    )


def everybody(policy: Policy, circle: Circle) -> set[int]:
    """Whom its pools ask, in whatever stage and however late."""
    return set().union(*(_reached(stage, circle.at_last()) for stage in policy.stages))


def quorum(stage: Stage) -> int:
    """How many different people have to approve in a stage: never fewer than one."""
    return max(stage.needed, 1)


def own_voices(policy: Policy, stage: int, circle: Circle, given: Collection[int] = ()) -> set[int]:
    """Whose own voice could still be given in a stage after the time it has waited, by them or by their delegate.

    They are active, never the requester unless said so, and have not approved, nor anybody for them.
    """
    ids = (_reached(policy.stages[stage], circle) & set(circle.active)) - set(given) - set(circle.spoken_for)
    return ids if policy.self_approval else ids - {circle.requester_id}


def candidates(policy: Policy, stage: int, circle: Circle, given: Collection[int] = ()) -> tuple[Approver, ...]:
    """List who may decide in a stage after the time it has waited: with a voice of their own, or as a delegate."""
    own = own_voices(policy, stage, circle, given)
    found = {one: circle.people[one] for one in own}
    for one in _delegations(circle, given):
        if one.from_id in own and one.to_id not in found:
            who = circle.people[one.to_id]
            found[one.to_id] = Delegate(who.id, who.name, who.email, circle.people[one.from_id], one.until)
    return _sorted(found.values())


def is_candidate(policy: Policy, stage: int, circle: Circle, person_id: int) -> bool:
    """Whether `candidates` lists this person, when nobody has approved yet."""
    own = own_voices(policy, stage, circle)
    return person_id in own or any(one.to_id == person_id and one.from_id in own for one in _delegations(circle, ()))


def approvals(policy: Policy, stage: int, given: Mapping[int, int], *, requester_id: int) -> int:
    """Count the approvals of a stage. The requester's own voice counts only where the policy says so."""
    voices = {person for person, where in given.items() if where == stage}
    return len(voices if policy.self_approval else voices - {requester_id})


def current(policy: Policy, given: Mapping[int, int], *, requester_id: int) -> int | None:
    """Find the first stage without its quorum; None when there is none."""
    for number, stage in enumerate(policy.stages):
        if approvals(policy, number, given, requester_id=requester_id) < quorum(stage):
            return number
    return None


def is_met(policy: Policy, given: Mapping[int, int], *, requester_id: int) -> bool:
    """Whether every stage has its quorum. A policy without stages is never met."""
    return bool(policy.stages) and current(policy, given, requester_id=requester_id) is None


def may_decide(policy: Policy, circle: Circle, given: Mapping[int, int], person_id: int) -> bool:
    """Whether this person is asked now and has not approved yet."""
    return bool(voices(policy, circle, given, person_id))


def dead_end(policy: Policy, circle: Circle, given: Mapping[int, int] | None = None) -> DeadEnd | None:
    """Find stages that can never get their quorum of different people, even once every pool is asked.

    Delegates change nothing about it: they give voices of people who could give them themselves.
    """
    given, circle = given or {}, circle.at_last()
    return short(policy, circle, given, [own_voices(policy, one, circle, given) for one in range(len(policy.stages))])


def voices(policy: Policy, circle: Circle, given: Mapping[int, int], person_id: int) -> list[int]:
    """The people whose voice this person could give now: their own first, then by name."""
    stage = current(policy, given, requester_id=circle.requester_id)
    if stage is None:
        return []
    own = own_voices(policy, stage, circle, given)
    away = [
        circle.people[one.from_id] for one in _delegations(circle, given)
        if one.to_id == person_id and one.from_id in own
    ]  # fmt: skip
    return [*([person_id] if person_id in own else []), *(one.id for one in _sorted(away))]


def _delegations(circle: Circle, given: Collection[int]) -> list[Delegation]:
    """Those that count: the delegate is active, did not ask, and no voice was given by them or for them."""
    able = set(circle.active) - {circle.requester_id} - set(given) - set(circle.spoken_for)
    return [one for one in circle.delegations if one.to_id in able]


def short(
    policy: Policy, circle: Circle, given: Mapping[int, int], able: Sequence[Collection[int]]
) -> DeadEnd | None:  # fmt: skip
    """Name the stages that together lack people, when these are able in each."""
    if not policy.stages:
        return DeadEnd((), 1, (), (), is_requester=False)
    needs = [
        max(quorum(stage) - approvals(policy, number, given, requester_id=circle.requester_id), 0)
        for number, stage in enumerate(policy.stages)
    ]
    short = matching.unfillable(needs, able)
    if not short:
        return None
    reached = set().union(*(_reached(policy.stages[one], circle) for one in short)) - set(given)
    return DeadEnd(
        stages=tuple(sorted(short)),
        needed=sum(needs[one] for one in short),
        able=_sorted(circle.people[one] for one in set().union(*(able[stage] for stage in short))),
        gone=_sorted(
            circle.people[one] for one in reached - set(circle.active) - set(circle.auditors) - {circle.requester_id}
        ),
        auditors=_sorted(circle.people[one] for one in reached & set(circle.auditors)),
        is_requester=circle.requester_id in reached and not policy.self_approval,
    )


def _reached(stage: Stage, circle: Circle) -> set[int]:
    """Everybody who is asked by now, whether or not they could decide."""
    found: set[int] = set()
    for pool in stage.pools:
        if pool.after > circle.waited:
            continue
        found.update(one.id for one in pool.people)
        for group in pool.groups:
            found.update(circle.members.get(group.id, ()))
        if pool.managers and circle.manager_id is not None:
            found.add(circle.manager_id)
    return found & set(circle.people)


def _sorted(people: Iterable[Approver]) -> tuple[Approver, ...]:
    return tuple(sorted(people, key=lambda one: (one.name.lower(), one.email)))


def _pool_copied(pool: Pool) -> dict[str, Any]:
    return {
        "people": [asdict(one) for one in pool.people],
        "groups": [
            {"id": one.id, "name": one.name, **({"everybody": True} if one.everybody else {})} for one in pool.groups
        ],
        "managers": pool.managers,
        "after": pool.after,
    }


def _pool(copied: Mapping[str, Any]) -> Pool:
    groups = tuple(Group(one["id"], one["name"], one.get("everybody", False)) for one in copied["groups"])
    return Pool(_people(copied["people"]), groups, copied["managers"], copied["after"])


def _people(copied: Iterable[Mapping[str, Any]]) -> tuple[Approver, ...]:
    return tuple(Approver(one["id"], one["name"], one["email"]) for one in copied)
