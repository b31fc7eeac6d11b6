"""Write what belongs to flows: who may ask, who decides, and which rules approve at once."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import models

from access.config.declared.flow_blocks import Facts
from access.models import Announcement, FastTrackRule, Flow, Group, Pool, Schedule, Stage, User, WorkingHours
from access.people import unproven


def _by_name(rows: Iterable[Any]) -> dict[str, Any]:
    return {one.name.lower(): one for one in rows}


@dataclass(frozen=True)
class Known:
    """Rows that files name but don't declare: people by e-mail, the others by name, in lower case."""

    people: Mapping[str, User] = field(default_factory=lambda: {one.email.lower(): one for one in User.objects.all()})
    unproven: Collection[str] = field(default_factory=unproven.emails)
    groups: dict[str, Group] = field(default_factory=lambda: _by_name(Group.objects.all()))
    schedules: Mapping[str, Schedule] = field(default_factory=lambda: _by_name(Schedule.objects.all()))
    hours: Mapping[str, WorkingHours] = field(default_factory=lambda: _by_name(WorkingHours.objects.all()))


def write_requesters(flows: Sequence[tuple[Flow, Facts]], known: Known) -> None:
    """Let these groups ask, and no others."""
    _write_groups(Flow.requesters.through, "requesters", flows, known)


def write_stand_ins(flows: Sequence[tuple[Flow, Facts]], known: Known) -> None:
    """Let the members of these groups decide for who is away, and no others."""
    _write_groups(Flow.stand_ins.through, "stand_ins", flows, known)


def _write_groups(links: Any, fact: str, flows: Sequence[tuple[Flow, Facts]], known: Known) -> None:
    links.objects.filter(flow__in=[row for row, _facts in flows]).delete()
    links.objects.bulk_create(
        links(flow_id=row.pk, group_id=known.groups[name].pk) for row, facts in flows for name in facts[fact]
    )


def write_stages(flows: Sequence[tuple[Flow, Facts]], known: Known) -> None:
    """Let these stages decide. Requests that were made before keep the policy they were made with."""
    Stage.objects.filter(flow__in=[row for row, _facts in flows]).delete()
    said = [
        (Stage(flow=row, position=number, label=stage["label"], approvals_needed=stage["needed"]), stage)
        for row, facts in flows
        for number, stage in enumerate(facts["stages"], 1)
    ]
    Stage.objects.bulk_create(row for row, _facts in said)
    pools = [
        (Pool(stage=row, managers=pool["managers"], after=pool["after"]), pool)
        for row, stage in said
        for pool in stage["pools"]
    ]
    Pool.objects.bulk_create(row for row, _facts in pools)
    _link(Pool.people.through, "user_id", pools, "people", known.people)
    _link(Pool.groups.through, "group_id", pools, "groups", known.groups)


def write_rules(flows: Sequence[tuple[Flow, Facts]], known: Known) -> None:
    """Let these fast-track rules be judged, in this order."""
    FastTrackRule.objects.filter(flow__in=[row for row, _facts in flows]).delete()
    FastTrackRule.objects.bulk_create(
        rule(row, number, said, known) for row, facts in flows for number, said in enumerate(facts["fast_track"], 1)
    )


def write_announcements(flows: Sequence[tuple[Flow, Facts]], _known: Known) -> None:
    """Announce requests in these places, in this order. What was announced before stays where it is."""
    Announcement.objects.filter(flow__in=[row for row, _facts in flows]).delete()
    Announcement.objects.bulk_create(
        announcement(row, number, said) for row, facts in flows for number, said in enumerate(facts["announce"], 1)
    )


def announcement(flow: Flow, number: int, said: Facts) -> Announcement:
    """Make the row of a place, without saving it."""
    return Announcement(flow=flow, position=number, kind=said["to"], channel=said["channel"], timeout=said["timeout"])


def rule(flow: Flow, number: int, said: Facts, known: Known) -> FastTrackRule:
    """Make the row of a rule, without saving it. Raises KeyError for a name that is not known."""
    on_call, hours = said["on_call"] or said["not_on_call"], said["within_hours"] or said["outside_hours"]
    same = ("effect", "reason", "held_times", "held_days", "risk_at_most", "risk_at_least")
    return FastTrackRule(
        flow=flow,
        position=number,
        in_group=known.groups[said["in_group"]] if said["in_group"] else None,
        not_in_group=known.groups[said["not_in_group"]] if said["not_in_group"] else None,
        schedule=known.schedules[on_call] if on_call else None,
        is_on_call=FastTrackRule.OnCall.NO if said["not_on_call"] else FastTrackRule.OnCall.YES,
        hours=known.hours[hours] if hours else None,
        within=FastTrackRule.Within.OUTSIDE if said["outside_hours"] else FastTrackRule.Within.INSIDE,
        **{name: said[name] for name in same},
    )


def _link(
    links: Any, column: str, pools: Iterable[tuple[Pool, Facts]], name: str, known: Mapping[str, models.Model]
) -> None:
    links.objects.bulk_create(
        links(pool_id=row.pk, **{column: known[one].pk}) for row, facts in pools for one in facts[name]
    )
