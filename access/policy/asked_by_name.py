"""Who is asked by name: by one's own, as the member of a group or as a manager, and not because everybody may decide.

Where everybody may, ten thousand people would be told of each request, so whoever is not asked by name comes by
themselves.
"""

from collections.abc import Collection
from dataclasses import replace

from access.policy.policy import Approver, Circle, Group, Policy, Pool, candidates


def by_name(policy: Policy) -> Policy:
    """The same without the groups that everybody is in: whom it leads to is told, and others come by themselves."""
    stages = [replace(one, pools=tuple(map(_by_name, one.pools))) for one in policy.stages]
    return replace(policy, stages=tuple(stages))


def _by_name(pool: Pool) -> Pool:
    return replace(pool, groups=tuple(one for one in pool.groups if not one.everybody))


def open_groups(policy: Policy, stage: int, circle: Circle) -> tuple[Group, ...]:
    """The groups that everybody is in and that a stage asks after the time it has waited."""
    pools = [one for one in policy.stages[stage].pools if one.after <= circle.waited]
    return tuple(dict.fromkeys(group for pool in pools for group in pool.groups if group.everybody))


def reviewers(policy: Policy, circle: Circle) -> tuple[Approver, ...]:
    """List everybody whom some stage asks sooner or later: active, and never the requester, even with self-approval.

    Who could decide because everybody may does not answer for what was done in an emergency.
    """
    strict = by_name(replace(policy, self_approval=False))
    circle = circle.at_last()
    found = {one for number in range(len(strict.stages)) for one in candidates(strict, number, circle)}
    return tuple(sorted(found, key=lambda one: (one.name.lower(), one.email)))


def candidates_told(
    policy: Policy, stage: int, circle: Circle, given: Collection[int] = ()
) -> tuple[Approver, ...]:  # fmt: skip
    """List who may decide in a stage, as people are told: each by name, and everybody as one, who is nobody's row."""
    able = candidates(by_name(policy), stage, circle, given)
    return *able, *(Approver(-one.id, one.name, one.name) for one in open_groups(policy, stage, circle))
