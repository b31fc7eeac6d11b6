"""The home of the app: what one can do there, and how it comes to what is so."""

import json
from datetime import timedelta

import pytest
from django.utils import timezone

from access.core.states import GrantState, RequestState
from access.models import Flow, Grant, SlackHome
from access.notify.slack import home_view, homes, workspace
from access.worker import jobs
from integrations.base import ProviderError, ProviderUnavailable
from tests import factories
from tests.portal.pages import counted
from tests.portal.slack.workspace import TEAM, texts

HOUR = 3600


def published(slack, account="U0JON"):
    homes.refresh(account, now=timezone.now())
    jobs.publish_home(SlackHome.objects.get().pk)
    assert slack.calls[-1][0] == "views.publish"
    return slack.shown


def buttons(view):
    rows = [one["elements"] for one in view["blocks"] if one["type"] == "actions"]
    return [(one["text"]["text"], one["action_id"], one.get("value", "")) for row in rows for one in row]


def test_opening_it_shows_what_one_can_ask_for_holds_and_has_to_decide(slack, story, jon):
    factories.also_decided_by(story, jon)
    asked = factories.request_at(now=timezone.now(), requester=factories.person("rita"))
    held = factories.grant(now=timezone.now())
    event = {"type": "app_home_opened", "user": "U0JON", "tab": "home"}
    slack.send("events", json.dumps({"team_id": TEAM, "type": "event_callback", "event": event}))
    jobs.publish_home(SlackHome.objects.get().pk)
    assert slack.calls[-1][1]["user_id"] == "U0JON"
    assert buttons(slack.shown) == [
        ("Ask for access", "usher-ask", ""), ("Open Usher", "usher-link", ""),
        ("Approve", "usher-approve", asked.ref), ("Deny", "usher-deny", asked.ref), ("Look", "usher-link", ""),
        ("Extend", "usher-ask", held.requests.get().ref), ("I'm done", "usher-done", held.ref),
    ]  # fmt: skip
    assert f"'timestamp': {int(held.ends_at.timestamp())}" in str(slack.shown)
    assert not SlackHome.objects.exists()


def test_im_done_ends_ones_access(slack, story):
    grant = factories.grant(now=timezone.now())
    slack.click("usher-done", grant.ref)
    assert grant.refreshed().state == GrantState.REVOKING
    assert SlackHome.objects.get().account_id == "U0JON"


def test_im_done_twice_is_told(slack, story):
    grant = factories.grant(now=timezone.now())
    slack.click("usher-done", grant.ref)
    slack.click("usher-done", grant.ref)
    assert "ending already" in texts(slack.shown)


@pytest.mark.parametrize("action", ["usher-done", "usher-extend"])
def test_nobody_ends_or_extends_what_another_holds(slack, story, action):
    grant = factories.grant(now=timezone.now())
    before = grant.ends_at
    slack.click(action, grant.ref, by="U0RITA")
    assert slack.shown["callback_id"] == "usher-told"
    grant = grant.refreshed()
    assert (grant.state, grant.ends_at) == (GrantState.ACTIVE, before)


def test_extend_holds_it_longer_where_the_flow_allows_that_and_once(slack, story):
    Flow.objects.update(free_extension=HOUR)
    grant = factories.grant(now=timezone.now())
    assert ("Extend by 1 h", "usher-extend", grant.ref) in buttons(published(slack))
    slack.click("usher-extend", grant.ref)
    assert grant.refreshed().ends_at == grant.ends_at + timedelta(hours=1)
    slack.click("usher-extend", grant.ref)
    assert "was extended without approval already" in texts(slack.shown)


def test_extend_with_an_approval_opens_the_form_filled_in(slack, story):
    grant = factories.grant(now=timezone.now())
    slack.click("usher-ask", grant.requests.get().ref)
    assert slack.shown["callback_id"] == "usher-ask"
    assert "to fix Ticket 123" in str(slack.shown)


def test_the_form_of_another_is_not_opened(slack, story):
    grant = factories.grant(now=timezone.now())
    slack.click("usher-ask", grant.requests.get().ref, by="U0RITA")
    assert "There is nothing here" in texts(slack.shown)


