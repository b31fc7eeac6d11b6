"""The methods of the Web API that the product uses, answered as Slack does."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from integrations.slack.simulator import checks
from integrations.slack.simulator.state import APP, BOT, TEAM, Person, Post, SlackSays, State

# The scope that each method takes. Where it is missing, Slack says which one.
SCOPES: Final[Mapping[str, str]] = {
    "chat.postMessage": "chat:write",
    "chat.update": "chat:write",
    "chat.postEphemeral": "chat:write",
    "conversations.open": "im:write",
    "conversations.history": "channels:history",
    "conversations.replies": "channels:history",
    "conversations.info": "channels:read",
    "users.info": "users:read",
    "users.lookupByEmail": "users:read.email",
}

Given = Mapping[str, Any]
Answer = dict[str, Any]


def call(state: State, method: str, given: Given, *, scopes: frozenset[str]) -> Answer:
    """Carry one method out. Raises SlackSays with Slack's own word."""
    needed = SCOPES.get(method)
    if needed and needed not in scopes:
        raise SlackSays("missing_scope", needed=needed, provided=",".join(sorted(scopes)))
    if method not in METHODS:
        raise SlackSays("unknown_method")
    with state.lock:
        return {"ok": True, **METHODS[method](state, given)}


def shown_person(person: Person) -> Answer:
    return {
        "id": person.id, "team_id": person.team, "name": person.name.lower().replace(" ", "."),
        "deleted": person.deleted, "is_bot": False, "is_restricted": person.guest, "is_ultra_restricted": False,
        "is_email_confirmed": person.confirmed,
        "profile": {"real_name": person.name, "email": person.email},
    }  # fmt: skip


def shown_post(post: Post) -> Answer:
    threaded = {"thread_ts": post.thread} if post.thread else {}
    return {
        "type": "message", "user": BOT, "ts": post.ts, "text": post.text, "blocks": post.blocks,
        "metadata": post.metadata, **threaded,
    }  # fmt: skip


def _test(state: State, given: Given) -> Answer:
    return {"url": "https://usher.slack.com/", "team": "Usher", "user": "usher", "team_id": TEAM, "user_id": BOT}


def _post(state: State, given: Given) -> Answer:
    channel = state.channel(str(given.get("channel", "")))
    if channel.archived:
        raise SlackSays("is_archived")
    if not channel.with_app:
        raise SlackSays("not_in_channel")
    blocks = given.get("blocks") or []
    if not blocks and not given.get("text"):
        raise SlackSays("no_text")
    checks.check_message(blocks, str(given.get("text") or ""))
    thread = str(given.get("thread_ts") or "")
    if thread:
        state.post(channel.id, thread)
    only_for = str(given.get("user") or "")
    post = state.add_post(
        channel, text=str(given.get("text") or ""), blocks=blocks, thread=thread,
        metadata=given.get("metadata") or {}, only_for=only_for, to_all=bool(given.get("reply_broadcast")),
    )  # fmt: skip
    return {"channel": channel.id, "ts": post.ts, "message_ts": post.ts, "message": shown_post(post)}


def _update(state: State, given: Given) -> Answer:
    post = state.post(str(given.get("channel", "")), str(given.get("ts", "")))
    checks.check_message(given.get("blocks") or [], str(given.get("text") or ""))
    post.text, post.blocks = str(given.get("text") or ""), given.get("blocks") or []
    post.edits += 1
    return {"channel": post.channel, "ts": post.ts, "text": post.text}


def _open(state: State, given: Given) -> Answer:
    return {"channel": {"id": state.conversation(str(given.get("users", ""))).id}}


def _history(state: State, given: Given) -> Answer:
    channel, oldest = state.channel(str(given.get("channel", ""))), float(given.get("oldest") or 0)
    found = [
        one for one in state.posts
        if one.channel == channel.id and float(one.ts) > oldest and not one.only_for and not one.thread
    ]  # fmt: skip
    newest = found[::-1][: int(given.get("limit") or 100)]
    return {"messages": [shown_post(one) for one in newest], "has_more": len(newest) < len(found)}


def _replies(state: State, given: Given) -> Answer:
    first = state.post(str(given.get("channel", "")), str(given.get("ts", "")))
    found = [one for one in state.posts if one.channel == first.channel and first.ts in (one.ts, one.thread)]
    return {"messages": [shown_post(one) for one in found], "has_more": False}


def _about_channel(state: State, given: Given) -> Answer:
    channel = state.channel(str(given.get("channel", "")))
    facts = {"id": channel.id, "name": channel.name, "is_archived": channel.archived, "is_member": channel.with_app}
    return {"channel": facts}


def _about_person(state: State, given: Given) -> Answer:
    return {"user": shown_person(state.person(str(given.get("user", ""))))}


def _by_email(state: State, given: Given) -> Answer:
    return {"user": shown_person(state.with_email(str(given.get("email", ""))))}


def _view_of(given: Given) -> dict[str, Any]:
    view = given.get("view")
    if not isinstance(view, dict):
        raise SlackSays("invalid_arguments")
    checks.check_view(view)
    return view


def _open_view(state: State, given: Given) -> Answer:
    view = _view_of(given)
    person = state.use_trigger(str(given.get("trigger_id", "")))
    person.views = [state.new_view(view)]
    return {"view": person.views[-1]}


def _push_view(state: State, given: Given) -> Answer:
    view = _view_of(given)
    person = state.use_trigger(str(given.get("trigger_id", "")))
    previous = person.views[-1]["id"] if person.views else None
    person.views.append(state.new_view(view, previous=previous))
    return {"view": person.views[-1]}


def _update_view(state: State, given: Given) -> Answer:
    person, at = state.view(str(given.get("view_id", "")))
    if given.get("hash") and given["hash"] != person.views[at]["hash"]:
        raise SlackSays("hash_conflict")
    return {"view": replace_view(state, person, at, _view_of(given))}


def replace_view(state: State, person: Person, at: int, view: dict[str, Any]) -> dict[str, Any]:
    """Show this instead, in the same dialog."""
    old = person.views[at]
    person.views[at] = {**state.new_view(view, previous=old["previous_view_id"]), "id": old["id"]}
    return person.views[at]


def _publish(state: State, given: Given) -> Answer:
    person, view = state.person(str(given.get("user_id", ""))), _view_of(given)
    person.home = state.new_view(view)
    return {"view": person.home}


METHODS: Final[Mapping[str, Callable[[State, Given], Answer]]] = {
    "auth.test": _test,
    "chat.postMessage": _post,
    "chat.postEphemeral": _post,
    "chat.update": _update,
    "conversations.open": _open,
    "conversations.history": _history,
    "conversations.replies": _replies,
    "conversations.info": _about_channel,
    "users.info": _about_person,
    "users.lookupByEmail": _by_email,
    "views.open": _open_view,
    "views.push": _push_view,
    "views.update": _update_view,
    "views.publish": _publish,
}

__all__ = ["APP", "BOT", "METHODS", "SCOPES", "TEAM", "call", "replace_view", "shown_person", "shown_post"]
