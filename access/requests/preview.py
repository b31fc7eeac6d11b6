"""What would happen to an ask, said before it is sent: who decides, and what stands in its way. Writes nothing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from access.models import Flow, Target, User, UserMapping
from access.people import mappings
from access.policy import approvers, simulate
from access.policy.fast_track import judge
from access.requests import ask_errors


@dataclass(frozen=True)
class Preview:
    outlook: simulate.Outlook  # who could decide it, stage by stage
    blocked: Mapping[str, str]  # a sentence for each field that stands in the way, whatever else is typed
    fast_track: judge.Verdict  # what the flow's rules say to it, or to the first that people decide
    looks_again_at: datetime | None  # when Aptible is searched again for an account that is missing
    at_once: Sequence[Target] = ()  # of several, those that a rule approves at once


def preview(
    *, flow: Flow, target: Target | None, requester: User, now: datetime, starts_at: datetime | None = None
) -> Preview:  # fmt: skip
    """Say who would decide this person's request now, and what blocks it, by the very checks that `ask` makes."""
    in_force = approvers.of_flow(flow)
    known = approvers.circles([in_force], [requester], now=now)
    circle = known.in_flow(flow.pk, in_force, known.around(requester))
    integration = target.integration if target else flow.integration
    account = mappings.foreseen(user=requester, integration=integration) if integration else None
    is_missing = account is not None and account.problem == UserMapping.Problem.MISSING
    verdict = judge.judge(flow=flow, target=target, requester=requester, starts_at=starts_at, now=now)
    blocked = ask_errors.of_flow(flow, in_force, circle, verdict) | ask_errors.of_mapping(account)
    blocked |= ask_errors.of_target(flow, target) if target else {}
    return Preview(
        outlook=simulate.outlook(in_force, circle),
        blocked=ask_errors.of_asker(flow, requester) or blocked,
        fast_track=verdict,
        looks_again_at=integration.due_at if integration and is_missing else None,
    )


def preview_together(
    *, flow: Flow, targets: Sequence[Target], requester: User, now: datetime, starts_at: datetime | None = None
) -> Preview:
    """Say the same of several targets in one ask. What blocks one of them blocks all, and is said with its name."""
    chosen: Sequence[Target | None] = targets or [None]
    each = [preview(flow=flow, target=one, requester=requester, now=now, starts_at=starts_at) for one in chosen]
    if len(each) == 1:
        return each[0]
    for_people = [one for one in each if not one.fast_track.approves]
    return replace(
        (for_people or each)[0],
        blocked=ask_errors.together([str(one) for one in targets], [one.blocked for one in each]),
        at_once=[target for target, one in zip(targets, each, strict=True) if one.fast_track.approves],
    )
