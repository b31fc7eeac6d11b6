"""An outage speaks: the monitor, the admins and whoever explains are told which organization can't be asked."""

import pytest

from access.alerts import alerts, outage_alerts, readiness
from access.core.states import GrantState
from access.models import Integration
from access.requests import explain
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def down(aptible, flow, run, now):
    """Jon waits for Prod, and Aptible is away."""
    grant = factories.grant(state=GrantState.SCHEDULED, now=now)
    aptible.fail(503)
    return run(grant, now)


def reasons(now):
    return {one.name: one.reason for one in readiness.parts(now=now) if not one.ok}


def test_the_integration_that_can_t_be_reached_is_named_while_something_waits_for_it(down, aptible, run, now):
    assert "main-aptible-integration can't be reached since 2026-01-05 12:00:0" in reasons(now)["reach"]
    assert "1 grant waits for it" in outage_alerts.out_of_reach()
    assert any("can't be reached" in one.text for one in alerts.for_admin(now=now))

    aptible.clear_faults()
    assert run(down, down.due_at).state == GrantState.ACTIVE
    assert outage_alerts.out_of_reach() == ""
    assert Integration.objects.get().unreachable == ""


def test_while_nobody_waits_an_outage_is_no_alarm(down, now):
    factories.move(down, GrantState.ACTIVE, now=now)
    assert "reach" not in reasons(now)
    assert Integration.objects.get().unreachable_since is not None


def test_an_explanation_begins_with_the_trouble(down, now):
    facts = explain.explain(down.requests.get(), now=now)
    assert next(iter(facts)) == "trouble"
    assert "Aptible has trouble of its own" in facts["trouble"]
    factories.move(down, GrantState.ACTIVE, now=now)
    assert "Aptible has trouble of its own" in explain.explain(down.requests.get(), now=now)["trouble"]


def test_a_role_that_took_too_long_says_nothing_of_the_organization(flow, run, aptible, now, settings):
    grant = factories.grant(state=GrantState.SCHEDULED, now=now)
    settings.LAST_CALL = settings.CALL_WINDOW = -1
    run(grant, now)
    assert Integration.objects.get().unreachable_since is None
