"""Who may decide, as pure functions over plain data. The policy is copied onto a request when it is made.

The copied shape: {"version": 2, "self_approval": false, "stages": [{"label": "Lead", "needed": 1, "pools": [
{"people": [{"id": 7, "name": "Adam Novak", "email": "adam@example.com"}],
"groups": [{"id": 3, "name": "Security"}], "managers": false, "after": 0}]}]}.
Groups and managers are looked up at the moment of a decision; `Circle` says who they are then.
Approvals are given as a mapping from the person to the number of the stage, counted from 0.
"""

import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, Final

VERSION: Final = 2


@dataclass(frozen=True)
class Approver:
    id: int
    name: str
    email: str


@dataclass(frozen=True)
class Group:
    id: int
    name: str


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

    @property
    def approvals_needed(self) -> int:
        return sum(quorum(stage) for stage in self.stages)

    def copied(self) -> dict[str, Any]:
        """Write the policy as plain data, for the request's row."""
        stages = [
            {"label": one.label, "needed": one.needed, "pools": [_pool_copied(pool) for pool in one.pools]}
            for one in self.stages
        ]
        return {"version": VERSION, "self_approval": self.self_approval, "stages": stages}


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

    def at_last(self) -> "Circle":
        """The same people once every pool has been asked."""
        return replace(self, waited=math.inf)


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
    return Policy(stages, copied["self_approval"])


def quorum(stage: Stage) -> int:
    """How many different people have to approve in a stage: never fewer than one."""
    return max(stage.needed, 1)


def candidates(policy: Policy, stage: int, circle: Circle) -> tuple[Approver, ...]:
    """List who may decide in a stage after the time it has waited: active, and never the requester unless said so."""
    ids = _reached(policy.stages[stage], circle) & set(circle.active)
    if not policy.self_approval:
        ids -= {circle.requester_id}
    return _sorted(circle.people[one] for one in ids)


def reviewers(policy: Policy, circle: Circle) -> tuple[Approver, ...]:
    """List everybody whom some stage asks sooner or later: active, and never the requester, even with self-approval."""
    strict = replace(policy, self_approval=False)
    circle = circle.at_last()
    return _sorted({one for number in range(len(strict.stages)) for one in candidates(strict, number, circle)})


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
    stage = current(policy, given, requester_id=circle.requester_id)
    if stage is None or person_id in given:
        return False
    return any(one.id == person_id for one in candidates(policy, stage, circle))


def dead_end(policy: Policy, circle: Circle, given: Mapping[int, int] | None = None) -> DeadEnd | None:
    """Find stages that can never get their quorum of different people, even once every pool is asked."""
    given = given or {}
    if not policy.stages:
        return DeadEnd((), 1, (), (), is_requester=False)
    circle = circle.at_last()
    needs, able = _left(policy, circle, given)
    short = unfillable(needs, able)
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


def made_impossible(policy: Policy, circle: Circle, given: Mapping[int, int], person_id: int) -> int | None:
    """Find the later stage that could no longer get its quorum if this person approved now; None when all could."""
    stage = current(policy, given, requester_id=circle.requester_id)
    if stage is None or dead_end(policy, circle, given):
        return None
    after = dead_end(policy, circle, {**given, person_id: stage})
    return max(after.stages) if after else None


def unfillable(needs: Sequence[int], able: Sequence[Collection[int]]) -> frozenset[int]:
    """Find places that together need more different people than are able; empty when each gets all it needs.

    A matching by augmenting paths: each further person that a place needs is free, or is passed on from a place
    that can take somebody else instead. Where no path is left, the places that were reached share too few people.
    """
    taken: dict[int, int] = {}
    for place, needed in enumerate(needs):
        if needed > len(able[place]):
            return frozenset({place})
        for _one_more in range(needed):
            if short := _give_one_more(place, able, taken):
                return short
    return frozenset()


def _give_one_more(start: int, able: Sequence[Collection[int]], taken: dict[int, int]) -> frozenset[int]:
    """Give the place one more person along an augmenting path, else name the places that were reached."""
    wanted_by: dict[int, int] = {}
    lost: dict[int, int] = {}  # whom a place would have to pass on
    places = [start]
    for place in places:
        for person in able[place]:
            if person in wanted_by:
                continue
            wanted_by[person] = place
            holder = taken.get(person)
            if holder is None:
                _pass_on(person, start, wanted_by, lost, taken)
                return frozenset()
            if holder != start and holder not in lost:
                lost[holder] = person
                places.append(holder)
    return frozenset(places)


def _pass_on(
    person: int, start: int, wanted_by: Mapping[int, int], lost: Mapping[int, int], taken: dict[int, int]
) -> None:
    while True:
        place = taken[person] = wanted_by[person]
        if place == start:
            return
        person = lost[place]


def _left(policy: Policy, circle: Circle, given: Mapping[int, int]) -> tuple[list[int], list[Collection[int]]]:
    """What each stage still needs, and who is left to give it."""
    needs = [
        max(quorum(stage) - approvals(policy, number, given, requester_id=circle.requester_id), 0)
        for number, stage in enumerate(policy.stages)
    ]
    able: list[Collection[int]] = [
        [one.id for one in candidates(policy, number, circle) if one.id not in given]
        for number in range(len(policy.stages))
    ]
    return needs, able


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
        "groups": [asdict(one) for one in pool.groups],
        "managers": pool.managers,
        "after": pool.after,
    }


def _pool(copied: Mapping[str, Any]) -> Pool:
    groups = tuple(Group(one["id"], one["name"]) for one in copied["groups"])
    return Pool(_people(copied["people"]), groups, copied["managers"], copied["after"])


def _people(copied: Iterable[Mapping[str, Any]]) -> tuple[Approver, ...]:
    return tuple(Approver(one["id"], one["name"], one["email"]) for one in copied)
