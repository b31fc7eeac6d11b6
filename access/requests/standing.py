"""Where a request stands with those who decide it: who can, who could later, and why the reader can't."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any

from access.core.errors import Refusal
from access.core.states import RequestState
from access.models import AccessRequest, Decision, User
from access.people import tokens
from access.policy import asked_by_name, dead_ends, delegated, policy
from access.requests.rules import check_approval, check_can_decide, check_speaks_once


@dataclass(frozen=True)
class Standing:
    request: AccessRequest
    in_force: policy.Policy
    given: Mapping[int, int]
    circle: policy.Circle
    issuers: tokens.Issuers
    since: datetime  # when the stage began that it is in

    @property
    def at(self) -> int | None:
        """The stage that it waits in; None once it has every approval."""
        return policy.current(self.in_force, self.given, requester_id=self.request.requester_id)


@dataclass(frozen=True)
class Stage:
    """One of the stages. Who can decide in it is found out once somebody asks: a list tells how many have."""

    name: str  # empty where there is only one, without a name
    needed: int
    approvals: int
    standing: Standing
    number: int

    @cached_property
    def can_still(self) -> Sequence[policy.Approver]:
        """Who can decide in it by now and has not yet."""
        return _asked_now(self.standing, self.number)

    @cached_property
    def opens(self) -> Sequence[tuple[datetime, Sequence[policy.Approver]]]:
        """Who else can from when on, if it still waits then."""
        return _asked_later(self.standing, self.number) if self.number == self.standing.at else []


def why_not(standing: Standing, *, reader: User, now: datetime) -> str:
    """Why this reader can't decide it; empty when they can."""
    return _refusal(
        check_can_decide, standing, by=reader, given=standing.given, circle=standing.circle, issuers=standing.issuers,
        now=now,
    )  # fmt: skip


def why_only_deny(standing: Standing, decisions: Collection[Decision], *, reader: User, now: datetime) -> str:
    """Why this reader, who can decide it, can't approve; empty when they can."""

    def check(request: AccessRequest) -> None:
        check_approval(request, by=reader, given=standing.given, circle=standing.circle)
        for_whom = speaks_for(standing, reader)
        away = for_whom.id if for_whom else None
        check_speaks_once(request, decisions, by=reader, away=away, issuers=standing.issuers, now=now)

    return _refusal(check, standing)


def speaks_for(standing: Standing, reader: User) -> policy.Approver | None:
    """The person who is away, and for whom this reader would decide."""
    whose = delegated.voice(standing.in_force, standing.circle, standing.given, reader.pk)
    return None if whose in (None, reader.pk) else standing.circle.people[whose or 0]


def dead_end(standing: Standing) -> str:
    """Why nobody can approve it any more; empty when somebody can, or it is settled."""
    if standing.request.state != RequestState.PENDING:
        return ""
    found = policy.dead_end(standing.in_force, standing.circle, standing.given)
    dead = dead_ends.why_dead(standing.in_force, found, person=str(standing.request.requester)) if found else ""
    return standing.request.barred or dead


def stages(standing: Standing) -> list[Stage]:
    """Who decides, one after the other."""
    in_force, requester = standing.in_force, standing.request.requester_id
    return [
        Stage(
            name=dead_ends.stage_name(in_force, number) if len(in_force.stages) > 1 or one.label else "",
            needed=policy.quorum(one),
            approvals=policy.approvals(in_force, number, standing.given, requester_id=requester),
            standing=standing,
            number=number,
        )
        for number, one in enumerate(in_force.stages)
    ]


def _refusal(check: Callable[..., object], standing: Standing, **of: Any) -> str:
    try:
        check(standing.request, **of)
    except Refusal as refusal:
        return str(refusal)
    return ""


def _asked_now(standing: Standing, stage: int) -> list[policy.Approver]:
    # The clock of a later stage has not begun.
    circle = standing.circle if stage == standing.at else replace(standing.circle, waited=0)
    return list(asked_by_name.candidates_told(standing.in_force, stage, circle, standing.given))


def _asked_later(standing: Standing, stage: int) -> list[tuple[datetime, Sequence[policy.Approver]]]:
    """Those who are asked only later, with the moment."""
    seen = set(standing.given) | {one.id for one in _asked_now(standing, stage)}
    found: list[tuple[datetime, Sequence[policy.Approver]]] = []
    afters = {pool.after for pool in standing.in_force.stages[stage].pools if pool.after > standing.circle.waited}
    for after in sorted(afters):
        circle = replace(standing.circle, waited=after)
        able = asked_by_name.candidates_told(standing.in_force, stage, circle, standing.given)
        new = [one for one in able if one.id not in seen]
        seen |= {one.id for one in new}
        if new:
            found.append((standing.since + timedelta(seconds=after), new))
    return found
