"""Requests for lists: which of them a person may see, and how they are narrowed."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.db.models import Exists, Model, OuterRef, Prefetch, Q, QuerySet, Value
from django.utils.functional import Promise

from access.core.prepared import prepared
from access.core.states import GrantState, RequestState
from access.models import AccessRequest, Decision, Flow, Pool, Stage, Target, User
from access.policy import approvers, decides_for
from access.policy.decides_for import Reach

# What became of a request: its own state, or once access is approved the state of the access itself.
STATUSES: Final[list[tuple[str, str | Promise]]] = [
    *[(state.value, state.label) for state in RequestState],
    *[(state.value, state.label) for state in GrantState],
]

Facts = Callable[[QuerySet[AccessRequest]], QuerySet[AccessRequest]]

_ANSWERED: Final = (
    "ref", "state", "path", "assistant", "seconds", "approved_seconds", "reason", "ticket", "answers", "starts_at",
    "created_at", "settled_at", "due_at", "flow__name", "target__name", "requester__email", "requester__name",
    "grant__ref", "grant__state", "grant__confirmed_at", "grant__ends_at", "grant__ended_at",
)  # fmt: skip

# What the rows of reviews tell, and what who may decide them is judged by.
_REVIEWED: Final = (
    "ref", "flow", "target", "requester", "state", "seconds", "reason", "ticket", "starts_at", "created_at",
    "settled_at", "due_at", "policy", "path", "answers", "account_id", "assistant", "approved_seconds", "batch",
    "grant", "barred", "flow__name", "flow__label", "flow__ticket_url", "target__name", "target__label",
    "target__integration", "target__role_id", "requester__name", "requester__email", "requester__is_active",
    "requester__is_bot", "requester__manager", "grant__state", "grant__end_due_at", "grant__ends_at",
)  # fmt: skip

FLOW: Final = "flow:"  # no name of a target has a colon
MOST_CALLED: Final = 1000  # people of a name that are looked for one by one


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
    return every.filter(may_see(reach or decides_for.of(person, now=now)))


def may_see(reach: Reach) -> Q:
    """Narrow requests to those that somebody who does not read all may see."""
    may_decide = approvers.asks(reach.person, reach=reach).filter(request=OuterRef("pk"))
    has_decided = Decision.objects.filter(request=OuterRef("pk"), by=reach.person)
    return Q(requester=reach.person) | Q(Exists(may_decide)) | Q(Exists(has_decided))


@dataclass(frozen=True)
class Typed:
    """A narrowing but for states, as `prepared` queries take it: what is there is looked for as it is."""

    target: str = ""
    approval_of: str | None = None  # the flow whose approval is all that was asked for
    flow: str = ""
    words: Sequence[str] = ()
    requesters: Collection[int] = ()  # who is called so, where they were looked for already: see `called`
    email: str = ""
    since: datetime | None = None
    until: datetime | None = None

    @classmethod
    def of(cls, by: Narrowing) -> "Typed":
        alone = by.target.startswith(FLOW)
        target, approval_of = ("", by.target.removeprefix(FLOW)) if alone else (by.target, None)
        words, email = by.person.split(), by.email.lower()
        return cls(target, approval_of, by.flow, words, email=email, since=by.since, until=by.until)


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
    if by.words or by.requesters:
        requests = requests.filter(requester__in=by.requesters or _called(by.words))
    if by.since:
        requests = requests.filter(created_at__gte=by.since)
    if by.until:
        requests = requests.filter(created_at__lt=by.until)
    return requests


@prepared
def called(words: Collection[str]) -> QuerySet[User, int]:
    """Whose name or e-mail has all of these words in it, some more than MOST_CALLED at most: their primary keys."""
    return _called(words).values_list("pk", flat=True)[: MOST_CALLED + 1]


def _called(words: Collection[str]) -> QuerySet[User]:
    return User.objects.filter(*(Q(name__icontains=word) | Q(email__icontains=word) for word in words))


def _came_to(status: str) -> Q:
    """What a request is told as: the state of its access once there is some, else its own."""
    return Q(grant__state=status) if status in GrantState.values else Q(state=status, grant=None)


def _pk(model: type[Model], **named: str) -> QuerySet[Any, dict[str, Any]]:
    """The row of this name, found before anything else: then an index leads from it to the newest requests."""
    return model._default_manager.filter(**named).values("pk")[:1]


def with_facts(requests: QuerySet[AccessRequest]) -> QuerySet[AccessRequest]:
    """With what a row tells."""
    return requests.select_related("target", "requester", "flow", "grant")


def for_table(requests: QuerySet[AccessRequest]) -> QuerySet[AccessRequest]:
    """The same, without what a line of a table does not tell and what takes long to read."""
    long = ("policy", "path_facts", "grant__start_evidence", "grant__end_evidence", "flow__allowed_durations")
    return with_facts(requests).defer(*long)


def for_answer(requests: QuerySet[AccessRequest]) -> QuerySet[AccessRequest]:
    """With what the API tells and nothing else: of each value that a row has, an object takes its time."""
    return with_facts(requests).only(*_ANSWERED)


def for_reviews(requests: QuerySet[AccessRequest]) -> QuerySet[AccessRequest]:
    """The same with what a row of reviews tells."""
    return with_facts(requests).only(*_REVIEWED)


def for_list(requests: QuerySet[AccessRequest]) -> QuerySet[AccessRequest]:
    """The newest first, with what a row tells."""
    return with_facts(requests).order_by("-pk")


def for_export(requests: QuerySet[AccessRequest]) -> QuerySet[AccessRequest]:
    """The same, with who decided."""
    decisions = Decision.objects.select_related("by", "on_behalf_of")
    return for_list(requests).prefetch_related(Prefetch("decisions", decisions))


def decisions(requests: Iterable[AccessRequest]) -> Mapping[int, list[Decision]]:
    """Who decided about each of these, in their order, by its primary key: with names alone."""
    found = defaultdict[int, list[Decision]](list)
    pks = [one.pk for one in requests]
    for one in _decisions(pks) if pks else ():
        found[one.request_id].append(one)
    return found


@prepared
def _decisions(requests: Collection[int]) -> QuerySet[Decision]:
    whose = ("by__email", "by__name", "on_behalf_of__email", "on_behalf_of__name")
    rows = Decision.objects.filter(request__in=requests).select_related("by", "on_behalf_of").order_by("at", "pk")
    return rows.only("request", "verdict", "comment", "place", "at", *whose)


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
