"""What would happen to an ask, said before it is sent: who decides, and what stands in its way. Writes nothing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from access.models import Flow, Target, User, UserMapping
from access.people import mappings
from access.policy import approvers, policy, simulate, still_eligible
from access.policy.fast_track import facts as fast_tracks
from access.policy.fast_track import judge
from access.policy.fast_track.rules import Rule
from access.requests import ask_errors


@dataclass(frozen=True)
class Preview:
    outlook: simulate.Outlook  # who could decide it, stage by stage
    blocked: Mapping[str, str]  # a sentence for each field that stands in the way, whatever else is typed
    fast_track: judge.Verdict  # what the flow's rules say to it, or to the first that people decide
    looks_again_at: datetime | None  # when Aptible is searched again for an account that is missing
    at_once: Sequence[Target] = ()  # of several, those that a rule approves at once


def preview(
    *, flow: Flow, target: Target | None, requester: User, now: datetime, starts_at: datetime | None = None,
    by_assistant: bool = False,
) -> Preview:  # fmt: skip
    """Say who would decide this person's request now, and what blocks it, by the very checks that `ask` makes."""
    targets = [target] if target else []
    return preview_together(
        flow=flow, targets=targets, requester=requester, now=now, starts_at=starts_at,
        by_assistant=by_assistant,
    )  # fmt: skip


def preview_together(
    *, flow: Flow, targets: Sequence[Target], requester: User, now: datetime, starts_at: datetime | None = None,
    is_open: bool | None = None, by_assistant: bool = False,
) -> Preview:  # fmt: skip
    """Say it of one ask for these targets, in as many queries for several as for one, but for what rules look at.

    What blocks one of them blocks all, and is said with its name. Whether the flow `is_open` to them is not read again
    where it is known.
    """
    common = _read(flow, targets, requester, by_assistant, now=now)
    chosen: Sequence[Target | None] = targets or [None]
    closed = ask_errors.of_asker(flow, requester) if is_open is None else {} if is_open else ask_errors.nothing_taken()
    each = [_preview(common, one, closed, now=now, starts_at=starts_at) for one in chosen]
    if len(each) == 1:
        return each[0]
    for_people = [one for one in each if not one.fast_track.approves]
    return replace(
        (for_people or each)[0],
        blocked=ask_errors.together([str(one) for one in targets], [one.blocked for one in each]),
        at_once=[target for target, one in zip(targets, each, strict=True) if one.fast_track.approves],
    )


@dataclass(frozen=True)
class _Common:
    """What is read once, however many targets there are."""

    flow: Flow
    requester: User
    in_force: policy.Policy
    circle: policy.Circle
    rules: Sequence[Rule]
    by_assistant: bool
    served: Mapping[int, still_eligible.Served]  # by target
    accounts: Mapping[int, UserMapping]  # by integration
    of_accounts: Mapping[int, Mapping[str, str]]  # what is wrong with them


def _read(
    flow: Flow, targets: Sequence[Target], requester: User, by_assistant: bool, *, now: datetime
) -> _Common:  # fmt: skip
    in_force = approvers.of_flow(flow)
    circle = approvers.circles([in_force], [requester], now=now)
    served = still_eligible.served(flow, targets) if targets else {}
    # As they are now: an ask that was just refused may have had Aptible searched at once.
    where = {one.target.integration_id: one.target.integration for one in served.values()}
    if flow.integration and not targets:
        where = {flow.integration.pk: flow.integration}
    accounts = {pk: mappings.foreseen(user=requester, integration=one) for pk, one in where.items()}
    return _Common(
        flow=flow,
        requester=requester,
        in_force=in_force,
        circle=circle.in_flow(flow.pk, in_force, circle.around(requester)),
        # As long as no target is chosen where there is one, nothing is judged.
        rules=() if flow.gives_access and not targets else fast_tracks.of_flow(flow),
        by_assistant=by_assistant,
        served=served,
        accounts=accounts,
        of_accounts={pk: ask_errors.of_mapping(one) for pk, one in accounts.items()},
    )


def _preview(
    known: _Common, target: Target | None, closed: Mapping[str, str], *, now: datetime, starts_at: datetime | None
) -> Preview:
    flow = known.flow
    integration = known.served[target.pk].target.integration if target else flow.integration
    account = known.accounts.get(integration.pk) if integration else None
    is_missing = account is not None and account.problem == UserMapping.Problem.MISSING
    verdict = judge.judge(
        flow=flow, target=target, requester=known.requester, starts_at=starts_at, now=now, rules=known.rules,
        by_assistant=known.by_assistant,
    )  # fmt: skip
    blocked = ask_errors.of_flow(flow, known.in_force, known.circle, verdict)
    blocked |= known.of_accounts.get(integration.pk, {}) if integration else {}
    blocked |= ask_errors.of_target(flow, target, known.served[target.pk]) if target else {}
    return Preview(
        outlook=simulate.outlook(known.in_force, known.circle),
        blocked=closed or blocked,
        fast_track=verdict,
        looks_again_at=integration.due_at if integration and is_missing else None,
    )
