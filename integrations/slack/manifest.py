"""The app as Slack is told of it: what it may do, and where it is reached."""

from collections.abc import Mapping
from typing import Any, Final

SHORTCUT: Final = "usher-ask"  # the callback of the global shortcut

# What the bot may do, and what for. Nothing of it reads what people write to each other: of a channel it is in, the app
# reads the history only to find its own message again after an answer was lost.
SCOPES: Final[Mapping[str, str]] = {
    "commands": "the slash command and the shortcut",
    "chat:write": "announcements and messages",
    "im:write": "a conversation with each person",
    "im:history": "finding its own message again",
    "channels:history": "finding its own message again",
    "groups:history": "finding its own message again, in private channels",
    "channels:read": "Test connection",
    "groups:read": "Test connection, of private channels",
    "users:read": "who is a guest, and who has left",
    "users:read.email": "whose account it is",
}


def manifest(*, command: str, addresses: Mapping[str, str], socket_mode: bool) -> dict[str, Any]:
    """The manifest that is pasted into Slack. `addresses` are of: command, interactive, options and events."""
    # Over Socket Mode nothing is posted to us.
    at = {} if socket_mode else addresses
    return {
        "display_information": {
            "name": "Usher",
            "description": "Temporary access to Aptible, asked for and decided here",
        },
        "features": _features(command, at),
        "oauth_config": {"scopes": {"bot": list(SCOPES)}},
        "settings": {
            "event_subscriptions": {**_named(at, request_url="events"), "bot_events": ["app_home_opened"]},
            "interactivity": {
                "is_enabled": True,
                **_named(at, request_url="interactive", message_menu_options_url="options"),
            },
            "org_deploy_enabled": False,
            "socket_mode_enabled": socket_mode,
            "token_rotation_enabled": False,
        },
    }


def _features(command: str, at: Mapping[str, str]) -> dict[str, Any]:
    what = {"description": "Ask for a role for a while"}
    slash = {"command": command, **what, "usage_hint": "prod 1h to fix TICKET-123", "should_escape": False}
    return {
        "app_home": {
            "home_tab_enabled": True,
            "messages_tab_enabled": True,
            "messages_tab_read_only_enabled": True,
        },
        "bot_user": {"display_name": "Usher", "always_online": True},
        "shortcuts": [{"name": "Ask for access", "type": "global", "callback_id": SHORTCUT, **what}],
        "slash_commands": [{**slash, **_named(at, url="command")}],
    }


def _named(at: Mapping[str, str], **names: str) -> dict[str, str]:
    return {name: at[which] for name, which in names.items() if which in at}
