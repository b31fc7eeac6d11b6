"""What Slack knows of a person's account."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from integrations.slack.client import SlackClient
from integrations.slack.errors import AccountUnknown


@dataclass(frozen=True)
class Account:
    """An account that the workspace can see. The id is as Slack writes it, the e-mail in lower case."""

    id: str
    team_id: str
    email: str  # empty where Slack has not seen that it is the person's own, or does not tell
    name: str
    is_active: bool  # and a person, not a bot
    is_guest: bool
    is_foreign: bool  # not seen to be of this workspace


def by_id(client: SlackClient, account_id: str, *, team_id: str) -> Account | None:
    """Look the account up; None where the workspace has none. Raises ProviderError as the client does."""
    return _found(client, "users.info", team_id, user=account_id)


def by_email(client: SlackClient, email: str, *, team_id: str) -> Account | None:
    return _found(client, "users.lookupByEmail", team_id, email=email)


def _found(client: SlackClient, method: str, team_id: str, **which: str) -> Account | None:
    try:
        answer = client.call(method, **which)
    except AccountUnknown:
        return None
    user = answer.get("user")
    return _account(user, team_id) if isinstance(user, dict) and user.get("id") else None


def _account(user: Mapping[str, Any], team_id: str) -> Account:
    profile = user.get("profile") or {}
    own_team = str(user.get("team_id") or "")
    is_foreign = team_id.upper() not in _teams(user)
    guest = any(user.get(name) for name in ("is_restricted", "is_ultra_restricted", "is_stranger"))
    email = str(profile.get("email") or "").strip()
    # An e-mail that nobody confirmed could be anybody's, and one with foreign letters may be taken for another.
    confirmed = bool(user.get("is_email_confirmed")) and not is_foreign and email.isascii()
    return Account(
        id=str(user["id"]),
        team_id=own_team,
        email=email.lower() if confirmed else "",
        name=str(profile.get("real_name") or user.get("real_name") or user.get("name") or ""),
        is_active=not (user.get("deleted") or user.get("is_bot")),
        is_guest=guest,
        is_foreign=is_foreign,
    )


def _teams(user: Mapping[str, Any]) -> frozenset[str]:
    """The workspaces that the person is in, and their organization. In one with many workspaces (Enterprise Grid)
    `team_id` may be missing, or the organization's."""
    grid = user.get("enterprise_user")
    grid = grid if isinstance(grid, Mapping) else {}
    teams = grid.get("teams")
    named = [user.get("team_id"), grid.get("enterprise_id"), *(teams if isinstance(teams, list) else ())]
    return frozenset(str(one).upper() for one in named if one)
