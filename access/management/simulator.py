"""A command that runs a stand-in for an outside system until it is told to stop."""

import signal
from argparse import ArgumentParser
from threading import Event
from typing import Any, ClassVar

from django.core.management.base import CommandError
from django.utils.translation import gettext as _

from access.management.example_command import ExampleCommand


class SimulatorCommand(ExampleCommand):
    """Needs no database and no network."""

    port: ClassVar[int]
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        port = self.port
        parser.add_argument("--host", default="127.0.0.1", help="the address to listen on (127.0.0.1)")
        parser.add_argument(
            "--port", type=int, default=port, help=f"the port to listen on ({port}); 0 takes a free one"
        )

    def run(self, simulator: Any, *, host: str, port: int, **more: str) -> None:
        """Listen until told to stop, and say where. Raises CommandError with exit 2 when the address can't be had."""
        told_to_stop = Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: told_to_stop.set())
        try:
            simulator.start(host=host, port=port, **more)
        except (OSError, OverflowError) as error:
            reason = getattr(error, "strerror", None) or str(error).rstrip(".")
            message = _("The simulator can't listen on %(host)s port %(port)s: %(reason)s.")
            text = message % {"host": host, "port": port, "reason": reason}
            raise CommandError(text, returncode=2) from error
        self.stdout.write(self.announced(simulator))
        self.stdout.flush()
        told_to_stop.wait()
        simulator.stop()

    def announced(self, simulator: Any) -> str:
        """What is printed once it listens: the first line says where."""
        raise NotImplementedError
