"""What would happen to an ask, said before it is sent: who decides, and what stands in its way. Writes nothing."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from access import policy, rules
from access.models import Flow, Target, User, UserMapping
from access.services import ask_errors, mappings


@dataclass(frozen=True)
class Preview:
    approvals_needed: int
    able: tuple[policy.Approver, ...]  # who could decide it
    blocked: Mapping[str, str]  # a sentence for each field that stands in the way, whatever else is typed
    looks_again_at: datetime | None  # when Aptible is searched again for an account that is missing


def preview(*, flow: Flow, target: Target | None, requester: User) -> Preview:
    """Say who would decide this person's request now, and what blocks it, by the very checks that `ask` makes."""
    approvers = list(flow.approvers.all())
    in_force = rules.policy_of(flow, approvers)
    active_ids = {one.pk for one in approvers if one.is_active}
    integration = target.integration if target else flow.strategy.integration
    mapping = mappings.foreseen(user=requester, integration=integration)
    is_missing = mapping.problem == UserMapping.Problem.MISSING
    blocked = ask_errors.of_flow(flow, approvers, requester_id=requester.pk) | ask_errors.of_mapping(mapping)
    return Preview(
        approvals_needed=max(flow.approvals_needed, 1),
        able=policy.eligible(in_force, requester_id=requester.pk, active_ids=active_ids),
        blocked=blocked | (ask_errors.of_target(flow, target) if target else {}),
        looks_again_at=integration.due_at if is_missing else None,
    )
