"""What a person can ask for, and what they should know before they do."""

import statistics
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.db.models import F, Max, OuterRef, Prefetch, Q, QuerySet, Subquery

from access.core import search as find
from access.core.states import LIVE, OPEN, RequestState
from access.directory import roles
from access.models import AccessRequest, DirectoryMembership, Flow, Grant, Strategy, Target, User, UserMapping
from access.policy import askers

LOOK_BACK: Final = timedelta(days=90)
ENOUGH_TO_TELL: Final = 3
MOST_TO_COUNT: Final = 500


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


def flows(requester: User) -> list[Flow]:
    """List the flows that take requests from this person, the ones they used last first."""
    used = AccessRequest.objects.filter(requester=requester, flow=OuterRef("pk")).order_by("-created_at")
    found = askers.open_to(requester).select_related("strategy__integration")
    found = found.annotate(used_at=Subquery(used.values("created_at")[:1]))
    targets = Prefetch("strategy__targets", _in_order(Target.objects.all()))
    found = found.prefetch_related(targets, "prompt_fields")
    return list(found.order_by(F("used_at").desc(nulls_last=True), "label", "pk"))


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
    asked = _asked(requester) if asked is None else asked
    held = {one.target_id: one for one in Grant.objects.filter(person=requester, state__in=OPEN).order_by("-starts_at")}
    standing = _standing(requester, targets, known, held)
    return [Choice(one, known.get(one.pk), asked.get(one.pk), held.get(one.pk), one.pk in standing) for one in targets]


def usual_wait(flow: Flow, *, now: datetime) -> timedelta | None:
    """Tell how long approvers of this flow take in the median of the last 90 days; None: too few decided to tell."""
    decided = AccessRequest.objects.filter(
        flow=flow, state__in=(RequestState.APPROVED, RequestState.DENIED), settled_at__gte=now - LOOK_BACK
    )
    # Of the newest: an index has them in this order.
    times = decided.order_by("-pk").values_list("created_at", "settled_at")[:MOST_TO_COUNT]
    waits = [(settled_at - asked_at).total_seconds() for asked_at, settled_at in times if settled_at]
    return timedelta(seconds=statistics.median(waits)) if len(waits) >= ENOUGH_TO_TELL else None


def _targets(strategy: Strategy) -> list[Target]:
    """In order, with their integration; those that `flows` has read are not read again."""
    known = getattr(strategy, "_prefetched_objects_cache", {})
    targets = list(known["targets"] if "targets" in known else _in_order(strategy.targets.all()))
    for one in targets:
        if one.integration_id == strategy.integration_id:
            one.integration = strategy.integration
    return targets


def _in_order(targets: QuerySet[Target]) -> QuerySet[Target]:
    return targets.order_by("label", "pk")


def _asked(requester: User) -> dict[int, datetime]:
    rows = AccessRequest.objects.filter(requester=requester).values("target_id").annotate(last=Max("created_at"))
    return {one["target_id"]: one["last"] for one in rows}


def _standing(
    requester: User, targets: Collection[Target], known: dict[int, roles.Role], held: dict[int, Grant]
) -> set[int]:
    """Find the targets whose role this person is in, although the portal did not put them there."""
    accounts = dict(
        UserMapping.objects.filter(user=requester).exclude(account_id="").values_list("integration_id", "account_id")
    )
    ours = {pk for pk, grant in held.items() if grant.state in LIVE and grant.asked_at and not grant.standing}
    rows = Q(pk__in=[])
    for integration_id, account_id in accounts.items():
        rows |= Q(role__integration=integration_id, account_id=account_id)
    members = set(DirectoryMembership.objects.filter(rows).values_list("role_id", flat=True))
    return {one.pk for one in targets if one.pk in known and known[one.pk].pk in members and one.pk not in ours}
