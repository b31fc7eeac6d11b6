"""`manage.py slack_socket`: receive what happens in Slack where Slack can't reach the portal."""

import logging
import signal
from threading import Event
from typing import Any

from django.conf import settings
from django.core.management.base import CommandError
from django.utils import timezone
from django.utils.translation import gettext as _
from slack_sdk import WebClient
from slack_sdk.errors import SlackClientError
from slack_sdk.socket_mode import SocketModeClient

from access.management.example_command import ExampleCommand
from access.notify.slack import workspace
from integrations.base import NeedsAttention
from portal.slack.socket import listen


class Command(ExampleCommand):
    help = "Keep a connection to Slack open (Socket Mode), and answer what comes through it, until Ctrl-C or SIGTERM."
    example = """Needs an app-level token (xapp-) with connections:write, and an app made with --socket-mode.

Example:
  python manage.py slack_socket
"""

    def handle(self, **_options: Any) -> None:
        client = SocketModeClient(app_token=_token(), web_client=WebClient(base_url=f"{settings.SLACK_API_URL}/"))
        # What the library would log of an envelope is what people wrote.
        client.logger.setLevel(logging.WARNING)
        client.socket_mode_request_listeners.append(listen)
        told_to_stop = Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: told_to_stop.set())
        try:
            client.connect()
        except (SlackClientError, OSError) as error:
            raise CommandError(_("Slack did not let us connect. Look at the app-level token.")) from error
        self.stdout.write(_("Connected to Slack. Ctrl-C stops it."))
        told_to_stop.wait()
        client.close()


def _token() -> str:
    """The app-level token. Raises CommandError with a sentence where there is none."""
    try:
        found = workspace.workspace(now=timezone.now())
        if found is None:
            raise CommandError(_("No Slack workspace is set up."), returncode=2)
        return workspace.app_token(found.integration).reveal()
    except NeedsAttention as error:
        raise CommandError(error.summary, returncode=2) from error
