"""Who the token acts as, and what they may ask for."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from ninja import Router
from pydantic import BaseModel

from access.core import prompts
from access.directory import roles
from access.models import Flow, Scope, Target
from access.policy.prompts import of_flow
from access.requests import choices
from portal.api import openapi
from portal.api.auth import ApiRequest, Bearer

router: Final = Router(tags=["What there is"])


class TokenOut(BaseModel):
    ref: str
    label: str
    scopes: list[str]
    expires_at: datetime


class Me(BaseModel):
    email: str
    name: str
    is_admin: bool
    is_auditor: bool
    is_bot: bool
    token: TokenOut


class QuestionOut(BaseModel):
    """One of a flow's own questions. `shown_if` names an earlier one whose answer brings it up."""

    name: str
    label: str
    type: str
    help: str
    required: bool
    default: Any
    allowed: list[Any]
    shown_if: str
    shown_values: list[Any]


class FlowOut(BaseModel):
    """A form that can be filled in. Durations are in seconds. Without targets an approval is all that it gives."""

    name: str
    label: str
    description: str
    targets: list[str]
    durations: list[int]
    default_duration: int
    reason_example: str
    reason_min_length: int
    ticket_pattern: str
    ticket_example: str
    break_glass: bool
    fields: list[QuestionOut]


class Opening(BaseModel):
    environment: str
    permissions: list[str]


class TargetOut(BaseModel):
    """What can be held, and what it opens as far as the last sync knows. `longest` is in seconds."""

    name: str
    label: str
    risk: str
    longest: int | None
    flows: list[str]
    opens_everything: bool
    opens: list[Opening]


class Flows(BaseModel):
    items: list[FlowOut]


class Targets(BaseModel):
    items: list[TargetOut]


@router.get("/me", auth=Bearer(), response=openapi.reading(Me), operation_id="me", summary="Who this token acts as")
def me(request: ApiRequest) -> Me:
    user, token = request.user, request.auth
    return Me(
        email=user.email,
        name=user.name,
        is_admin=user.is_admin,
        is_auditor=user.is_auditor,
        is_bot=user.is_bot,
        token=TokenOut(ref=token.ref, label=token.label, scopes=token.scopes, expires_at=token.expires_at),
    )


@router.get(
    "/flows", auth=Bearer(Scope.READ), response=openapi.reading(Flows), operation_id="list_flows",
    summary="The flows that take requests of this person",
)  # fmt: skip
def flows(request: ApiRequest) -> Flows:
    return Flows(items=[_flow(one) for one in choices.flows(request.user)])


@router.get(
    "/targets", auth=Bearer(Scope.READ), response=openapi.reading(Targets), operation_id="list_targets",
    summary="What can be asked for in these flows",
)  # fmt: skip
def targets(request: ApiRequest) -> Targets:
    return Targets(items=_targets(choices.flows(request.user, with_questions=False)))


def _flow(flow: Flow) -> FlowOut:
    return FlowOut(
        name=flow.name,
        label=flow.label,
        description=flow.description,
        targets=sorted(one.name for one in _of_flow(flow)),
        durations=sorted(flow.allowed_durations),
        default_duration=flow.default_duration,
        reason_example=flow.reason_example,
        reason_min_length=flow.reason_min_length,
        ticket_pattern=flow.ticket_pattern,
        ticket_example=flow.ticket_example,
        break_glass=flow.break_glass,
        fields=[_question(one) for one in of_flow.of_flow(flow) if one.visible],
    )


def _question(one: prompts.Field) -> QuestionOut:
    return QuestionOut(
        name=one.name,
        label=one.title,
        type=one.type,
        help=one.help,
        required=one.required,
        default=one.default,
        allowed=list(one.allowed),
        shown_if=one.shown_if,
        shown_values=list(one.shown_values),
    )


def _of_flow(flow: Flow) -> list[Target]:
    return list(flow.strategy.targets.all()) if flow.strategy else []


def _targets(flows: Sequence[Flow]) -> list[TargetOut]:
    every = {one.pk: one for flow in flows for one in _of_flow(flow)}
    known = roles.of_targets(list(every.values()))
    through: dict[int, list[str]] = {}
    for flow in flows:
        for one in _of_flow(flow):
            through.setdefault(one.pk, []).append(flow.name)
    return [
        TargetOut(
            name=one.name,
            label=one.label,
            risk=one.risk,
            longest=one.max_seconds,
            flows=sorted(through[pk]),
            opens_everything=pk in known and known[pk].everything,
            opens=_openings(known.get(pk)),
        )
        for pk, one in sorted(every.items(), key=lambda item: item[1].name)
    ]


def _openings(role: roles.Role | None) -> list[Opening]:
    opens = role.opens if role else ()
    return [Opening(environment=one.environment, permissions=list(one.permissions)) for one in opens]
