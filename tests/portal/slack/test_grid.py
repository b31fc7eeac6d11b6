"""Where Slack has many workspaces in one organization: what names no workspace, and what names another."""

import json
import time
from urllib.parse import urlencode

import pytest

from integrations.slack import modals
from tests.portal.slack.workspace import TEAM

ORG = "E0001"


@pytest.fixture(autouse=True)
def organization(slack):
    slack.organization = ORG


def install(**facts):
    return {"is_enterprise_install": True, "enterprise": {"id": ORG, "name": "Org"}, **facts}


def click(slack, **facts):
    payload = {
        "type": "block_actions", "trigger_id": "1.2", "action_ts": str(time.perf_counter_ns()),
        "actions": [{"action_id": modals.ASK, "value": ""}], **facts,
    }  # fmt: skip
    return slack.send("interactive", urlencode({"payload": json.dumps(payload)}))


@pytest.mark.parametrize(
    ("facts", "team"),
    [
        (install(team=None, user={"id": "U0JON", "team_id": TEAM}), TEAM),
        (install(team={"id": TEAM}, user={"id": "U0JON", "team_id": TEAM}), TEAM),
        (install(team=None, user={"id": "U0JON", "team_id": "T0002"}), ORG),
    ],
)
def test_an_app_of_the_whole_organization_is_heard_where_no_workspace_is_named(slack, story, settings, facts, team):
    settings.SLACK_TEAM_ID = team
    assert click(slack, **facts).status_code == 200
    assert slack.shown["callback_id"] == modals.ASK


@pytest.mark.parametrize(
    "facts",
    [
        install(team=None, user={"id": "U0JON", "team_id": "T0002"}),
        install(team={"id": "T0002"}, user={"id": "U0JON", "team_id": TEAM}),
        {"team": None, "user": {"id": "U0JON", "team_id": TEAM}},
        {"team": None, "enterprise": {"id": ORG}, "user": {"id": "U0JON"}},
        install(team=[], enterprise=[], user={"id": "U0JON", "team_id": []}),
    ],
)
def test_what_is_of_another_workspace_is_refused_all_the_same(slack, story, facts):
    assert click(slack, **facts).status_code in (400, 403)
    assert slack.calls == []


def test_a_command_of_such_an_app_is_heard(slack, story, settings):
    settings.SLACK_TEAM_ID = ORG
    answer = slack.command(team_id="T0002", enterprise_id=ORG, is_enterprise_install="true")
    assert answer.status_code == 200
    assert slack.shown["callback_id"] == modals.ASK
