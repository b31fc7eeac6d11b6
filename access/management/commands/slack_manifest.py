"""`manage.py slack_manifest`: the app manifest that an admin pastes into Slack."""

import json
from typing import Any

from django.conf import settings
from django.core.management.base import CommandParser
from django.urls import reverse

from access.management.example_command import ExampleCommand
from integrations.slack import manifest


class Command(ExampleCommand):
    help = "Print the manifest of the Slack app, for the addresses of this portal."
    example = """Paste it at https://api.slack.com/apps: Create New App, From a manifest.

Example:
  python manage.py slack_manifest
  python manage.py slack_manifest --socket-mode
"""

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--socket-mode", action="store_true", help="for a portal that Slack can't reach: see slack_socket"
        )

    def handle(self, *, socket_mode: bool, **_options: Any) -> None:
        names = ("command", "interactive", "options", "events")
        addresses = {one: f"{settings.BASE_URL}{reverse(f'slack-{one}')}" for one in names}
        made = manifest.manifest(command=settings.SLACK_COMMAND, addresses=addresses, socket_mode=socket_mode)
        self.stdout.write(json.dumps(made, indent=2))
