"""The client against the simulated Slack, over real HTTP."""

import logging
import logging.config

import pytest

from integrations.base import ChannelDown, NeedsAttention, ProviderUnavailable
from integrations.secrets import Secret
from integrations.slack import messages, people
from integrations.slack.client import SlackClient
from integrations.slack.errors import PlaceGone, PostGone, TooLate


@pytest.fixture
def slack(running_slack):
    running_slack.reset()
    return running_slack


@pytest.fixture
def client(slack) -> SlackClient:
    return SlackClient(token=Secret(slack.token), api_url=slack.api_url)


def post(client, slack, id="1", **more):
    return messages.write(client, slack.channel, id=id, text="Hello", blocks=[], **more)


def test_a_message_is_written_found_again_and_changed(client, slack):
    place = post(client, slack)
    assert messages.find(client, slack.channel, id="1", since=0) == place
    assert messages.find(client, slack.channel, id="2", since=0) is None
    messages.change(client, place, text="Bye", blocks=[])
    below = post(client, slack, id="below", thread=place.ts)
    assert messages.find(client, slack.channel, id="below", since=0) is None
    assert messages.find(client, slack.channel, id="below", since=0, thread=place.ts) == below
    assert [one.text for one in slack.posts()] == ["Bye", "Hello"]


def test_a_person_has_a_conversation_and_an_account(client, slack):
    jon = slack.person("jon@example.com")
    assert messages.conversation(client, jon.id) == f"D{jon.id[1:]}"
    assert people.by_id(client, jon.id, team_id=slack.team).email == "jon@example.com"
    assert people.by_email(client, "jon@example.com", team_id=slack.team).id == jon.id
    assert people.by_email(client, "nobody@example.com", team_id=slack.team) is None
    assert people.by_id(client, "U999", team_id=slack.team) is None


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        ({"kind": "status", "status": 500}, ChannelDown),
        ({"kind": "status", "status": 503}, ChannelDown),
        ({"kind": "drop_call"}, ChannelDown),
        ({"kind": "drop_answer"}, ChannelDown),
        ({"kind": "error", "error": "channel_not_found"}, PlaceGone),
        ({"kind": "error", "error": "message_not_found"}, PostGone),
        ({"kind": "error", "error": "token_revoked"}, NeedsAttention),
        ({"kind": "error", "error": "expired_trigger_id"}, TooLate),
    ],
)
def test_each_failure_comes_in_our_own_terms(client, slack, fault, kind):
    slack.fail(**fault)
    with pytest.raises(kind) as error:
        post(client, slack)
    assert type(error.value) is kind
    assert error.value.__cause__ is None
    assert len(slack.calls) == 1


def test_a_pause_that_is_asked_for_is_told(client, slack):
    slack.fail("status", status=429, retry_after=7)
    with pytest.raises(ProviderUnavailable) as error:
        post(client, slack)
    assert error.value.retry_after == 7


def test_a_missing_scope_is_named(client, slack):
    slack.scopes = slack.scopes - {"chat:write"}
    with pytest.raises(NeedsAttention, match="chat:write"):
        post(client, slack)
    assert "users:read" in client.scopes()[1]


def test_a_wrong_token_is_refused_and_shown_nowhere(slack, caplog):
    caplog.set_level(logging.DEBUG)
    logging.config.dictConfig({"version": 1, "disable_existing_loggers": False})
    wrong = SlackClient(token=Secret("xoxb-wrong"), api_url=slack.api_url)
    with pytest.raises(NeedsAttention, match="does not accept the bot token"):
        wrong.call("chat.postMessage", channel="C1", text="a very private reason")
    assert "xoxb" not in caplog.text + repr(wrong)
    assert "private" not in caplog.text


def test_nobody_there_is_no_answer():
    with pytest.raises(ChannelDown, match="could not be reached"):
        SlackClient(token=Secret("xoxb-1"), api_url="http://127.0.0.1:1/api").call("auth.test")
