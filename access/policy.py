"""Who may decide, as pure functions over plain data. The policy is copied onto a request when it is made.

The copied shape: {"version": 1, "approvals_needed": 1, "self_approval": false,
"approvers": [{"id": 7, "name": "Adam Novak", "email": "adam@example.com"}]}
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

VERSION: Final = 1


@dataclass(frozen=True)
class Approver:
    id: int
    name: str
    email: str


@dataclass(frozen=True)
class Policy:
    approvers: tuple[Approver, ...]
    approvals_needed: int
    self_approval: bool

    def copied(self) -> dict[str, Any]:
        """Write the policy as plain data, for the request's row."""
        return {
            "version": VERSION,
            "approvals_needed": self.approvals_needed,
            "self_approval": self.self_approval,
            "approvers": [{"id": one.id, "name": one.name, "email": one.email} for one in self.approvers],
        }


def read(copied: Mapping[str, Any]) -> Policy:
    """Read back what `Policy.copied` wrote."""
    return Policy(
        approvers=tuple(Approver(one["id"], one["name"], one["email"]) for one in copied["approvers"]),
        approvals_needed=copied["approvals_needed"],
        self_approval=copied["self_approval"],
    )


def eligible(policy: Policy, *, requester_id: int, active_ids: Collection[int]) -> tuple[Approver, ...]:
    """List who may decide this person's request: active approvers, never the requester unless the policy says so."""
    return tuple(
        one for one in policy.approvers if one.id in active_ids and (policy.self_approval or one.id != requester_id)
    )


def is_met(policy: Policy, *, requester_id: int, approved_by: Iterable[int]) -> bool:
    """Whether enough distinct people of the policy have approved. The requester's own voice counts only if allowed."""
    said_yes = set(approved_by)
    able = {one.id for one in policy.approvers if policy.self_approval or one.id != requester_id}
    voices = said_yes & able
    return len(voices) >= max(policy.approvals_needed, 1)


def is_dead_end(policy: Policy, *, requester_id: int, active_ids: Collection[int]) -> bool:
    """Whether this person's request could never be approved."""
    able = eligible(policy, requester_id=requester_id, active_ids=active_ids)
    return len(able) < max(policy.approvals_needed, 1)
