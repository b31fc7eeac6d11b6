"""Messages of ours in a channel or with a person: written, found again, and changed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from integrations.base import ProviderUnavailable
from integrations.slack.client import SlackClient

EVENT: Final = "usher_message"  # the kind of metadata by which a message of ours is found again
LOOK_BACK: Final = 100  # messages of a conversation


@dataclass(frozen=True)
class Place:
    """Where a message stands. Both are Slack's own ids."""

    channel: str
    ts: str


def write(
    client: SlackClient,
    channel: str,
    *,
    id: str,
    text: str,
    blocks: Sequence[Mapping[str, Any]],
    thread: str = "",
    to_all: bool = False,
) -> Place:
    """Post once. `id` is what it is found by again; `text` is shown in notifications. Raises ProviderError.

    `to_all`: what is posted to a thread is shown to the whole channel, too.
    """
    answer = client.call(
        "chat.postMessage", channel=channel, text=text, blocks=list(blocks), thread_ts=thread or None,
        metadata={"event_type": EVENT, "event_payload": {"id": id}}, unfurl_links=False, unfurl_media=False,
        parse="none", link_names=False, reply_broadcast=to_all or None,
    )  # fmt: skip
    if not answer.get("ts") or not answer.get("channel"):
        raise ProviderUnavailable("Slack answered something that could not be read.")
    return Place(str(answer["channel"]), str(answer["ts"]))


def change(client: SlackClient, place: Place, *, text: str, blocks: Sequence[Mapping[str, Any]]) -> None:
    """Let the message show this instead. Raises PostGone when it is no longer there."""
    client.call(
        "chat.update", channel=place.channel, ts=place.ts, text=text, blocks=list(blocks), parse="none",
        link_names=False,
    )  # fmt: skip


def find(client: SlackClient, channel: str, *, id: str, since: float, thread: str = "") -> Place | None:
    """Find a message of ours that was written after `since`, seconds since 1970. `channel` is an id."""
    method = "conversations.replies" if thread else "conversations.history"
    answer = client.call(
        method, channel=channel, ts=thread or None, oldest=f"{since:.6f}", limit=LOOK_BACK,
        include_all_metadata="true",
    )  # fmt: skip
    for one in answer.get("messages") or ():
        metadata = one.get("metadata") or {}
        if metadata.get("event_type") == EVENT and (metadata.get("event_payload") or {}).get("id") == id:
            return Place(channel, str(one["ts"]))
    return None


def conversation(client: SlackClient, account_id: str) -> str:
    """The id of the direct conversation with this account. Raises ProviderError."""
    channel = client.call("conversations.open", users=account_id).get("channel") or {}
    return str(channel.get("id") or account_id)
