"""Everything that a person could ask for, over all flows: found by what they type, the usual first."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final

from django.db.models import Count, OuterRef, QuerySet, Subquery, Value

from access.core import search
from access.core.prepared import prepared
from access.models import AccessRequest, Flow, Target, User
from access.policy import approvers, words
from access.requests import choices
from access.requests.choices import Choice

LATELY: Final = timedelta(days=90)
MOST_APPS: Final = 3  # that are named beside one offer


@dataclass(frozen=True)
class Way:
    """A flow in which it can be asked for, and in words what it is like there."""

    flow: Flow
    decides: str

    @property
    def longest(self) -> int:
        return max(self.flow.allowed_durations, default=0)


@dataclass(frozen=True)
class Offer:
    """Something to ask for: a target with the flows that fit, or a flow whose approval is all there is."""

    flows: Sequence[Flow]
    choice: Choice | None
    asked_at: datetime | None  # when this person last asked for it
    times: int  # how often of late
    ways: Sequence[Way] = ()  # what differs, where several fit
    apps: Sequence[str] = ()  # those that it was found by

    @property
    def is_free(self) -> bool:
        """Whether they do not have it already, and it can be had."""
        one = self.choice
        return one is None or not (one.grant or one.standing or (one.role and one.role.gone_at))

    @property
    def target(self) -> Target | None:
        return self.choice.target if self.choice else None

    def texts(self) -> Iterable[str]:
        """What it is found by."""
        if self.choice is None:
            return [self.flows[0].label, self.flows[0].name, self.flows[0].description]
        return [*self.choice.texts(), *(one.label for one in self.flows)]


def offers(flows: Sequence[Flow], requester: User, *, now: datetime) -> list[Offer]:
    """List what these flows offer to this person: what they ask for often or did lately first, then by name.

    The flows are those of `choices.flows`. A fixed number of queries.
    """
    fitting: dict[int, list[Flow]] = {}
    targets: dict[int, Target] = {}
    for flow in flows:
        for one in choices.targets_of(flow):
            targets.setdefault(one.pk, one)
            fitting.setdefault(one.pk, []).append(flow)
    asked = _asked(requester, targets, flows, now=now)
    found = [
        Offer(fitting[one.target.pk], one, *asked.get((False, one.target.pk), (None, 0)))
        for one in choices.of_targets(list(targets.values()), requester, {})
    ]
    found += [Offer([one], None, *asked.get((True, one.pk), (None, 0))) for one in flows if not one.gives_access]
    return sorted(found, key=_usual_first)


def found(typed: str, every: Sequence[Offer]) -> list[Offer]:
    """Those that are like what was typed, with the apps that are."""
    return [replace(one, apps=_apps_like(typed, one)) for one in search.best(typed, every, Offer.texts)]


def _apps_like(typed: str, offer: Offer) -> list[str]:
    apps = offer.choice.apps if offer.choice and typed.strip() else []
    return [one for one in apps if search.score(typed, [one]) >= search.WITHIN][:MOST_APPS]


def with_ways(shown: Sequence[Offer]) -> list[Offer]:
    """The same, where several flows fit with what differs between them. A fixed number of queries."""
    several = {flow.pk: flow for one in shown for flow in one.flows if len(one.flows) > 1}
    known = approvers.of_flows(several.values())
    told = {pk: words.sentence(one) for pk, one in known.items()}
    return [_with_ways(one, told) for one in shown]


def _with_ways(offer: Offer, told: Mapping[int, str]) -> Offer:
    if len(offer.flows) < 2:
        return offer
    ways = [Way(flow, told.get(flow.pk, "")) for flow in offer.flows]
    return replace(offer, ways=ways)


def _usual_first(offer: Offer) -> tuple[int, float, str]:
    last = offer.asked_at.timestamp() if offer.asked_at else 0.0
    return (-offer.times, -last, str(offer.target or offer.flows[0]).lower())


def _asked(
    requester: User, targets: Iterable[int], flows: Iterable[Flow], *, now: datetime
) -> dict[tuple[bool, int], tuple[datetime | None, int]]:  # fmt: skip
    """When each target, or flow without one (True), was asked for last, and how often lately."""
    alone = [one.pk for one in flows if not one.gives_access]
    rows = _counted(requester, list(targets), alone, now)
    return {(bool(kind), pk): (last, times or 0) for kind, pk, last, times in rows}


@prepared
def _counted(
    requester: User, targets: Collection[int], flows: Collection[int], now: datetime
) -> QuerySet[Any, tuple[int, int, datetime | None, int | None]]:
    own = AccessRequest.objects.filter(requester=requester)
    of_targets = _told(Target.objects.filter(pk__in=targets), own.filter(target=OuterRef("pk")), now, kind=0)
    of_flows = _told(Flow.objects.filter(pk__in=flows), own.filter(target=None, flow=OuterRef("pk")), now, kind=1)
    return of_targets.union(of_flows, all=True)


def _told(
    things: QuerySet[Any], asked: QuerySet[AccessRequest], now: datetime, *, kind: int
) -> QuerySet[Any, tuple[int, int, datetime | None, int | None]]:
    lately = asked.filter(created_at__gte=now - LATELY).order_by().values("requester").values(times=Count("*"))
    told = things.annotate(kind=Value(kind), last=choices.last_of(asked), times=Subquery(lately))
    rows: QuerySet[Any, tuple[int, int, datetime | None, int | None]] = told.values_list("kind", "pk", "last", "times")
    return rows
