"""What would become of an ask: who would decide it, and what stands in its way."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from pydantic import BaseModel

from access.models import AccessRequest
from access.people import mappings
from access.policy import approvers, policy
from access.policy.prompts import of_flow
from access.policy.simulate import Step
from access.requests import ask_errors
from access.requests import break_glass as emergency
from access.requests.preview import preview
from portal.api.problems import as_sent
from portal.api.schemas import Person


class Later(BaseModel):
    """Who is asked, too, so many seconds after the stage has begun."""

    after: int
    people: list[Person]


class Stage(BaseModel):
    name: str
    approvals_needed: int
    at_once: list[Person]
    later: list[Later]


class Outlook(BaseModel):
    """`blocked` has a sentence for each field in the way; when it is empty, the same call without dry run works.

    `path` says who would settle it: people in these stages, a fast_track rule at once, or break_glass at once.
    """

    blocked: dict[str, str]
    path: str
    decides: str
    approvals_needed: int
    stages: list[Stage]


def outlook(draft: AccessRequest, answers: Mapping[str, Any], *, break_glass: bool, now: datetime) -> Outlook:
    """Judge a request that is not made, by the very checks that asking makes. Raises NotAllowed as asking does."""
    _answers, wrong = of_flow.read(draft.flow, answers)
    seen = preview(
        flow=draft.flow, target=draft.target, requester=draft.requester, now=now, starts_at=draft.starts_at,
        by_assistant=bool(draft.assistant),
    )  # fmt: skip
    if break_glass:
        by = ask_errors.of_assistant(draft, break_glass=True)
        blocked = {**_in_emergency(draft, now=now), **seen.fast_track.errors, **wrong, **by}
        return _at_once(AccessRequest.Path.BREAK_GLASS, blocked, "")
    blocked = {**ask_errors.of_typed(draft, now=now), **seen.blocked, **wrong}
    if seen.fast_track.approves:
        return _at_once(AccessRequest.Path.FAST_TRACK, blocked, seen.fast_track.because)
    return Outlook(
        blocked=as_sent(blocked),
        path=AccessRequest.Path.PEOPLE,
        decides=seen.outlook.sentence,
        approvals_needed=seen.outlook.approvals_needed,
        stages=[_stage(one) for one in seen.outlook.steps],
    )


def _in_emergency(draft: AccessRequest, *, now: datetime) -> dict[str, str]:
    emergency.check_may_use(draft.requester)
    integration = draft.target.integration if draft.target else None
    mapping = mappings.foreseen(user=draft.requester, integration=integration) if integration else None
    return emergency.errors(draft, approvers.of_flow(draft.flow), mapping, now=now)


def _at_once(path: str, blocked: Mapping[str, str], decides: str) -> Outlook:
    return Outlook(blocked=as_sent(blocked), path=path, decides=decides, approvals_needed=0, stages=[])


def _stage(step: Step) -> Stage:
    return Stage(
        name=step.name,
        approvals_needed=step.needed,
        at_once=[_person(one) for one in step.at_once],
        later=[Later(after=after, people=[_person(one) for one in people]) for after, people in step.later],
    )


def _person(one: policy.Approver) -> Person:
    return Person(email=one.email, name=one.name)
