"""What has to hold before anything that came from Slack is read."""

import json
import logging
import time
from datetime import timedelta
from urllib.parse import urlencode

import pytest

from access.models import SlackDelivery, SlackHome
from access.notify.slack import deliveries
from tests.portal.slack.workspace import TEAM

PATHS = ["command", "interactive", "options", "events"]
OPENED = {
    "team_id": TEAM,
    "type": "event_callback",
    "event": {"type": "app_home_opened", "user": "U0JON", "tab": "home"},
}


def body(**fields):
    return urlencode({"team_id": TEAM, "user_id": "U0JON", "text": "help", "trigger_id": "1.2", **fields})


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize(
    "headers",
    [
        {"X-Slack-Signature": "v0=" + "0" * 64},
        {"X-Slack-Signature": ""},
        {"X-Slack-Signature": "v0=ä"},
        {"X-Slack-Request-Timestamp": ""},
        {"X-Slack-Request-Timestamp": "soon"},
        {"X-Slack-Request-Timestamp": "١٢٣٤"},
        {"X-Slack-Request-Timestamp": "9" * 400},
        {"X-Slack-Request-Timestamp": "-1"},
    ],
)
def test_what_slack_has_not_signed_is_refused(slack, path, headers):
    sent = slack.send(path, body(), **{name: value.encode().decode("latin-1") for name, value in headers.items()})
    assert (sent.status_code, sent.content) == (401, b"")
    assert not SlackDelivery.objects.exists()


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("seconds", [-301, 302])
def test_what_was_signed_more_than_five_minutes_ago_or_ahead_is_refused(slack, path, seconds):
    assert slack.send(path, body(), at=time.time() + seconds).status_code == 401


def test_another_secret_is_refused(slack):
    assert slack.send("command", body(), secret="other").status_code == 401


def test_what_comes_again_is_refused(slack):
    at = time.time()
    assert slack.send("command", body(), at=at).status_code == 200
    assert slack.send("command", body(), at=at).status_code == 409


@pytest.mark.parametrize("path", PATHS)
def test_another_workspace_is_refused(slack, path):
    facts = {"team": {"id": "T0002"}, "team_id": "T0002", "user": {"id": "U0JON"}, "type": "event_callback"}
    sent = json.dumps(facts) if path == "events" else body(team_id="T0002", payload=json.dumps(facts))
    assert slack.send(path, sent).status_code == 403


@pytest.mark.parametrize("who", ["", "jon", "U" + "0" * 100, "../U0JON"])
def test_whoever_is_no_account_is_refused(slack, who):
    assert slack.send("command", body(user_id=who)).status_code == 403


@pytest.mark.parametrize(
    ("path", "sent"),
    [
        ("interactive", "payload="),
        ("interactive", "payload=[]"),
        ("interactive", "payload=" + "[" * 100_000),
        ("interactive", "payload={"),
        ("options", "no payload"),
        ("events", "{"),
        ("events", "[]"),
        ("events", '"text"'),
    ],
)
def test_what_cannot_be_read_is_refused(slack, path, sent):
    assert slack.send(path, sent).status_code == 400


def test_what_is_too_large_is_refused_unread(slack):
    assert slack.send("interactive", "x" * (1024 * 1024 + 1)).status_code == 413


@pytest.mark.parametrize("path", PATHS)
def test_only_post_is_taken_and_nobody_has_to_be_signed_in(slack, path):
    assert slack.browser.get(f"/slack/{path}/").status_code == 405


def test_without_a_workspace_there_is_nothing(slack, settings):
    settings.SLACK_TEAM_ID = ""
    assert slack.command("help").status_code == 404


def test_a_workspace_whose_secret_is_missing_takes_nothing(slack, settings):
    settings.SLACK_SIGNING_SECRET = ""
    assert slack.command("help").status_code == 503


def test_a_refusal_is_logged_once_without_what_was_sent(slack, caplog):
    with caplog.at_level(logging.INFO):
        slack.send("command", body(text="patient 4711"), secret="other")
    [record] = [one for one in caplog.records if one.name == "portal.slack.endpoints"]
    assert record.getMessage() == "Something that should come from Slack was refused (401): Its signature is wrong."
    assert "4711" not in caplog.text


def test_slack_may_look_whether_an_address_answers(slack):
    asked = {"type": "url_verification", "challenge": "abc", "team_id": "T0002"}
    assert slack.send("events", json.dumps(asked)).json() == {"challenge": "abc"}
    assert slack.send("command", "ssl_check=1").status_code == 200
    assert slack.send("interactive", "ssl_check=1&token=x").status_code == 200


VERIFY = {"type": "url_verification", "challenge": "3eZbrw1aBm2rZgRNFdxV2595E9CY3gmdALWMmHkvFXO7tYXAYM8P"}


@pytest.mark.parametrize("unset", ["SLACK_TEAM_ID", "SLACK_SIGNING_SECRET", "SLACK_BOT_TOKEN"])
def test_slack_may_look_before_anything_is_set_up(slack, settings, unset):
    setattr(settings, unset, "")
    assert slack.send("events", json.dumps(VERIFY), secret="not known yet").json() == {"challenge": VERIFY["challenge"]}


@pytest.mark.parametrize("unset", ["SLACK_TEAM_ID", "SLACK_SIGNING_SECRET"])
@pytest.mark.parametrize(
    ("path", "sent"),
    [
        ("events", {**VERIFY, "type": "event_callback"}),
        ("events", {**VERIFY, "challenge": "<script>"}),
        ("events", {**VERIFY, "challenge": "x" * 201}),
        ("events", {**VERIFY, "challenge": ["x"]}),
        ("events", {"type": "url_verification"}),
        ("events", OPENED),
        ("events", "{"),
        ("command", VERIFY),
        ("interactive", VERIFY),
        ("options", VERIFY),
    ],
)
def test_nothing_else_is_answered_before_it_is_set_up(slack, settings, unset, path, sent):
    setattr(settings, unset, "")
    answer = slack.send(path, sent if isinstance(sent, str) else json.dumps(sent))
    assert (answer.status_code in (404, 503), answer.content) == (True, b"")
    assert not SlackHome.objects.exists()


def test_once_it_is_set_up_even_that_has_to_be_signed(slack):
    assert slack.send("events", json.dumps(VERIFY), secret="other").status_code == 401


def test_opening_the_home_twice_is_one_thing_to_do(slack):
    for number in range(2):
        assert slack.send("events", json.dumps({**OPENED, "event_id": number})).status_code == 200
    assert [one.account_id for one in SlackHome.objects.all()] == ["U0JON"]


@pytest.mark.parametrize(
    "event", [{"type": "message", "user": "U0JON"}, {"type": "app_home_opened", "tab": "messages", "user": "U0JON"},
              {"type": "app_home_opened", "tab": "home", "user": "<script>"}, "text", None],
)  # fmt: skip
def test_other_events_do_nothing(slack, event):
    assert slack.send("events", json.dumps({**OPENED, "event": event})).status_code == 200
    assert not SlackHome.objects.exists()


def test_what_came_long_ago_is_forgotten(slack, now):
    assert deliveries.first_time("a", now=now)
    assert deliveries.first_time("b", now=now + timedelta(hours=3))
    assert SlackDelivery.objects.count() == 1
