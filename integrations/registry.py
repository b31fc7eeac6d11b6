"""Which integration types, ways to reach people and sources of who is on call exist: a folder and a line here."""

from importlib import import_module
from typing import Any, Final, cast

from integrations.base import AccessProvider, Discovery, OnCallSource, Sender

TYPES: Final[dict[str, str]] = {
    "aptible": "integrations.aptible.provider.AptibleProvider",
}
DISCOVERIES: Final[dict[str, str]] = {
    "aptible": "integrations.aptible.discover.discover",
}
SENDERS: Final[dict[str, str]] = {
    "email": "integrations.email.sender.EmailSender",
}
ON_CALL: Final[dict[str, str]] = {
    "pagerduty": "integrations.pagerduty.source.PagerDutySource",
}


def build(type_name: str, **settings: Any) -> AccessProvider:
    """Make the provider of this type. Raises KeyError for a type that does not exist."""
    return cast(AccessProvider, _load(TYPES[type_name])(**settings))


def discover(type_name: str, **settings: Any) -> Discovery:
    """See what a sign-in of this type leads to. Raises KeyError for a type that does not exist."""
    return cast(Discovery, _load(DISCOVERIES[type_name])(**settings))


def sender(channel: str) -> Sender:
    """Make the sender for this channel. Raises KeyError for a channel that does not exist."""
    return cast(Sender, _load(SENDERS[channel])())


def on_call_source(name: str, **settings: Any) -> OnCallSource:
    """Make the source that knows who is on call. Raises KeyError for one that does not exist."""
    return cast(OnCallSource, _load(ON_CALL[name])(**settings))


def _load(path: str) -> Any:
    module, _, name = path.rpartition(".")
    return getattr(import_module(module), name)
