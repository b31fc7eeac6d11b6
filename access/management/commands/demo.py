"""`manage.py demo`: the whole product on this machine, to try it out; with --check, to prove that it works."""

import os
import sys
import time
from typing import Any

from django.conf import settings
from django.core.management.base import CommandParser
from django.utils import timezone

from access.demo import environment, run
from access.demo.errors import DemoFailed
from access.management.example_command import ExampleCommand


class Command(ExampleCommand):
    help = "Try the product: a simulated Aptible, the portal and its worker, with the announcement's people."
    example = """PORT (8000) and SIMULATOR_PORT (8900) are the ports, DATA_DIR (./data) is the folder for all it keeps.
A check takes free ports and a fresh ./data/demo-check, unless it is told others.

Exits with 0 when it was stopped, or when every step of the check was seen; with 1 when something did not
come about; with 2 when it could not start like that.

Example:
  python manage.py demo
  PORT=8010 SIMULATOR_PORT=8910 DATA_DIR=./data/second python manage.py demo
  python manage.py demo --check
"""
    # The settings are not the demo's before the command has started itself anew.
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--check",
            action="store_true",
            help="tell the announcement's story, and of the other ways, with no person, and exit",
        )

    def handle(self, *, check: bool, **_options: Any) -> None:
        try:
            if environment.PREPARED not in os.environ:
                _start_anew(_prepared(check=check))
            self._write(f"Setting up in {os.environ['DATA_DIR']} ...")
            with run.Demo(os.environ, check=check) as demo:
                if check:
                    run.tell(demo, write=self._write, clock=timezone.now)
                    self._write(f"The database is {_database()}.")
                else:
                    run.show(demo, write=self._write, sleep=time.sleep)
        except DemoFailed as failure:
            self.stderr.write(str(failure))
            raise SystemExit(failure.code) from None
        except KeyboardInterrupt:
            self._write("\nEverything has stopped.")
            if check:
                raise SystemExit(1) from None

    def _write(self, line: str) -> None:
        self.stdout.write(line)
        self.stdout.flush()


def _prepared(*, check: bool) -> dict[str, str]:
    return environment.prepare(
        os.environ, read_by_settings=settings.READ_FROM_ENVIRONMENT, root=settings.BASE_DIR, check=check
    )


def _start_anew(prepared: dict[str, str]) -> None:
    """Become the same command with the demo's environment, so that the settings are read from it."""
    os.execve(sys.executable, [sys.executable, *sys.argv], prepared)  # noqa: S606  our own command line


def _database() -> str:
    named = settings.DATABASES["default"]
    return str(named["NAME"]) if named["ENGINE"].endswith("sqlite3") else f"{named['NAME']} on {named['HOST']}"
