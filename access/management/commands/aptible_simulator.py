"""`manage.py aptible_simulator`: an Aptible on this machine, to try the product without the real one."""

import os
import signal
from argparse import ArgumentParser, RawDescriptionHelpFormatter
from threading import Event
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from integrations.aptible.simulator import Simulator, hospital, seed

SEEDS = {"announcement": seed.announcement, "hospital": hospital.hospital}

EXAMPLE = """The password of bot@example.com is USHER_SIMULATOR_PASSWORD, or "simulator".

Example:
  python manage.py aptible_simulator --port 8900
  APTIBLE_AUTH_ROOT_URL=http://127.0.0.1:8900/auth APTIBLE_API_ROOT_URL=http://127.0.0.1:8900/api python manage.py sync

Break something while it runs, look at it, and make it whole again:
  curl -H 'Content-Type: application/json' -d '{"rules": [{"kind": "status", "status": 502, "times": 3}]}' \\
       http://127.0.0.1:8900/_simulator/faults
  curl http://127.0.0.1:8900/_simulator/state
  curl -X DELETE http://127.0.0.1:8900/_simulator/faults
"""


class Command(BaseCommand):
    """Needs no database and no network."""

    help = "Run a simulated Aptible over real HTTP, kept in memory, until Ctrl-C or SIGTERM."
    requires_system_checks = []

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> Any:
        return super().create_parser(
            prog_name, subcommand, epilog=EXAMPLE, formatter_class=RawDescriptionHelpFormatter, **kwargs
        )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--host", default="127.0.0.1", help="the address to listen on (127.0.0.1)")
        parser.add_argument("--port", type=int, default=8900, help="the port to listen on (8900); 0 takes a free one")
        parser.add_argument("--seed", choices=[*SEEDS, "empty"], default="announcement", help="what is in it")
        parser.add_argument("--public-url", default="", help="what links start with, when not the address itself")

    def handle(self, *, host: str, port: int, seed: str, public_url: str, **options: Any) -> None:
        """Listen until told to stop. Raises CommandError with exit 2 when the address can't be had."""
        simulator = Simulator(seed=_seed(seed))
        told_to_stop = Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: told_to_stop.set())
        try:
            simulator.start(host=host, port=port, public_url=public_url)
        except (OSError, OverflowError) as error:
            reason = getattr(error, "strerror", None) or str(error).rstrip(".")
            message = _("The simulator can't listen on %(host)s port %(port)s: %(reason)s.")
            text = message % {"host": host, "port": port, "reason": reason}
            raise CommandError(text, returncode=2) from error
        self.stdout.write(_announce(simulator))
        self.stdout.flush()
        told_to_stop.wait()
        simulator.stop()


def _seed(name: str) -> seed.Seed:
    password = os.environ.get("USHER_SIMULATOR_PASSWORD") or seed.PASSWORD
    return SEEDS[name](password) if name in SEEDS else seed.empty()


def _announce(simulator: Simulator) -> str:
    return _("The Aptible simulator listens on %(url)s (%(auth)s and %(api)s).") % {
        "url": simulator.url,
        "auth": simulator.auth_url,
        "api": simulator.api_url,
    }
