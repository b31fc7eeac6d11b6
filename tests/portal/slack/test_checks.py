"""A Slack workspace of the environment that can't be right is named."""

import pytest

from portal.slack import checks as slack_checks

WHOLE = {"SLACK_TEAM_ID": "T024BE7LD", "SLACK_BOT_TOKEN": "xoxb-x", "SLACK_SIGNING_SECRET": "s", "SLACK_APP_TOKEN": ""}


@pytest.mark.parametrize(
    ("changes", "ids"),
    [
        ({}, []),
        (dict.fromkeys(WHOLE, ""), []),
        ({"SLACK_TEAM_ID": ""}, ["usher.W005"]),
        ({"SLACK_BOT_TOKEN": ""}, ["usher.W005"]),
        ({"SLACK_TEAM_ID": "our team"}, ["usher.E050"]),
        ({"SLACK_SIGNING_SECRET": ""}, ["usher.W006"]),
        ({"SLACK_SIGNING_SECRET": "", "SLACK_APP_TOKEN": "xapp-x"}, []),
    ],
)
def test_what_is_not_enough_for_a_workspace_is_told_without_its_secrets(settings, changes, ids):
    for name, value in {**WHOLE, **changes}.items():
        setattr(settings, name, value)
    told = list(slack_checks.environment())
    assert [one.id for one in told] == ids
    assert not any("xoxb" in one.msg for one in told)
