"""What the bot of a workspace may and may not do, in sentences for the person who set it up."""

from collections.abc import Collection, Iterator

from django.utils.translation import gettext as _

from integrations.base import ConnectionReport, Finding, NeedsAttention, ProviderError
from integrations.slack.client import SlackClient
from integrations.slack.errors import PlaceGone
from integrations.slack.manifest import SCOPES


def inspect(client: SlackClient, *, team_id: str, channels: Collection[str]) -> ConnectionReport:
    """Try the token, name each scope that is missing, and look at the channels. Raises nothing."""
    findings: list[Finding] = []
    try:
        for finding in _look(client, team_id, channels):
            findings.append(finding)
    except ProviderError as error:
        findings.append(Finding(ok=False, text=error.summary))
    return ConnectionReport(tuple(findings))


def _look(client: SlackClient, team_id: str, channels: Collection[str]) -> Iterator[Finding]:
    who, granted = client.scopes()
    names = {"user": who.get("user", ""), "team": who.get("team", ""), "id": who.get("team_id", "")}
    yield Finding(ok=True, text=_("Signed in to Slack as %(user)s, in %(team)s (%(id)s).") % names)
    # An app that was installed for a whole organization has that one's id, too.
    if team_id.upper() not in (str(who.get(name) or "").upper() for name in ("team_id", "enterprise_id")):
        text = _("The token is of the workspace %(id)s, and not of %(wanted)s, which is set.")
        yield Finding(ok=False, text=text % {**names, "wanted": team_id})
    missing = [one for one in SCOPES if one not in granted]
    for scope in missing:
        text = _("The scope %(scope)s is missing: %(what)s. Add it to the app, and install the app again.")
        yield Finding(ok=False, text=text % {"scope": scope, "what": SCOPES[scope]})
    if not missing:
        yield Finding(ok=True, text=_("The app has every scope that it needs."))
    for channel in channels:
        yield _channel(client, channel)


def _channel(client: SlackClient, id: str) -> Finding:
    try:
        found = client.call("conversations.info", channel=id).get("channel") or {}
    except (PlaceGone, NeedsAttention) as error:
        return Finding(ok=False, text=_("%(channel)s: %(why)s") % {"channel": id, "why": error.summary})
    words = {"channel": f"#{found.get('name', id)}"}
    if found.get("is_archived"):
        return Finding(ok=False, text=_("%(channel)s is archived.") % words)
    if not found.get("is_member"):
        return Finding(ok=False, text=_("The app is not in %(channel)s: invite it there.") % words)
    return Finding(ok=True, text=_("The app can announce in %(channel)s.") % words)
