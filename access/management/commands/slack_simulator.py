"""`manage.py slack_simulator`: a Slack workspace on this machine, to try the product without the real one."""

from argparse import ArgumentParser
from typing import Any

from django.utils.translation import gettext as _

from access.management.simulator import SimulatorCommand
from integrations.slack.simulator import SlackSimulator

EXAMPLE = """Example:
  python manage.py slack_simulator --port 8901 --portal http://127.0.0.1:8000

Break something while it runs, look at it, and make it whole again:
  curl -H 'Content-Type: application/json' -d '{"kind": "status", "status": 429, "retry_after": 30}' \\
       http://127.0.0.1:8901/_simulator/faults
  curl http://127.0.0.1:8901/_simulator/state
  curl -X DELETE http://127.0.0.1:8901/_simulator/faults
"""


class Command(SimulatorCommand):
    help = "Run a simulated Slack workspace over real HTTP, kept in memory, until Ctrl-C or SIGTERM."
    example = EXAMPLE
    port = 8901

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--portal", default="http://127.0.0.1:8000", help="the portal that it delivers to")

    def handle(self, *, host: str, port: int, portal: str, **options: Any) -> None:
        self.run(SlackSimulator(portal=portal.rstrip("/")), host=host, port=port)

    def announced(self, simulator: SlackSimulator) -> str:
        """With what the portal's environment has to say to use it. None of it opens anything real."""
        return (
            f"{_('The simulated Slack listens on %(url)s.') % {'url': simulator.url}}\n"
            f"SLACK_API_URL={simulator.api_url} SLACK_TEAM_ID={simulator.team} "
            f"SLACK_BOT_TOKEN={simulator.token} SLACK_SIGNING_SECRET={simulator.secret}"
        )
