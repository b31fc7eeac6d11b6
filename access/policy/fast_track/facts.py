"""The fast-track rules of a flow, and what they look at, as plain data."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef, QuerySet

from access.core.prepared import prepared
from access.models import AccessRequest, Decision, FastTrackRule, Flow, Grant, Group, Schedule, Target, User
from access.policy.fast_track import rules as fast_track
from access.policy.fast_track.rules import Facts, Rule
from access.policy.on_call import who


def of_flow(flow: Flow) -> tuple[Rule, ...]:
    """Read the rules of a flow in order: one query."""
    return tuple(map(rule, _rules(flow.pk)))


@prepared
def _rules(flow: int) -> QuerySet[FastTrackRule]:
    rows = FastTrackRule.objects.filter(flow=flow).select_related("in_group", "not_in_group", "schedule", "hours")
    return rows.order_by("position", "pk")


def rule(row: FastTrackRule) -> Rule:
    """Write a rule as plain data."""
    conditions = [*_about_groups(row), *_about_schedule(row), *_about_target(row), *_about_hours(row)]
    return Rule(fast_track.Effect(row.effect), row.reason, tuple(conditions))


def facts(
    rules: Sequence[Rule], *, requester: User, target: Target | None, at: datetime, now: datetime
) -> Facts:  # fmt: skip
    """Look up what these rules look at, for access that would begin at a moment: only what some rule needs."""
    conditions = [one for each in rules for one in each.conditions]
    ids = {one.schedule_id for one in conditions if isinstance(one, fast_track.OnCall)}
    days = [one.days for one in conditions if isinstance(one, fast_track.Held)]
    return Facts(
        now=at,
        groups=_groups(requester) if any(isinstance(one, fast_track.InGroup) for one in conditions) else frozenset(),
        on_call={one.pk: who.is_on_call(one, requester, at=at, now=now) for one in who.with_people(ids)},
        held=held(requester, target, since=at - timedelta(days=max(days))) if days and target else (),
        risk=target.risk if target else "",
    )


def held(person: User, target: Target, *, since: datetime) -> tuple[datetime, ...]:
    """When this person began to hold a target since then, each time with the approval of somebody else.

    What a rule approved does not count, so that no rule lives on what it gave before.
    """
    said_yes = Decision.objects.filter(
        request__grant=OuterRef("pk"),
        request__path=AccessRequest.Path.PEOPLE,
        verdict=Decision.Verdict.APPROVE,
    ).exclude(by=person)
    grants: QuerySet[Grant] = Grant.objects.filter(person=person, target=target, confirmed_at__gte=since)
    times = grants.filter(Exists(said_yes)).order_by("confirmed_at").values_list("confirmed_at", flat=True)
    return tuple(at for at in times if at is not None)


def _groups(requester: User) -> frozenset[int]:
    return frozenset(Group.objects.filter(members=requester).values_list("pk", flat=True))


def _about_groups(row: FastTrackRule) -> Iterable[fast_track.Condition]:
    if row.in_group:
        yield fast_track.InGroup(row.in_group.pk, row.in_group.label)
    if row.not_in_group:
        yield fast_track.InGroup(row.not_in_group.pk, row.not_in_group.label, negated=True)


def _about_schedule(row: FastTrackRule) -> Iterable[fast_track.Condition]:
    if row.schedule:
        is_outside = row.schedule.source == Schedule.Source.PAGERDUTY
        yield fast_track.OnCall(
            schedule_id=row.schedule.pk,
            label=row.schedule.label,
            zone=row.schedule.zone,
            source="PagerDuty" if is_outside else "",
            negated=row.is_on_call == FastTrackRule.OnCall.NO,
        )


def _about_target(row: FastTrackRule) -> Iterable[fast_track.Condition]:
    if row.held_times and row.held_days:
        yield fast_track.Held(row.held_times, row.held_days)
    if row.risk_at_most:
        yield fast_track.RiskAtMost(fast_track.Risk(row.risk_at_most))
    if row.risk_at_least:
        yield fast_track.RiskAtLeast(fast_track.Risk(row.risk_at_least))


def _about_hours(row: FastTrackRule) -> Iterable[fast_track.Condition]:
    if row.hours:
        negated = row.within == FastTrackRule.Within.OUTSIDE
        yield fast_track.WithinHours(row.hours.plain(), row.hours.label, negated)
