"""Try the connection with the workspace."""

from access.models import Announcement, Integration
from access.notify.slack.workspace import client_of, signing_secret
from integrations.base import ConnectionReport, Finding, NeedsAttention
from integrations.slack import report


def check(integration: Integration) -> ConnectionReport:
    """Say what the bot may do, and in which of the flows' channels. Asks Slack: not within a transaction."""
    try:
        client = client_of(integration)
        signing_secret(integration)
    except NeedsAttention as error:
        return ConnectionReport((Finding(ok=False, text=error.summary),))
    rows = Announcement.objects.filter(kind=Announcement.Kind.CHANNEL).order_by("channel")
    channels = list(rows.values_list("channel", flat=True).distinct())
    return report.inspect(client, team_id=integration.external_id.upper(), channels=channels)
