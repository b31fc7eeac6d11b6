"""A portal that has a Slack workspace."""

import pytest

from access.notify.slack import workspace
from tests import factories
from tests.portal.slack.workspace import SECRET, TEAM, Slack


@pytest.fixture
def slack(db, settings, monkeypatch) -> Slack:
    settings.SLACK_TEAM_ID, settings.SLACK_BOT_TOKEN, settings.SLACK_SIGNING_SECRET = TEAM, "xoxb-test", SECRET
    made = Slack()
    monkeypatch.setattr(workspace, "SlackClient", lambda **_given: made)
    return made


@pytest.fixture
def story(slack, flow, jon, adam, rita):
    """Jon can ask and Adam approves."""
    factories.mapping(jon)
    return flow
