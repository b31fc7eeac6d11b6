"""`manage.py slack_simulator`: a Slack workspace on this machine, to try the product without the real one."""

import signal
from argparse import ArgumentParser, RawDescriptionHelpFormatter
from threading import Event
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from integrations.slack.simulator import SlackSimulator

EXAMPLE = """Example:
  python manage.py slack_simulator --port 8901 --portal http://127.0.0.1:8000

Break something while it runs, look at it, and make it whole again:
  curl -H 'Content-Type: application/json' -d '{"kind": "status", "status": 429, "retry_after": 30}' \\
       http://127.0.0.1:8901/_simulator/faults
  curl http://127.0.0.1:8901/_simulator/state
  curl -X DELETE http://127.0.0.1:8901/_simulator/faults
"""


class Command(BaseCommand):
    """Needs no database and no network."""

    help = "Run a simulated Slack workspace over real HTTP, kept in memory, until Ctrl-C or SIGTERM."
    requires_system_checks = []

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> Any:
        return super().create_parser(
            prog_name, subcommand, epilog=EXAMPLE, formatter_class=RawDescriptionHelpFormatter, **kwargs
        )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--host", default="127.0.0.1", help="the address to listen on (127.0.0.1)")
        parser.add_argument("--port", type=int, default=8901, help="the port to listen on (8901); 0 takes a free one")
        parser.add_argument("--portal", default="http://127.0.0.1:8000", help="the portal that it delivers to")

    def handle(self, *, host: str, port: int, portal: str, **options: Any) -> None:
        """Listen until told to stop. Raises CommandError with exit 2 when the address can't be had."""
        simulator = SlackSimulator(portal=portal.rstrip("/"))
        told_to_stop = Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: told_to_stop.set())
        try:
            simulator.start(host=host, port=port)
        except (OSError, OverflowError) as error:
            reason = getattr(error, "strerror", None) or str(error).rstrip(".")
            message = _("The simulator can't listen on %(host)s port %(port)s: %(reason)s.")
            text = message % {"host": host, "port": port, "reason": reason}
            raise CommandError(text, returncode=2) from error
        self.stdout.write(_settings(simulator))
        self.stdout.flush()
        told_to_stop.wait()
        simulator.stop()


def _settings(simulator: SlackSimulator) -> str:
    """What the portal's environment has to say to use it. None of it opens anything real."""
    return (
        f"{_('The Slack stand-in listens on %(url)s.') % {'url': simulator.url}}\n"
        f"SLACK_API_URL={simulator.api_url} SLACK_TEAM_ID={simulator.team} "
        f"SLACK_BOT_TOKEN={simulator.token} SLACK_SIGNING_SECRET={simulator.secret}"
    )
