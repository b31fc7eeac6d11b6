"""Requests for lists: which of them a person may see, and how they are narrowed."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.db.models.functions import Coalesce
from django.utils.functional import Promise

from access.core.states import GrantState, RequestState
from access.models import AccessRequest, Decision, User
from access.policy import circles

# What became of a request: its own state, or once access is approved the state of the access itself.
STATUSES: Final[list[tuple[str, str | Promise]]] = [
    *[(state.value, state.label) for state in RequestState],
    *[(state.value, state.label) for state in GrantState],
]

FLOW: Final = "flow:"  # no name of a target has a colon


@dataclass(frozen=True)
class Narrowing:
    """What a list is narrowed to; an empty part narrows nothing. `until` is the first moment left out.

    `target` is the name of one, or `flow:` and the name of a flow whose approval is all that was asked for.
    `status` is one of STATUSES, `state` the request's own, whatever became of it once it was approved. `person` are
    words of a name or an e-mail, `email` is all of one.
    """

    status: str = ""
    state: str = ""
    target: str = ""
    flow: str = ""
    person: str = ""
    email: str = ""
    since: datetime | None = None
    until: datetime | None = None


def status_of(request: AccessRequest) -> str:
    """Name what became of it; see STATUSES."""
    return request.grant.state if request.grant else request.state


def visible_to(person: User, *, now: datetime) -> QuerySet[AccessRequest]:
    """Find what this person may see: their own, what they may decide or have decided; admins and auditors all."""
    every = AccessRequest.objects.all()
    if person.reads_all:
        return every
    may_decide = circles.asks(person, now=now).filter(request=OuterRef("pk"))
    has_decided = Decision.objects.filter(request=OuterRef("pk"), by=person)
    return every.filter(Q(requester=person) | Q(Exists(may_decide)) | Q(Exists(has_decided)))


def narrowed(requests: QuerySet[AccessRequest], by: Narrowing) -> QuerySet[AccessRequest]:
    """Keep what fits every part of the narrowing."""
    if by.state:
        requests = requests.filter(state=by.state)
    if by.status:
        requests = requests.annotate(status=Coalesce(F("grant__state"), F("state"))).filter(status=by.status)
    if by.target.startswith(FLOW):
        requests = requests.filter(target=None, flow__name=by.target.removeprefix(FLOW))
    elif by.target:
        requests = requests.filter(target__name=by.target)
    if by.flow:
        requests = requests.filter(flow__name=by.flow)
    if by.email:
        requests = requests.filter(requester__email=by.email.lower())
    for word in by.person.split():
        requests = requests.filter(Q(requester__name__icontains=word) | Q(requester__email__icontains=word))
    if by.since:
        requests = requests.filter(created_at__gte=by.since)
    if by.until:
        requests = requests.filter(created_at__lt=by.until)
    return requests


def for_list(requests: QuerySet[AccessRequest]) -> QuerySet[AccessRequest]:
    """The newest first, with what a row tells."""
    return requests.select_related("target", "requester", "flow", "grant").order_by("-created_at", "-pk")


def for_export(requests: QuerySet[AccessRequest]) -> QuerySet[AccessRequest]:
    """The same, with who decided."""
    return for_list(requests).prefetch_related("decisions__by")


def targets_in(requests: QuerySet[AccessRequest]) -> list[tuple[str, str]]:
    """List the value for a narrowing and the label of each target that occurs in these requests, then of each flow."""
    targets = requests.filter(target__isnull=False).order_by("target__label")
    flows = requests.filter(target=None).order_by("flow__label")
    return [
        *targets.values_list("target__name", "target__label").distinct(),
        *((FLOW + name, label) for name, label in flows.values_list("flow__name", "flow__label").distinct()),
    ]
