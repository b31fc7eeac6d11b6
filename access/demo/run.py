"""Start everything, and either wait for Ctrl-C or tell the announcement's story."""

import logging
import signal
import sys
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path
from typing import Final, NoReturn

import requests
from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.utils import timezone

from access.demo import hospital, seed, signed, story, used, ways
from access.demo.aptible import SimulatedAptible
from access.demo.processes import Processes
from access.demo.scene import Scene
from access.demo.slack import SimulatedSlack
from access.demo.slack_story import SlackStory
from access.demo.timeline import Timeline
from access.models import Worker

DURATIONS: Final = [seed.MINUTE, seed.HOUR, 4 * seed.HOUR, 8 * seed.HOUR]
START_SECONDS: Final = 60.0
POLL: Final = 0.2

Write = Callable[[str], object]


class Demo:
    """The simulator, the portal and its worker, for as long as the `with` block lasts."""

    def __init__(self, environment: Mapping[str, str], *, check: bool) -> None:
        self.port, self.folder = int(environment["PORT"]), Path(environment["DATA_DIR"])
        self.url = f"http://127.0.0.1:{self.port}"
        self.aptible = SimulatedAptible(int(environment["SIMULATOR_PORT"]))
        self.processes = Processes(self.folder / "logs")
        self._simulator_port = environment["SIMULATOR_PORT"]
        self._slack_port = environment["SLACK_SIMULATOR_PORT"]
        self.slack = SimulatedSlack(int(self._slack_port))
        self._durations = [story.SHORT, *DURATIONS] if check else DURATIONS

    def __enter__(self) -> "Demo":
        # Before anything else: a migration of a real database could not be taken back.
        seed.refuse_a_real_database()
        signal.signal(signal.SIGTERM, _interrupt)
        # What the set-up logs is of no use to the reader of the screen.
        logging.getLogger().setLevel(logging.WARNING)
        with ExitStack() as undo:
            undo.callback(self._stop)
            self._start()
            undo.pop_all()
        return self

    def __exit__(self, *_error: object) -> None:
        self._stop()

    def _start(self) -> None:
        """Set up, start each process, and wait until it answers. Raises DemoFailed."""
        manage = str(settings.BASE_DIR / "manage.py")
        self.processes.start(
            "simulator", sys.executable, manage, "aptible_simulator", "--port", self._simulator_port,
            "--seed", "hospital",
        )  # fmt: skip
        self.processes.start(
            "slack", sys.executable, manage, "slack_simulator", "--port", self._slack_port, "--portal", self.url
        )
        call_command("migrate", verbosity=0, interactive=False)
        call_command("collectstatic", verbosity=0, interactive=False)
        self._wait("The simulated Aptible did not answer.", self.aptible.answers)
        self._wait("The simulated Slack did not answer.", self.slack.answers)
        seed.remind(self.aptible)
        seed.seed(durations=self._durations, now=timezone.now())
        hospital.Hospital(durations=self._durations, now=timezone.now()).seed()
        self.processes.start(
            "portal", sys.executable, "-m", "gunicorn", "portal.wsgi", "--bind", f"127.0.0.1:{self.port}",
            "--threads", "8", "--graceful-timeout", "5", "--log-level", "warning", "--no-control-socket",
        )  # fmt: skip
        self.processes.start("worker", sys.executable, manage, "worker")
        self._wait("The portal did not answer.", self._portal_answers)
        self._wait("The worker did not begin to work.", lambda: Worker.objects.any_running(now=timezone.now()))

    def _stop(self) -> None:
        # It takes a bounded time: nothing may cut it short and leave a process behind.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        self.processes.stop()

    def _wait(self, failure: str, ready: Callable[[], bool]) -> None:
        self.processes.wait_until(ready, f"{failure} The logs are in {self.folder / 'logs'}.", within=START_SECONDS)

    def _portal_answers(self) -> bool:
        with requests.Session() as session:
            session.trust_env = False
            try:
                return session.get(f"{self.url}/healthz", timeout=5).ok
            except requests.RequestException:
                return False


def show(demo: Demo, *, write: Write, sleep: Callable[[float], object]) -> None:
    """Print what there is to try, and wait until a process dies, which raises DemoFailed, or Ctrl-C."""
    on_call = hospital.on_call(now=timezone.now())
    connection.close()
    write(
        SCREEN.format(url=demo.url, aptible=demo.aptible.url, slack=demo.slack.url, folder=demo.folder, on_call=on_call)
    )
    while True:
        demo.processes.check()
        sleep(POLL)


def tell(demo: Demo, *, write: Write, clock: Callable[[], datetime]) -> None:
    """Tell the stories, print the delays, and verify the log. Raises DemoFailed with what did not come about."""
    scene = Scene(demo.url, demo.aptible, say=Timeline(write, clock), check=demo.processes.check)
    write("The announcement's story, over HTTP and with the real worker. Times are UTC.\n")
    delays = story.Story(scene).tell()
    write("\nOther ways to access, of flows beside the announcement's:\n")
    ways.Ways(scene).tell()
    write("\nWhat was done with an access, and a session that outlives it:\n")
    used.Used(scene).tell()
    write("\nAn approval that a passkey signs:\n")
    signed.Signed(scene).tell()
    write("\nThe announcement's story in the simulated Slack:\n")
    SlackStory(scene, demo.slack).tell()
    write("\nDelays, by the simulated Aptible and the portal's own rows:\n")
    for line in delays:
        write(line)
    write(f"\n{story.check_log()}")


def _interrupt(*_: object) -> NoReturn:
    raise KeyboardInterrupt


SCREEN: Final = """
Usher is running.

  The portal               {url}/
  The simulated Aptible    {aptible}  shows who is in which role now
  The simulated Slack      {slack}  the channel, direct messages and dialogs of everybody

Come in with one click, on the sign-in page, as
  Jon Reyes      asks for access
  Adam Novak     approves, and is in Prod for good
  Rita Moss      approves, too, and is asked for patient data when Adam takes long
  Olga Brandt    sets everything up: {url}/admin/
  Mia Torres     asks, and takes turns with Jon at being on call
  Sara Lind      is Security, with Ken Osei: the second stage of patient data
  Avery Cole     is an auditor: reads everything and changes nothing

Try this
  1. As Jon, ask for Prod for one minute, "to fix Ticket 123".
  2. In another browser or a private window, approve it as Adam.
  3. Look at the simulated Aptible: Jon is in Prod. He is out when the minute is over, or when he presses I'm done.

Then the other flows
  Protected health data    two stages: a lead, then Security
  Staging on call          a fast track for whoever is on call, now {on_call}; refused to those who are no engineers
  Record system            break-glass: access at once, and a review of it for Adam or Rita
  Support for clinics      asks further questions, some only after a certain answer
  Release to production    an approval is all: it gives no access
  Records export           Adam's passkey signs the approval: open the portal as http://localhost for that

All of it works in the simulated Slack, too: as Jon, send /access prod 1h to fix Ticket 123, then press Approve as Adam.

Mails are files in {folder}/mail, where everything else is kept, too. Ctrl-C stops all of it.
"""
