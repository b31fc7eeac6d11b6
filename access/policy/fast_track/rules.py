"""Rules that approve a request at once, or refuse it, as pure functions over plain data.

All conditions of a rule have to hold, and one without any never applies. A rule that refuses wins over every rule
that approves, wherever it stands; of the others the first in order counts. What is not known never helps to get
access: an approving rule does not apply then, and a refusing one does.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, Protocol

from access.core import hours


class Effect(StrEnum):
    APPROVE = "approve"
    DENY = "deny"


class Risk(StrEnum):
    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"


_RISKS: Final = [Risk.LOW, Risk.MEDIUM, Risk.HIGH]


@dataclass(frozen=True)
class Answer:
    """Whether a condition holds; None: nobody can tell. `until` is when that may be over, if it is known."""

    holds: bool | None
    until: datetime | None = None
    count: int = 0
    unread_since: datetime | None = None  # it can't be told, because the schedule was last read then


@dataclass(frozen=True)
class Facts:
    """What is known of one ask at the moment its access would begin."""

    now: datetime
    groups: Collection[int]  # that the requester is in
    on_call: Mapping[int, Answer]  # by schedule: whether the requester is
    held: Sequence[datetime]  # when they began to hold this target, approved by people
    risk: str  # the target's; empty where there is none, and no condition on it holds


class Condition(Protocol):
    """One thing that has to hold."""

    def holds(self, facts: Facts) -> Answer: ...


@dataclass(frozen=True)
class InGroup:
    group_id: int
    label: str
    negated: bool = False

    def holds(self, facts: Facts) -> Answer:
        return Answer((self.group_id in facts.groups) is not self.negated)


@dataclass(frozen=True)
class OnCall:
    schedule_id: int
    label: str
    zone: str  # whose clocks its hand-overs go by
    source: str = ""  # a name for the place that knows, such as PagerDuty; empty for the portal itself
    negated: bool = False

    def holds(self, facts: Facts) -> Answer:
        known = facts.on_call.get(self.schedule_id, Answer(None))
        if known.holds is None:
            return known
        return Answer(known.holds is not self.negated, known.until)


@dataclass(frozen=True)
class Held:
    times: int
    days: int

    def holds(self, facts: Facts) -> Answer:
        since = facts.now - timedelta(days=self.days)
        count = sum(since <= at <= facts.now for at in facts.held)
        return Answer(count >= self.times, count=count)


@dataclass(frozen=True)
class RiskAtMost:
    risk: Risk

    def holds(self, facts: Facts) -> Answer:
        return Answer(_RISKS.index(Risk(facts.risk)) <= _RISKS.index(self.risk) if facts.risk else False)


@dataclass(frozen=True)
class RiskAtLeast:
    risk: Risk

    def holds(self, facts: Facts) -> Answer:
        return Answer(_RISKS.index(Risk(facts.risk)) >= _RISKS.index(self.risk) if facts.risk else False)


@dataclass(frozen=True)
class WithinHours:
    hours: hours.Hours
    label: str
    negated: bool = False

    def holds(self, facts: Facts) -> Answer:
        until = hours.closes_at(self.hours, facts.now)
        return Answer((until is not None) is not self.negated, until)


@dataclass(frozen=True)
class Rule:
    effect: Effect
    reason: str
    conditions: tuple[Condition, ...]


@dataclass(frozen=True)
class Outcome:
    """The rule that applies, and what each of its conditions found."""

    rule: Rule
    number: int  # of the rule, counted from 1
    answers: tuple[Answer, ...]

    @property
    def is_approval(self) -> bool:
        return self.rule.effect is Effect.APPROVE


def judge(rules: Sequence[Rule], facts: Facts, *, may_approve: bool = True) -> Outcome | None:
    """Find the rule that decides this ask; None: people decide. Without `may_approve` only refusals are looked at."""
    wanted = [Effect.DENY, Effect.APPROVE] if may_approve else [Effect.DENY]
    for effect in wanted:
        for number, rule in enumerate(rules, 1):
            if rule.effect is effect and applies(rule, facts):
                return Outcome(rule, number, tuple(one.holds(facts) for one in rule.conditions))
    return None


def applies(rule: Rule, facts: Facts) -> bool:
    """Whether every condition holds; what nobody can tell counts against whoever asks."""
    if_unknown = rule.effect is Effect.DENY
    found = [one.holds(facts).holds for one in rule.conditions]
    return bool(found) and all(if_unknown if one is None else one for one in found)


def undecided(rules: Sequence[Rule], facts: Facts) -> list[tuple[Rule, Condition, Answer]]:
    """Find what keeps approving rules from applying for the only reason that nobody can tell."""
    found = []
    for rule in rules:
        answers = [(one, one.holds(facts)) for one in rule.conditions]
        unknown = [(one, answer) for one, answer in answers if answer.holds is None]
        if rule.effect is Effect.APPROVE and unknown and all(answer.holds is not False for _one, answer in answers):
            found.append((rule, *unknown[0]))
    return found
