"""System checks of a Slack workspace that is set up by the environment."""

import re
from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning, register


@register
def environment(**_: Any) -> Iterator[CheckMessage]:
    """What is set of a workspace has to be enough for one; secrets can be in the admin as well."""
    team, token = settings.SLACK_TEAM_ID, settings.SLACK_BOT_TOKEN
    if team and not re.fullmatch("[TE][A-Z0-9]+", team.upper()):
        hint = "It stands in the address of Slack in a browser: app.slack.com/client/T…"
        yield Error("SLACK_TEAM_ID is no id of a workspace, such as T024BE7LD.", hint=hint, id="usher.E050")
    if bool(team) != bool(token):
        missing, found = ("SLACK_TEAM_ID", "SLACK_BOT_TOKEN") if token else ("SLACK_BOT_TOKEN", "SLACK_TEAM_ID")
        text = f"{found} is set and {missing} is not, so the environment names no Slack workspace."
        yield Warning(text, hint=f"Set {missing}, or set the workspace up in the admin alone.", id="usher.W005")
    if token and not (settings.SLACK_SIGNING_SECRET or settings.SLACK_APP_TOKEN):
        text = "Neither SLACK_SIGNING_SECRET nor SLACK_APP_TOKEN is set, so nothing that people do in Slack gets here."
        hint = "Set the signing secret for requests over HTTP, or the app-level token for Socket Mode."
        yield Warning(text, hint=hint, id="usher.W006")
