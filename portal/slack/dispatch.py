"""What came from Slack, to whom it goes. The same for calls that Slack makes and for what Socket Mode receives."""

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final

from django.utils import timezone

from access.core.errors import Refusal
from access.notify.slack import homes, people
from access.notify.slack.workspace import Workspace
from integrations.slack import modals
from integrations.storable import storable
from portal.slack import ask, break_glass, command, decide, end_and_extend, options
from portal.slack.caller import NOTHING_MORE, Answer, Click, channel, quick, told

_ACCOUNT: Final = re.compile(r"[UW][A-Z0-9]{1,29}")

Payload = Mapping[str, Any]


class Stranger(Exception):
    """It is not from the workspace of this portal, or from nobody in it. `str()` of it is for the log alone."""


def handle(kind: str, payload: Payload, *, desk: Workspace, now: datetime) -> Answer:
    """Do what a command, an interaction (`interactive`) or an event (`events`) asks for; return what is answered.

    Whoever did it is told of a refusal, to them alone. Raises Stranger.
    """
    if payload.get("type") in ("ssl_check", "url_verification") or payload.get("ssl_check"):
        return {"challenge": payload["challenge"]} if "challenge" in payload else NOTHING_MORE
    _check_workspace(payload, desk)
    with timezone.override(people.zone_of(_account(payload), workspace=desk)):
        if kind == "events":
            return _event(payload, now=now)
        click = _click(payload, quick(desk), now=now)
        return command.run(click, _text(payload, "text")) if kind == "command" else _interaction(click, payload)


def _check_workspace(payload: Payload, desk: Workspace) -> None:
    view = _map(payload.get("view"))
    named = [payload.get("team_id"), _map(payload.get("team")).get("id"), view.get("app_installed_team_id")]
    if payload.get("is_enterprise_install") in (True, "true"):
        # Installed for a whole organization: what is of no workspace names that, and where the person is.
        of_person = None if named[0] or named[1] else _map(payload.get("user")).get("team_id")
        named += [payload.get("enterprise_id"), _map(payload.get("enterprise")).get("id"), of_person]
    if desk.team_id.upper() not in [str(one).upper() for one in named if one]:
        raise Stranger("It is of another workspace.")


def _click(payload: Payload, desk: Workspace, *, now: datetime) -> Click:
    account = _account(payload)
    if not account:
        raise Stranger("It names nobody.")
    return Click(
        desk=desk,
        account_id=account,
        trigger=str(payload.get("trigger_id") or ""),
        channel=channel(payload.get("channel_id") or _map(payload.get("channel")).get("id")),
        now=now,
    )


def _account(payload: Payload) -> str:
    """Whose account it was done from; empty where none is named."""
    of_event = _map(payload.get("event")).get("user")
    named = str(of_event or payload.get("user_id") or _map(payload.get("user")).get("id") or "")
    return named if _ACCOUNT.fullmatch(named) else ""


def _event(payload: Payload, *, now: datetime) -> Answer:
    event, account = _map(payload.get("event")), _account(payload)
    if event.get("type") == "app_home_opened" and event.get("tab") == "home" and account:
        homes.refresh(account, now=now)
    return NOTHING_MORE


def _interaction(click: Click, payload: Payload) -> Answer:
    view = _map(payload.get("view"))
    match payload.get("type"):
        case "block_suggestion":
            return options.found(click, view, _text(payload, "block_id"), _text(payload, "value"))
        case "view_submission":
            return _sent(click, view)
        case "shortcut":
            _try(click, lambda: ask.show(click, {}))
        case "block_actions":
            found = payload.get("actions")
            for action in found if isinstance(found, list) else []:
                _act(click, view, _map(action))
    return NOTHING_MORE


def _sent(click: Click, view: Payload) -> Answer:
    """A dialog that was sent: what is wrong with it is answered at once."""
    senders = {
        modals.ASK: lambda: ask.send(click, view),
        modals.APPROVE: lambda: decide.approve(click, view),
        modals.DENY: lambda: decide.deny(click, view),
        modals.BREAK_GLASS: lambda: break_glass.send(click, view),
    }
    send = senders.get(_text(view, "callback_id"))
    if send is None:
        return NOTHING_MORE
    try:
        return send()
    except Refusal as refusal:
        return {"response_action": "update", "view": told(str(refusal))}


def _act(click: Click, view: Payload, action: Payload) -> None:
    name, value = _text(action, "action_id"), _text(action, "value")
    if view.get("callback_id") in (modals.ASK, modals.BREAK_GLASS):
        _look_again(click, view, name)
        return
    doers = {
        modals.ASK: lambda: ask.show_again(click, value) if value else ask.show(click, {}),
        modals.APPROVE: lambda: decide.show(click, value, approve=True),
        modals.DENY: lambda: decide.show(click, value, approve=False),
        modals.DONE: lambda: end_and_extend.end(click, value),
        modals.EXTEND: lambda: end_and_extend.extend(click, value),
        modals.BREAK_GLASS: lambda: break_glass.show(click, {}),
        modals.WITHDRAW: lambda: end_and_extend.withdraw(click, value),
    }
    if name in doers:
        _try(click, doers[name])


def _look_again(click: Click, view: Payload, changed: str) -> None:
    form = break_glass if view.get("callback_id") == modals.BREAK_GLASS else ask
    try:
        form.look_again(click, view, changed=changed)
    except Refusal as refusal:
        # A dialog is open, so that another one can't be.
        click.change(told(str(refusal)), shown=view)


def _try(click: Click, do: Callable[[], object]) -> None:
    try:
        do()
    except Refusal as refusal:
        click.tell(str(refusal))


def _map(found: Any) -> Payload:
    return found if isinstance(found, Mapping) else {}


def _text(found: Payload, name: str) -> str:
    return str(storable(str(found.get(name) or "")))
