"""What a change of the set-up means for people: who may ask for and approve what, before and after."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from access.core.states import OPEN
from access.models import Flow, Grant, User
from access.policy import approvers, asked_by_name, policy, simulate

EVERYBODY: Final = "everybody who can sign in"


@dataclass(frozen=True)
class State:
    """Who may do what in the set-up of one moment."""

    asks: frozenset[tuple[str, str]] = frozenset()  # who, and the name of a target
    approves: frozenset[tuple[str, str]] = frozenset()  # e-mail or “the manager of whoever asks”, and a target
    dead_ends: Mapping[str, str] = field(default_factory=dict)  # why, by the name of the flow


@dataclass(frozen=True)
class Effect:
    may_ask: list[tuple[str, str]]
    may_no_longer_ask: list[tuple[str, str]]
    may_approve: list[tuple[str, str]]
    may_no_longer_approve: list[tuple[str, str]]
    dead_ends: dict[str, str]
    touched: list[str]  # open grants on targets that change


def state() -> State:
    """Look at every flow that takes requests: a fixed number of queries."""
    flows = list(
        approvers.with_policies(Flow.objects.filter(is_active=True)).prefetch_related("strategy__targets", "requesters")
    )
    in_force = {flow.name: approvers.of_flow(flow) for flow in flows}
    people = list(User.objects.filter(is_active=True, is_auditor=False))
    known = approvers.circles(in_force.values(), people)
    asks: set[tuple[str, str]] = set()
    approves: set[tuple[str, str]] = set()
    dead = {}
    for flow in flows:
        targets = (
            [one.name for one in flow.strategy.targets.all()] if flow.strategy else [f"{flow.name} (approval only)"]
        )
        asks.update((who, target) for who in _askers(flow) for target in targets)
        approves.update((who, target) for who in _approvers(in_force[flow.name], known) for target in targets)
        members = {one.pk for group in flow.requesters.all() for one in group.members.all()}
        askers = [one for one in people if one.pk in members] if flow.requesters.all() else people
        reach = simulate.reach(in_force[flow.name], askers, known)
        if reach.dead_end:
            dead[flow.name] = reach.sentence
    return State(frozenset(asks), frozenset(approves), dead)


def between(before: State, after: State, changed_targets: Iterable[str]) -> Effect:
    """Compare two moments."""
    held = Grant.objects.filter(target__name__in=list(changed_targets), state__in=OPEN)
    return Effect(
        may_ask=sorted(after.asks - before.asks),
        may_no_longer_ask=sorted(before.asks - after.asks),
        may_approve=sorted(after.approves - before.approves),
        may_no_longer_approve=sorted(before.approves - after.approves),
        dead_ends={name: why for name, why in sorted(after.dead_ends.items()) if name not in before.dead_ends},
        touched=[f"{one.ref}: {one.person} on {one.target}" for one in held.select_related("person", "target")],
    )


def _askers(flow: Flow) -> list[str]:
    """Everybody, or the groups that may."""
    groups = [f"the group {one.name}" for one in flow.requesters.all()]
    return groups or [EVERYBODY]


def _approvers(in_force: policy.Policy, known: approvers.Circles) -> set[str]:
    circle = simulate.somebody_else(known)
    circle, named, stages = circle.at_last(), asked_by_name.by_name(in_force), range(len(in_force.stages))
    able = {one.email for number in stages for one in policy.candidates(named, number, circle)}
    able |= {EVERYBODY for number in stages if asked_by_name.open_groups(in_force, number, circle)}
    managers = any(pool.managers for stage in in_force.stages for pool in stage.pools)
    return able | ({"the manager of whoever asks"} if managers else set())
