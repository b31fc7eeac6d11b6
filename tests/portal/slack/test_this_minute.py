"""A start in this minute is now: on the page, by the API, in Slack; also one that was to come when a form opened."""

import json
from datetime import UTC, timedelta

import pytest
from django.utils import timezone

from access.models import AccessRequest, Delegation
from access.people import tokens
from tests import factories
from tests.portal.slack.test_form import opened
from tests.portal.slack.workspace import filled

MINUTE = timedelta(minutes=1)
SHAPE = "%Y-%m-%dT%H:%M"


def minute(minutes=0):
    return timezone.now().replace(second=0, microsecond=0) + minutes * MINUTE


def by_page(slack, jon, at, *, open_since):
    slack.browser.force_login(jon)
    typed = {
        "flow": "production-access", "target": "prod", "duration": "3600", "reason": "to fix Ticket 123",
        "starts": "later", "starts_at": f"{at:{SHAPE}}", "earliest": f"{open_since:{SHAPE}}",
        "submission": "5d1ad0c4-6f4e-4b7f-9d1d-1f0a4c2f4d01",
    }  # fmt: skip
    slack.browser.post("/ask/", typed)


def by_slack(slack, jon, at, *, open_since):
    view = opened(slack, "prod 1h fix it")
    kept = json.loads(view["private_metadata"])
    assert kept["earliest"] in (f"{minute(-1):{SHAPE}}Z", f"{minute().astimezone(UTC):{SHAPE}}Z")
    view["private_metadata"] = json.dumps({**kept, "earliest": f"{open_since.astimezone(UTC):{SHAPE}}Z"})
    slack.submit(filled(view, starts_at=int(at.timestamp())))


def by_api(slack, jon, at, *, open_since):
    _row, text = tokens.issue(
        person=jon, actor="cli", label="x", scopes=["ask"], now=minute(), expires_at=minute() + timedelta(days=1)
    )
    asked = {"flow": "production-access", "target": "prod", "duration": 3600, "reason": "to fix Ticket 123",
             "starts_at": at.isoformat()}  # fmt: skip
    headers = {"Authorization": f"Bearer {text}", "Idempotency-Key": "k1"}
    return slack.browser.post("/api/v1/requests", asked, content_type="application/json", headers=headers)


@pytest.mark.parametrize("way", [by_page, by_slack, by_api])
def test_this_minute_is_now(slack, story, jon, way):
    way(slack, jon, minute(), open_since=minute())
    assert AccessRequest.objects.get().starts_at is None


@pytest.mark.parametrize("way", [by_page, by_slack])
@pytest.mark.parametrize("minutes", [-30, -12])
def test_what_was_to_come_when_the_form_was_opened_is_now(slack, story, jon, way, minutes):
    way(slack, jon, minute(minutes), open_since=minute(-30))
    assert AccessRequest.objects.get().starts_at is None


@pytest.mark.parametrize("way", [by_page, by_slack, by_api])
def test_what_was_over_already_is_refused(slack, story, jon, way):
    way(slack, jon, minute(-31), open_since=minute(-30))
    assert not AccessRequest.objects.exists()


def test_a_delegation_from_this_minute_on_begins_now(slack, story, adam, rita):
    factories.also_decided_by(story, rita)
    slack.browser.force_login(adam)
    typed = {"to_person": str(rita.pk), "starts_at": f"{minute(-20):{SHAPE}}", "zone": "UTC", "reason": "holiday",
             "ends_at": f"{minute(60):{SHAPE}}"}  # fmt: skip
    slack.browser.post("/account/away/", typed)
    assert abs(Delegation.objects.get().starts_at - timezone.now()) < MINUTE
