"""Rows for the tests of fast track."""

from datetime import date, datetime, time

from access.models import FastTrackRule, Flow, OnCall, Schedule, Secret, User, WorkingHours


def rule(flow: Flow, *, deny: bool = False, reason: str = "They repair production.", **conditions) -> FastTrackRule:
    """Put one more rule behind the others."""
    effect = FastTrackRule.Effect.DENY if deny else FastTrackRule.Effect.APPROVE
    return flow.fast_track.create(position=flow.fast_track.count() + 1, effect=effect, reason=reason, **conditions)


def rotation(*people: User, name: str = "primary", **fields) -> Schedule:
    """Turns of a week each, handed over on Mondays at 9 in Berlin, from 5 January 2026 on."""
    defaults = {"label": name.title(), "zone": "Europe/Berlin", "first_day": date(2026, 1, 5), "hand_over": time(9)}
    made = Schedule.objects.create(name=name, **{**defaults, **fields})
    for number, one in enumerate(people, 1):
        made.turns.create(person=one, position=number)
    return made


def from_pagerduty(*emails: str, read_at: datetime | None, until: datetime | None = None) -> Schedule:
    """A schedule that PagerDuty keeps, as it was read then."""
    token, _new = Secret.objects.get_or_create(name="pagerduty", source="env", location="TEST_PAGERDUTY_TOKEN")
    made = Schedule.objects.create(
        name="pager", label="Pager", zone="Europe/Berlin", source=Schedule.Source.PAGERDUTY,
        external_id="PI7DH85", token_secret=token, read_at=read_at,
    )  # fmt: skip
    OnCall.objects.bulk_create([OnCall(schedule=made, email=one, ends_at=until) for one in emails])
    return made


def office_hours(**fields) -> WorkingHours:
    """Monday to Friday from 9 to 17 in Berlin."""
    defaults = {"name": "office", "label": "Office hours", "zone": "Europe/Berlin"}
    return WorkingHours.objects.create(**{**defaults, **fields})
