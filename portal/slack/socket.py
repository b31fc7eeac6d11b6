"""Socket Mode: the same that Slack would post to our addresses, over a connection that we open."""

import logging
from typing import Any, Final, Protocol

from django.db import close_old_connections
from django.utils import timezone
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.socket_mode.response import SocketModeResponse

from access.notify.slack import deliveries, workspace
from integrations.base import NeedsAttention
from integrations.storable import storable
from portal.slack.dispatch import Stranger, handle

logger = logging.getLogger(__name__)

KINDS: Final = {"slash_commands": "command", "interactive": "interactive", "events_api": "events"}


class Connection(Protocol):
    def send_socket_mode_response(self, response: SocketModeResponse) -> None: ...


def listen(connection: Connection, request: SocketModeRequest) -> None:
    """Do what one envelope asks for, and answer it; one that came before is only acknowledged."""
    close_old_connections()
    try:
        answer = _answer(request)
    finally:
        close_old_connections()
    connection.send_socket_mode_response(SocketModeResponse(request.envelope_id, payload=answer or None))


def _answer(request: SocketModeRequest) -> Any:
    kind, now = KINDS.get(request.type), timezone.now()
    try:
        desk = workspace.workspace(now=now)
    except NeedsAttention as trouble:
        logger.warning("Something from Slack was not answered: %s", trouble.summary)
        return None
    if kind is None or desk is None or not deliveries.first_time(_name(request), now=now):
        return None
    try:
        return handle(kind, request.payload, desk=desk, now=now)
    except Stranger as why:
        logger.warning("Something from Slack was refused: %s", why)
        return None


def _name(request: SocketModeRequest) -> str:
    """What it is called whenever it is sent again."""
    named = request.payload.get("event_id") or request.payload.get("trigger_id") or request.envelope_id
    return str(storable(str(named)))
