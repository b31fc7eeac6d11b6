"""What a person can ask for, and what they should know before they do."""

import statistics
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from django.db.models import F, OuterRef, QuerySet, Subquery, prefetch_related_objects

from access.core import search as find
from access.core.prepared import prepared, read_along
from access.core.states import LIVE, OPEN, RequestState
from access.directory import roles
from access.models import AccessRequest, DirectoryMembership, Flow, Grant, Strategy, Target, User, UserMapping
from access.policy import askers

LOOK_BACK: Final = timedelta(days=90)
ENOUGH_TO_TELL: Final = 3
MOST_TO_COUNT: Final = 100


@dataclass(frozen=True)
class Choice:
    target: Target
    role: roles.Role | None  # None: no sync has seen it yet
    asked_at: datetime | None  # when this person last asked for it
    grant: Grant | None  # what this person holds of it through the portal, or will
    standing: bool  # held outside the portal

    def texts(self) -> list[str]:
        """What it is found by: its names, and those of environments and of the apps in them."""
        places = [one.environment for one in self.role.opens] if self.role else []
        return [self.target.label, self.target.name, *places, *self.apps]

    @property
    def apps(self) -> list[str]:
        """The apps that are known in the environments that it opens."""
        return [app for one in self.role.opens for app in one.apps] if self.role else []


def flows(requester: User, *, with_questions: bool = True) -> list[Flow]:
    """List the flows that take requests from this person, the ones they used last first, with what each asks."""
    found = list(_flows(requester))
    if with_questions:
        read_questions(found)
    strategies = [one.strategy for one in found if one.strategy]  # each flow has its own of a strategy that they share
    pairs = _pairs({one.pk for one in strategies})
    # `prefetch_related` would make a row of its own for each strategy of a target.
    targets = {one.pk: one for one in _named({target for _strategy, target in pairs})}
    offered = defaultdict[int, set[int]](set)
    for strategy_id, target_id in pairs:
        offered[strategy_id].add(target_id)
    for strategy in strategies:
        wanted = offered[strategy.pk]
        read_along(strategy, "targets", [one for key, one in targets.items() if key in wanted])
    return found


def read_questions(flows: Sequence[Flow]) -> None:
    """Read along what each of these flows asks: one query."""
    prefetch_related_objects(flows, "prompt_fields")


@prepared
def _flows(requester: User) -> QuerySet[Flow]:
    used = AccessRequest.objects.filter(requester=requester, flow=OuterRef("pk"))
    found = askers.open_to(requester).select_related("strategy__integration")
    found = found.annotate(used_at=last_of(used))
    return found.order_by(F("used_at").desc(nulls_last=True), "label", "pk")


@prepared
def _pairs(strategies: Collection[int]) -> QuerySet[Any, tuple[int, int]]:
    rows = Strategy.targets.through.objects.filter(strategy__in=strategies)
    return rows.values_list("strategy_id", "target_id")


@prepared
def _named(targets: Collection[int]) -> QuerySet[Target]:
    """Each once, however many flows offer it."""
    return _in_order(Target.objects.filter(pk__in=targets))


def choices(*, flow: Flow, requester: User, search: str = "") -> list[Choice]:
    """List the flow's targets for this person, the recently asked first; none where an approval is all there is.

    `search` looks in names and environments.
    """
    found = sorted(
        of_targets(targets_of(flow), requester), key=lambda one: -one.asked_at.timestamp() if one.asked_at else 0.0
    )
    return find.best(search, found, Choice.texts)


def targets_of(flow: Flow) -> list[Target]:
    """What the flow offers, in order; of a flow that `flows` has read without another query."""
    return _targets(flow.strategy) if flow.strategy else []


