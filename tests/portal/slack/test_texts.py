"""What Slack would never send, and somebody who signs as Slack may: text that no database keeps, and any nesting."""

import json

import pytest

from access.models import AccessRequest, Decision
from integrations.slack import modals
from tests import factories
from tests.portal.slack.workspace import filled

pytestmark = pytest.mark.django_db
TEXTS = ["a\0b", "a\ud800b"]
UNFIT = "There is a character in this that no text has. Write it again."


@pytest.fixture
def asked(story, now):
    return factories.request_at(now=now)


@pytest.mark.parametrize("text", TEXTS)
@pytest.mark.parametrize("field", ["reason", "ticket"])
def test_it_is_refused_beside_the_field_of_the_form(slack, story, field, text):
    slack.command("prod 1h")
    answer = slack.submit(filled(slack.shown, **{"reason": "to fix it", field: text}))
    assert list(answer["errors"].values()) in ([UNFIT], ["Null characters are not allowed."])
    assert not AccessRequest.objects.exists()


@pytest.mark.parametrize("text", TEXTS)
@pytest.mark.parametrize("action", [modals.APPROVE, modals.DENY])
def test_it_is_refused_beside_the_comment(slack, asked, action, text):
    slack.click(action, asked.ref, by="U0ADAM")
    answer = slack.submit(filled(slack.shown, comment=text), by="U0ADAM")
    assert list(answer["errors"].values()) in ([UNFIT], ["Null characters are not allowed."])
    assert not Decision.objects.exists()


@pytest.mark.parametrize("text", TEXTS)
@pytest.mark.parametrize("action", [modals.ASK, modals.APPROVE, modals.DENY, modals.DONE, modals.EXTEND])
def test_a_button_with_it_finds_nothing(slack, asked, action, text):
    assert slack.click(action, text, by="U0ADAM").status_code == 200


def test_it_is_shown_with_another_sign_where_it_is_typed_behind_the_command(slack, story):
    assert slack.command("prod 1h a\0b").status_code == 200


@pytest.mark.parametrize("kept", ["[" * 100_000, '{"ref": ' * 10_000, "\0", '{"ref": "\\u0000"}', "7", None, ["x"]])
@pytest.mark.parametrize("name", [modals.ASK, modals.APPROVE, modals.DENY])
def test_whatever_a_dialog_was_given_to_keep_breaks_nothing(slack, asked, name, kept):
    view = {"callback_id": name, "private_metadata": kept, "blocks": [], "state": {"values": {}}}
    answer = slack.submit(view, by="U0ADAM")
    assert answer["response_action"] == "update"


def test_a_payload_of_any_depth_breaks_nothing(slack, asked):
    deep = json.dumps({"type": "block_actions"})[:-1] + ', "view": ' + '{"view": ' * 5_000 + "1" + "}" * 5_000 + "}"
    assert slack.send("interactive", f"payload={deep}").status_code == 400
