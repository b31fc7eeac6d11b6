"""Who could decide a request that nobody has asked for yet, stage by stage, and where that ends nowhere."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from access.models import Flow, Group, User
from access.policy import approvers, asked_by_name, askers, dead_ends, delegated, policy
from access.policy import words as policy_words

# Stands for a person whom no pool knows.
_SOMEBODY_ELSE = 0


@dataclass(frozen=True)
class Step:
    """One stage, as it would be for this requester."""

    name: str
    needed: int
    at_once: tuple[policy.Approver, ...]  # who could decide from the beginning of the stage
    later: tuple[tuple[int, tuple[policy.Approver, ...]], ...]  # after so many seconds also these
    managers: frozenset[int]  # after how many seconds the requester's manager is asked; such a manager is in the above
    words: str

    @property
    def able(self) -> tuple[policy.Approver, ...]:
        return (*self.at_once, *(one for _after, people in self.later for one in people))


@dataclass(frozen=True)
class Outlook:
    in_force: policy.Policy
    steps: tuple[Step, ...]
    dead_end: policy.DeadEnd | None
    sentence: str  # who decides, in words
    held_up: str = ""  # what waits for somebody who is away at that moment; empty when nothing does

    @property
    def approvals_needed(self) -> int:
        return self.in_force.approvals_needed

    @property
    def why_not(self) -> str:
        """Why the one who asks could not be helped, said to them; empty when they could."""
        return dead_ends.why_dead(self.in_force, self.dead_end) if self.dead_end else ""

    def why_not_for(self, person: str) -> str:
        """The same, said of them."""
        return dead_ends.why_dead(self.in_force, self.dead_end, person=person) if self.dead_end else ""


@dataclass(frozen=True)
class Reach:
    """Whom the requests of a flow could help, of all who may ask."""

    dead_end: str  # why nobody's request could be approved; empty when somebody's could
    stuck: tuple[User, ...]  # whose own could not, although others' could

    @property
    def sentence(self) -> str:
        """What an admin has to know; empty when everybody's request could be approved."""
        if self.dead_end:
            return _("Nobody's request could be approved: %(why)s") % {"why": self.dead_end}
        if self.stuck:
            people = policy_words.shortened([str(one) for one in self.stuck])
            return _("What these people ask for themselves could not be approved: %(names)s.") % {"names": people}
        return ""


def outlook(in_force: policy.Policy, circle: policy.Circle) -> Outlook:
    """Look at one person's request under this policy."""
    steps = tuple(_step(in_force, number, circle) for number in range(len(in_force.stages)))
    dead_end, words = policy.dead_end(in_force, circle), policy_words.sentence(in_force, circle)
    return Outlook(in_force, steps, dead_end, words, "" if dead_end else _held_up(in_force, circle))


def _held_up(in_force: policy.Policy, circle: policy.Circle) -> str:
    found = delegated.hold_up(in_force, circle)
    if found is None:
        return ""
    words = {
        "names": dead_ends.names(circle.people[one] for one in sorted(circle.away)),
        "why": dead_ends.why_dead(in_force, found, person=_("Whoever asks")),
    }
    return _("It waits for somebody who is away (%(names)s): without them, %(why)s") % words


def of_flow(flow: Flow, requester: User, *, at: datetime) -> Outlook:
    """Look at a request that this person would make at a moment, with who is away then."""
    in_force = approvers.of_flow(flow)
    return outlook(in_force, approvers.circles([in_force], [requester], now=at).around(requester))


def somebody_else(known: approvers.Circles, manager_id: int | None = None) -> policy.Circle:
    """A requester whom nobody's pool knows, with this manager."""
    return policy.Circle(
        _SOMEBODY_ELSE, known.people, known.active, known.members, manager_id,
        auditors=known.auditors, delegations=known.delegations,
    )  # fmt: skip


def reach(in_force: policy.Policy, people: Collection[User], known: approvers.Circles | None = None) -> Reach:
    """Try the policy for each of these people. Those who stand alike towards it are tried once.

    `known` is everybody whom it reaches, when they have been read already.
    """
    known = known or approvers.circles([in_force], people)
    uses_managers = any(pool.managers for stage in in_force.stages for pool in stage.pools)
    found: dict[tuple[int, int | None], policy.DeadEnd | None] = {}
    stuck: list[tuple[User, policy.DeadEnd]] = []
    for one in people:
        key = (one.pk if one.pk in known.people else _SOMEBODY_ELSE, one.manager_id if uses_managers else None)
        if key not in found:
            circle = replace(somebody_else(known, key[1]), requester_id=key[0])
            found[key] = policy.dead_end(in_force, circle)
        if dead_end := found[key]:
            stuck.append((one, dead_end))
    if len(stuck) < len(people) or not stuck:
        return Reach("", tuple(one for one, _dead_end in stuck))
    # What holds for those whom no pool knows tells more than what holds for an approver.
    whose, dead_end = min(stuck, key=lambda one: one[1].is_requester)
    return Reach(dead_ends.why_dead(in_force, dead_end, person=str(whose)), ())


def trouble(flow: Flow) -> str:
    """Say what keeps requests in a flow from being approved, or even asked; empty when nothing does."""
    return nobody_asks(flow.requesters.all()) or reach(approvers.of_flow(flow), askers.of_flow(flow)).sentence


def nobody_asks(groups: Collection[Group] | QuerySet[Group]) -> str:
    """Say that nobody may ask, where only these groups may and nobody in them could; empty when somebody does."""
    if not groups or askers.of_groups(groups):
        return ""
    return _("Nobody may ask: nobody is in %(groups)s.") % {"groups": ", ".join(map(str, groups))}


def _step(in_force: policy.Policy, number: int, circle: policy.Circle) -> Step:
    stage = in_force.stages[number]
    seen: set[int] = set()
    groups: list[tuple[int, tuple[policy.Approver, ...]]] = []
    for after in sorted({pool.after for pool in stage.pools}):
        able = _new(asked_by_name.candidates_told(in_force, number, replace(circle, waited=after)), seen)
        groups.append((after, able))
    return Step(
        name=dead_ends.stage_name(in_force, number) if len(in_force.stages) > 1 or stage.label else "",
        needed=policy.quorum(stage),
        at_once=groups[0][1] if groups and groups[0][0] == 0 else (),
        later=tuple((after, able) for after, able in groups if after > 0),
        managers=frozenset(pool.after for pool in stage.pools if pool.managers),
        words=policy_words.stage(in_force, number, circle),
    )


def _new(people: Iterable[policy.Approver], seen: set[int]) -> tuple[policy.Approver, ...]:
    found = tuple(one for one in people if one.id not in seen)
    seen.update(one.id for one in found)
    return found
