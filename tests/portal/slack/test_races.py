"""What Slack sends twice at the same moment, to two web processes: on PostgreSQL, with real threads."""

import pytest
from django.utils import timezone

from access.core.states import RequestState
from access.models import AccessRequest, Decision, SlackDelivery, SlackHome
from access.notify.slack import deliveries, homes
from tests import factories
from tests.at_once import at_once
from tests.portal.slack.workspace import filled

pytestmark = [pytest.mark.races, pytest.mark.django_db(transaction=True)]


def test_one_delivery_counts_once(now):
    answers = at_once(*[lambda: deliveries.first_time("v0=1", now=now)] * 12)
    assert sorted(answers) == [False] * 11 + [True]
    assert SlackDelivery.objects.count() == 1


def test_one_home_is_marked_once(now):
    at_once(*[lambda: homes.refresh("U0JON", now=now)] * 12)
    assert SlackHome.objects.count() == 1


def test_approve_and_deny_at_once_is_one_decision(slack, story, rita):
    factories.also_decided_by(story, rita)
    asked = factories.request_at(now=timezone.now())
    slack.click("usher-approve", asked.ref, by="U0ADAM")
    approve = filled(slack.shown)
    slack.click("usher-deny", asked.ref, by="U0RITA")
    deny = filled(slack.shown, comment="No.")
    answers = at_once(lambda: slack.submit(approve, by="U0ADAM"), lambda: slack.submit(deny, by="U0RITA"))
    assert sorted(one["response_action"] for one in answers) == ["clear", "update"]
    assert Decision.objects.count() == 1
    assert AccessRequest.objects.get().state in (RequestState.APPROVED, RequestState.DENIED)


def test_one_form_sent_many_times_at_once_is_one_request(slack, story):
    slack.command("prod 1h fix it")
    view = filled(slack.shown)
    at_once(*[lambda: slack.submit(view)] * 6)
    assert AccessRequest.objects.count() == 1
