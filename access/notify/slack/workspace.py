"""The Slack workspace of this portal: set up in the admin, and from the environment where that leaves a gap."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.conf import settings
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from access.models import Integration
from access.models import Secret as SecretRow
from access.notify.slack import secrets_seen
from integrations.base import NeedsAttention
from integrations.secrets import Secret
from integrations.slack.client import SlackClient

NAME: Final = "slack"  # of the integration that the environment makes


@dataclass(frozen=True)
class Workspace:
    integration: Integration
    client: SlackClient
    signing_secret: Secret
    command: str  # with its slash

    @property
    def team_id(self) -> str:
        """The workspace's id, such as T024BE7LD."""
        return self.integration.external_id.upper()


def is_set() -> bool:
    """Whether a workspace is set up, without reading its secrets."""
    return _from_environment() or _rows().exists()


def workspace(*, now: datetime) -> Workspace | None:
    """The workspace, or None where none is set up. Raises NeedsAttention when a secret of it can't be read.

    A workspace from the environment gets a row of its own, so that people can be mapped to their accounts. That its
    secrets are others than before is an event, which the admins are told.
    """
    row = _row()
    if row is None:
        return None
    token, signing = _bot_token(row), signing_secret(row)
    app_token_row = row.app_token_secret
    read = {
        "bot token": (row.bot_token_secret, token.reveal()),
        "signing secret": (row.signing_secret, signing.reveal()),
        "app-level token": (app_token_row, app_token_row.value() if app_token_row else settings.SLACK_APP_TOKEN),
    }
    secrets_seen.notice(row, read, now=now)
    return Workspace(row, SlackClient(token=token, api_url=settings.SLACK_API_URL), signing, settings.SLACK_COMMAND)


def client_of(row: Integration) -> SlackClient:
    """Raises NeedsAttention when the bot token can't be read."""
    return SlackClient(token=_bot_token(row), api_url=settings.SLACK_API_URL)


def _bot_token(row: Integration) -> Secret:
    return _secret(row.bot_token_secret, settings.SLACK_BOT_TOKEN, _("bot token"))


def signing_secret(row: Integration) -> Secret:
    """Raises NeedsAttention when it can't be read."""
    return _secret(row.signing_secret, settings.SLACK_SIGNING_SECRET, _("signing secret"))


def app_token(row: Integration) -> Secret:
    """The token for Socket Mode. Raises NeedsAttention when it can't be read."""
    return _secret(row.app_token_secret, settings.SLACK_APP_TOKEN, _("app-level token"))


def _row() -> Integration | None:
    row = _rows().first()
    if row is None and _from_environment():
        names = {"name": NAME, "external_id": settings.SLACK_TEAM_ID.lower()}
        row, _made = Integration.objects.get_or_create(type=Integration.Type.SLACK, defaults=names)
    return row


def _rows() -> QuerySet[Integration]:
    rows = Integration.objects.filter(type=Integration.Type.SLACK)
    return rows.select_related("bot_token_secret", "signing_secret", "app_token_secret")


def _from_environment() -> bool:
    return bool(settings.SLACK_BOT_TOKEN and settings.SLACK_TEAM_ID)


def _secret(row: SecretRow | None, from_environment: str, name: str) -> Secret:
    value = row.value() if row else from_environment
    if not value:
        raise NeedsAttention(_("The %(name)s of the Slack workspace is not set.") % {"name": name})
    return Secret(value)