def test_ask_opens_the_form_and_a_shortcut_does_too(slack, story):
    slack.click("usher-ask")
    assert slack.shown["callback_id"] == "usher-ask"
    slack.interact(type="shortcut", callback_id="usher-ask")
    assert [method for method, _given in slack.calls] == ["views.open", "views.open"]


def test_withdraw_takes_ones_own_request_back(slack, story):
    asked = factories.request_at(now=timezone.now())
    assert ("Withdraw", "usher-withdraw", asked.ref) in buttons(published(slack))
    slack.click("usher-withdraw", asked.ref)
    asked.refresh_from_db()
    assert asked.state == RequestState.WITHDRAWN
    slack.click("usher-withdraw", asked.ref)
    assert "withdrawn" in texts(slack.shown)
    SlackHome.objects.all().delete()
    assert "usher-withdraw" not in str(published(slack))


def test_nobody_withdraws_what_another_asked_for(slack, story):
    asked = factories.request_at(now=timezone.now())
    slack.click("usher-withdraw", asked.ref, by="U0ADAM")
    assert "Only the person who asked can withdraw a request." in texts(slack.shown)
    slack.click("usher-withdraw", asked.ref, by="U0RITA")
    assert "There is nothing here" in texts(slack.shown)
    asked.refresh_from_db()
    assert asked.state == RequestState.PENDING


def test_break_glass_is_offered_where_a_flow_allows_it(slack, story):
    assert "usher-break-glass" not in str(published(slack))
    Flow.objects.update(break_glass=True)
    assert ("Break-glass", "usher-break-glass", "") in buttons(published(slack))


def test_whoever_has_no_person_here_is_told(slack, story):
    assert "This Slack account is not one of a person" in texts(published(slack, "U0MALLORY"))


def test_a_long_list_stays_within_what_slack_takes(slack, story):
    for number in range(45):
        factories.request_at(now=timezone.now(), requester=factories.person(f"p{number}"))
    view = published(slack, "U0ADAM")
    assert len(view["blocks"]) <= 100
    assert "30 more are on the pages of Usher." in texts(view)


def test_it_takes_a_fixed_number_of_queries(slack, story, adam):
    def home():
        return home_view.of(adam, now=timezone.now())

    factories.request_at(now=timezone.now(), requester=factories.person("p"))
    few = counted(home)
    for number in range(10):
        factories.request_at(now=timezone.now(), requester=factories.person(f"p{number}"))
    assert counted(home) == few


def test_while_slack_is_away_it_is_tried_again_and_given_up_in_the_end(slack, story, now):
    slack.failure = ProviderUnavailable("Slack asks us to slow down.", retry_after=30)
    homes.refresh("U0JON", now=now)
    desk = workspace.workspace(now=timezone.now())
    for number in range(1, 5):
        homes.publish(SlackHome.objects.get(), workspace=desk, now=now)
        row = SlackHome.objects.get()
        assert row.attempts == number
        assert timedelta(seconds=29) < row.due_at - now < timedelta(seconds=40)
        now = row.due_at
    homes.publish(SlackHome.objects.get(), workspace=desk, now=now)
    assert not SlackHome.objects.exists()


def test_a_refusal_of_slack_ends_it(slack, story, now):
    slack.failure = ProviderError("Slack refused: not_enabled.")
    homes.refresh("U0JON", now=now)
    homes.publish(SlackHome.objects.get(), workspace=workspace.workspace(now=timezone.now()), now=now)
    assert not SlackHome.objects.exists()


def test_what_is_marked_while_it_is_shown_is_shown_again(slack, story, now, monkeypatch):
    homes.refresh("U0JON", now=now)

    def marked_again(*_a, **_k):
        homes.refresh("U0JON", now=now)
        return {}

    monkeypatch.setattr(slack, "call", marked_again)
    monkeypatch.setattr(homes, "_view", lambda *_a, **_k: {})
    homes.publish(SlackHome.objects.get(), workspace=workspace.workspace(now=timezone.now()), now=now)
    assert SlackHome.objects.get().due_at == now


def test_one_worker_at_a_time_shows_it(slack, story, now):
    homes.refresh("U0JON", now=now)
    row = SlackHome.objects.get()
    SlackHome.objects.update(due_at=now + timedelta(seconds=30))
    homes.publish(row, workspace=workspace.workspace(now=timezone.now()), now=now)
    assert slack.calls == []
    assert not Grant.objects.exists()
