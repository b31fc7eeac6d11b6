"""`manage.py aptible_simulator`: an Aptible on this machine, to try the product without the real one."""

import os
from argparse import ArgumentParser
from typing import Any

from django.utils.translation import gettext as _

from access.management.simulator import SimulatorCommand
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


class Command(SimulatorCommand):
    help = "Run a simulated Aptible over real HTTP, kept in memory, until Ctrl-C or SIGTERM."
    example = EXAMPLE
    port = 8900

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--seed", choices=[*SEEDS, "empty"], default="announcement", help="what is in it")
        parser.add_argument("--public-url", default="", help="what links start with, when not the address itself")

    def handle(self, *, host: str, port: int, seed: str, public_url: str, **options: Any) -> None:
        self.run(Simulator(seed=_seed(seed)), host=host, port=port, public_url=public_url)

    def announced(self, simulator: Simulator) -> str:
        return _("The Aptible simulator listens on %(url)s (%(auth)s and %(api)s).") % {
            "url": simulator.url,
            "auth": simulator.auth_url,
            "api": simulator.api_url,
        }


def _seed(name: str) -> seed.Seed:
    password = os.environ.get("USHER_SIMULATOR_PASSWORD") or seed.PASSWORD
    return SEEDS[name](password) if name in SEEDS else seed.empty()
