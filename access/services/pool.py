"""Who could decide the requests of a flow, and where that ends nowhere."""

from collections.abc import Collection
from dataclasses import dataclass

from access import policy, rules
from access.models import Flow, User

_SOMEBODY_ELSE = 0


@dataclass(frozen=True)
class Pool:
    needed: int
    able: tuple[policy.Approver, ...]  # may decide what anybody else asked for
    gone: tuple[policy.Approver, ...]  # are named, but can no longer sign in
    stuck: tuple[policy.Approver, ...]  # whose own requests could never be approved

    @property
    def is_enough(self) -> bool:
        return len(self.able) >= self.needed


def pool(flow: Flow, approvers: Collection[User]) -> Pool:
    """Look at a flow with these approvers, saved or not."""
    in_force = rules.policy_of(flow, approvers)
    active = {one.pk for one in approvers if one.is_active}
    able = policy.eligible(in_force, requester_id=_SOMEBODY_ELSE, active_ids=active)
    return Pool(
        needed=max(in_force.approvals_needed, 1),
        able=able,
        gone=tuple(one for one in in_force.approvers if one.id not in active),
        stuck=tuple(one for one in able if policy.is_dead_end(in_force, requester_id=one.id, active_ids=active)),
    )
