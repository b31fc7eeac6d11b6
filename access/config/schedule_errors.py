"""What can't be accepted in fast-track rules and schedules: a sentence for each field."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from access.models import Schedule

_CONDITIONS = ("in_group", "not_in_group", "schedule", "held_times", "risk_at_most", "risk_at_least", "hours")
_RISKS = ("low", "medium", "high")


def of_rule(typed: Mapping[str, Any]) -> dict[str, str]:
    """Look at one rule as it was typed."""
    errors = {}
    if typed.get("held_times") and not typed.get("held_days"):
        errors["held_days"] = _("Say in how many days it counts.")
    if typed.get("held_days") and not typed.get("held_times"):
        errors["held_times"] = _("Say how many times.")
    if typed.get("in_group") and typed.get("in_group") == typed.get("not_in_group"):
        errors["not_in_group"] = _("Nobody is in this group and not in it.")
    most, least = typed.get("risk_at_most"), typed.get("risk_at_least")
    if most and least and _RISKS.index(least) > _RISKS.index(most):
        errors["risk_at_least"] = _("No risk is at least this and at most the other.")
    if not errors and not any(typed.get(one) for one in _CONDITIONS):
        errors["in_group"] = _("Set at least one condition: a rule without any would always apply.")
    return errors


def of_schedule(typed: Mapping[str, Any]) -> dict[str, str]:
    """Look at a schedule as it was typed, but for whose turn it is: see `of_rotation`."""
    if typed.get("source") != Schedule.Source.PAGERDUTY:
        return {}
    errors = {}
    if not typed.get("external_id"):
        errors["external_id"] = _("Type the id of the schedule at PagerDuty.")
    if not typed.get("token_secret"):
        errors["token_secret"] = _("Pick the API key with which PagerDuty is read.")
    return errors


def of_rotation(schedule: Schedule, people: int) -> list[str]:
    """Look at how many people take turns."""
    if schedule.source == Schedule.Source.PORTAL and not people:
        return [_("Put at least one person into the rotation.")]
    if schedule.source == Schedule.Source.PAGERDUTY and people:
        return [_("PagerDuty says whose turn it is: take these out, or keep the schedule here.")]
    return []


def of_shift(starts_at: datetime | None, ends_at: datetime | None) -> dict[str, str]:
    if starts_at and ends_at and ends_at <= starts_at:
        return {"ends_at": _("This is not after the start.")}
    return {}