def of_targets(
    targets: Collection[Target], requester: User, asked: Mapping[int, datetime] | None = None
) -> list[Choice]:  # fmt: skip
    """Tell of each what this person should know before they ask, in a fixed number of queries.

    When they `asked` for each is not read again where it is known.
    """
    if not targets:
        return []
    known = roles.of_targets(targets)
    asked = dict(_last(requester, [one.pk for one in targets])) if asked is None else asked
    held = {one.target_id: one for one in _held(requester)}
    standing = _standing(requester, targets, known, held)
    return [Choice(one, known.get(one.pk), asked.get(one.pk), held.get(one.pk), one.pk in standing) for one in targets]


def usual_wait(flow: Flow, *, now: datetime) -> timedelta | None:
    """Tell how long approvers of this flow take: the median of the newest hundred of the last 90 days.

    None: too few were decided to tell.
    """
    waits = [(settled_at - asked_at).total_seconds() for asked_at, settled_at in _decided(flow.pk, now) if settled_at]
    return timedelta(seconds=statistics.median(waits)) if len(waits) >= ENOUGH_TO_TELL else None


@prepared
def _decided(flow: int, now: datetime) -> QuerySet[AccessRequest, tuple[datetime, datetime | None]]:
    # Cut off first, which an index does: PostgreSQL takes what was lately settled to lie anywhere, and reads all.
    newest = AccessRequest.objects.filter(flow=flow).order_by("-pk").values("pk")[:MOST_TO_COUNT]
    states = (RequestState.APPROVED, RequestState.DENIED)
    decided = AccessRequest.objects.filter(pk__in=newest, state__in=states, settled_at__gte=now - LOOK_BACK)
    return decided.values_list("created_at", "settled_at")


@prepared
def _held(requester: User) -> QuerySet[Grant]:
    return Grant.objects.filter(person=requester, state__in=OPEN).order_by("-starts_at")


def _targets(strategy: Strategy) -> list[Target]:
    """In order, with their integration; those that `flows` has read are not read again."""
    known = getattr(strategy, "_prefetched_objects_cache", {})
    targets = list(known["targets"] if "targets" in known else _in_order(strategy.targets.all()))
    for one in targets:
        # Each of `flows` is that of several strategies, and has it already.
        if one.integration_id == strategy.integration_id and "integration" not in one._state.fields_cache:
            one.integration = strategy.integration
    return targets


def _in_order(targets: QuerySet[Target]) -> QuerySet[Target]:
    return targets.order_by("label", "pk")


@prepared
def _last(requester: User, targets: Collection[int]) -> QuerySet[Target, tuple[int, datetime]]:
    own = AccessRequest.objects.filter(requester=requester, target=OuterRef("pk"))
    return Target.objects.filter(pk__in=targets).values_list("pk", last_of(own))


def last_of(asked: QuerySet[AccessRequest]) -> Subquery:
    """When the last of these was asked for; an index has them by this time."""
    return Subquery(asked.order_by("-created_at").values("created_at")[:1])


def _standing(
    requester: User, targets: Collection[Target], known: dict[int, roles.Role], held: dict[int, Grant]
) -> set[int]:
    """Find the targets whose role this person is in, although the portal did not put them there."""
    accounts = _accounts(requester)
    ours = {pk for pk, grant in held.items() if grant.state in LIVE and grant.asked_at and not grant.standing}
    rows = _memberships([one.pk for one in known.values()], [account for _integration, account in accounts])
    members = {role for role, integration, account in rows if (integration, account) in accounts}
    return {one.pk for one in targets if one.pk in known and known[one.pk].pk in members and one.pk not in ours}


@prepared
def _accounts(requester: User) -> QuerySet[UserMapping, tuple[int, str]]:
    mapped = UserMapping.objects.filter(user=requester).exclude(account_id="")
    return mapped.values_list("integration_id", "account_id")


@prepared
def _memberships(
    roles: Collection[int], accounts: Collection[str]
) -> QuerySet[DirectoryMembership, tuple[int, int, str]]:
    rows = DirectoryMembership.objects.filter(role__in=roles, account_id__in=accounts)
    return rows.values_list("role_id", "role__integration_id", "account_id")
