"""Requests for lists: which of them a person may see, and how they are narrowed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.db.models import Exists, Model, OuterRef, Prefetch, Q, QuerySet, Value
from django.utils.functional import Promise

from access.core.prepared import prepared
from access.core.states import GrantState, RequestState
from access.models import AccessRequest, Decision, Flow, Pool, Stage, Target, User
from access.policy import approvers
from access.policy.decides_for import Reach

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


def visible_to(person: User, *, now: datetime, reach: Reach | None = None) -> QuerySet[AccessRequest]:
    """Find what this person may see: their own, what they may decide or have decided; admins and auditors all."""
    every = AccessRequest.objects.all()
    if person.reads_all:
        return every
    may_decide = approvers.asks(person, now=now, reach=reach).filter(request=OuterRef("pk"))
    has_decided = Decision.objects.filter(request=OuterRef("pk"), by=person)
    return every.filter(Q(requester=person) | Q(Exists(may_decide)) | Q(Exists(has_decided)))


@dataclass(frozen=True)
class Typed:
    """A narrowing but for states, as `prepared` queries take it: what is there is looked for as it is."""

    target: str = ""
    approval_of: str | None = None  # the flow whose approval is all that was asked for
    flow: str = ""
    words: Sequence[str] = ()
    email: str = ""
    since: datetime | None = None
    until: datetime | None = None

    @classmethod
    def of(cls, by: Narrowing) -> "Typed":
        alone = by.target.startswith(FLOW)
        target, approval_of = ("", by.target.removeprefix(FLOW)) if alone else (by.target, None)
        return cls(target, approval_of, by.flow, by.person.split(), by.email.lower(), by.since, by.until)


def narrowed(requests: QuerySet[AccessRequest], by: Narrowing) -> QuerySet[AccessRequest]:
    """Keep what fits every part of the narrowing."""
    return fitting(requests, Typed.of(by), status=by.status, state=by.state)


def fitting(requests: QuerySet[AccessRequest], by: Typed, *, status: str, state: str) -> QuerySet[AccessRequest]:
    if state:
        requests = requests.filter(state=state)
    if status:
        requests = requests.filter(_came_to(status))
    if by.approval_of is not None:
        requests = requests.filter(target=None, flow=_pk(Flow, name=by.approval_of))
    elif by.target:
        requests = requests.filter(target=_pk(Target, name=by.target))
    if by.flow:
        requests = requests.filter(flow=_pk(Flow, name=by.flow))
    if by.email:
        requests = requests.filter(requester=_pk(User, email=by.email))
    if by.words:
        people = User.objects.filter(*(Q(name__icontains=word) | Q(email__icontains=word) for word in by.words))
        requests = requests.filter(requester__in=people)
    if by.since:
        requests = requests.filter(created_at__gte=by.since)
    if by.until:
        requests = requests.filter(created_at__lt=by.until)
    return requests


def _came_to(status: str) -> Q:
    """What a request is told as: the state of its access once there is some, else its own."""
    return Q(grant__state=status) if status in GrantState.values else Q(state=status, grant=None)


def _pk(model: type[Model], **named: str) -> QuerySet[Any, dict[str, Any]]:
    """The row of this name, found before anything else: then an index leads from it to the newest requests."""
    return model._default_manager.filter(**named).values("pk")[:1]


def with_facts(requests: QuerySet[AccessRequest]) -> QuerySet[AccessRequest]:
    """With what a row tells."""
    return requests.select_related("target", "requester", "flow", "grant")


def for_list(requests: QuerySet[AccessRequest]) -> QuerySet[AccessRequest]:
    """The newest first, with what a row tells."""
    return with_facts(requests).order_by("-pk")


def for_export(requests: QuerySet[AccessRequest]) -> QuerySet[AccessRequest]:
    """The same, with who decided."""
    decisions = Decision.objects.select_related("by", "on_behalf_of")
    return for_list(requests).prefetch_related(Prefetch("decisions", decisions))


def targets_of(reach: Reach, *, own: bool) -> list[tuple[str, str]]:
    """List the value for a narrowing and the label of each target that was asked for, then of each flow without one.

    Of those in this person's `own` requests; or also of those that they could be asked about at the moment, and for
    admins and auditors of all. One query over what was set up: no request is read twice, and few are.
    """
    return [(FLOW + name if kind else name, label) for kind, label, name in _targets_of(reach, own=own)]


@prepared
def _targets_of(reach: Reach, *, own: bool) -> QuerySet[Any, tuple[int, str, str]]:
    asked = AccessRequest.objects.all() if reach.person.reads_all and not own else _own(reach)
    seen = Q(Exists(asked.filter(target=OuterRef("pk"))))
    without = Q(Exists(asked.filter(target=None, flow=OuterRef("pk"))))
    if not (own or reach.person.reads_all):
        decides = _decides(reach)
        any_of = AccessRequest.objects.all()
        seen |= Q(Exists(any_of.filter(target=OuterRef("pk"))), strategies__flows__in=decides)
        without |= Q(Exists(any_of.filter(target=None, flow=OuterRef("pk"))), pk__in=decides)
    targets = Target.objects.filter(seen).annotate(kind=Value(0)).values_list("kind", "label", "name")
    flows = Flow.objects.filter(without).annotate(kind=Value(1)).values_list("kind", "label", "name")
    return targets.union(flows).order_by("kind", "label")


def _own(reach: Reach) -> QuerySet[AccessRequest]:
    return AccessRequest.objects.filter(requester=reach.person)


def _decides(reach: Reach) -> QuerySet[Flow]:
    """The flows that ask this person now, themselves or, if the flow lets them, for somebody who is away."""
    found = Q(stages__in=_asking(reach.themselves))
    if reach.away:
        found |= Q(stages__in=_asking(reach), stand_ins__members=reach.person)
    return Flow.objects.filter(found)


def _asking(reach: Reach) -> QuerySet[Stage]:
    pools = Q(people__in=reach.people) | Q(groups__in=reach.groups)
    if reach.reports:
        pools |= Q(managers=True)
    return Stage.objects.filter(pools__in=Pool.objects.filter(pools))
