"""Somebody on duty who can't sign in is told on the admins' home and in the nightly check."""

from datetime import timedelta

import pytest

from access.alerts import alerts
from access.models import AuditEvent, Flow, OnCall, Schedule, Shift, Turn, User
from access.policy import check_flows
from tests import factories
from tests.access.policy import fast_tracks

pytestmark = pytest.mark.django_db


def told(flow, now):
    check_flows.check(flow, now=now)
    return [one.text for one in alerts.for_admin(now=now) if one.kind == "flow" and "On duty" in one.text]


@pytest.fixture
def schedule(flow):
    made = Schedule.objects.create(name="ops", label="Operators", zone="UTC", first_day="2026-01-01")
    fast_tracks.rule(flow, schedule=made)
    return made


@pytest.mark.parametrize("change", [{"is_active": False}, {"is_auditor": True}, {"is_bot": True}])
@pytest.mark.parametrize("by", ["turn", "shift"])
def test_by_the_portals_own_schedule(flow, schedule, rita, now, change, by):
    if by == "turn":
        Turn.objects.create(schedule=schedule, person=rita)
    else:
        Shift.objects.create(schedule=schedule, person=rita, starts_at=now, ends_at=now + timedelta(days=1))
    assert told(flow, now) == []
    User.objects.filter(pk=rita.pk).update(**change)
    assert told(flow, now) == [f"{flow.label}: On duty in Operators, and can't sign in here: Rita Moss."]
    assert told(flow, now)
    assert AuditEvent.objects.filter(type="flow.duty_trouble").count() == 1
    User.objects.filter(pk=rita.pk).update(is_active=True, is_auditor=False, is_bot=False)
    assert told(flow, now) == []


def test_a_shift_that_is_over_concerns_nobody(flow, schedule, rita, now):
    Shift.objects.create(schedule=schedule, person=rita, starts_at=now - timedelta(days=2), ends_at=now)
    User.objects.filter(pk=rita.pk).update(is_active=False)
    assert told(flow, now) == []


def test_by_what_was_read_from_outside(flow, schedule, rita, now):
    Schedule.objects.update(source="pagerduty", external_id="P1", token_secret=factories.integration().password_secret)
    OnCall.objects.create(schedule=schedule, email=rita.email)
    OnCall.objects.create(schedule=schedule, email="stranger@example.com")
    assert told(flow, now) == [f"{flow.label}: On duty in Operators, and can't sign in here: stranger@example.com."]
    Flow.objects.update(is_active=False)
    assert told(flow, now) == []


@pytest.mark.parametrize("change", [{"is_active": False}, {"is_auditor": True}, {"is_bot": True}])
def test_who_is_read_from_outside_and_has_an_account_that_can_do_nothing(flow, schedule, rita, now, change):
    Schedule.objects.update(source="pagerduty", external_id="P1", token_secret=factories.integration().password_secret)
    OnCall.objects.create(schedule=schedule, email=rita.email)
    User.objects.filter(pk=rita.pk).update(**change)
    assert told(flow, now) == [f"{flow.label}: On duty in Operators, and can't sign in here: {rita.email}."]
