"""The simulated Slack as an object: start it, watch it, break it, act in it."""

import time
from typing import Any, Final

from integrations.simulated.server import Server
from integrations.slack import manifest
from integrations.slack.simulator import application
from integrations.slack.simulator.application import Application
from integrations.slack.simulator.deliveries import Deliveries
from integrations.slack.simulator.faults import Faults, Rule
from integrations.slack.simulator.state import TEAM, Channel, Clock, Person, Post, State
from integrations.slack.simulator.user_actions import Desk

# The people of the announcement, and the channel in which their requests are told.
PEOPLE: Final = {
    "U0JON0001": ("Jon Reyes", "jon@example.com"),
    "U0ADAM001": ("Adam Novak", "adam@example.com"),
    "U0RITA001": ("Rita Moss", "rita@example.com"),
    "U0OLGA001": ("Olga Brandt", "olga@example.com"),
    "U0MIA0001": ("Mia Torres", "mia@example.com"),
    "U0SARA001": ("Sara Lind", "sara@example.com"),
    "U0KEN0001": ("Ken Osei", "ken@example.com"),
}
CHANNEL: Final = "C0ACCESS1"
SIGNING_SECRET: Final = "stand-in-signing-secret"  # noqa: S105  opens nothing


class SlackSimulator:
    """A workspace on this machine. `portal` is where deliveries go; `clock` gives seconds since 1970."""

    team: Final = TEAM
    token: Final = application.TOKEN
    channel: Final = CHANNEL
    secret: Final = SIGNING_SECRET

    def __init__(self, *, portal: str = "", clock: Clock = time.time) -> None:
        self.state, self.faults = State(clock), Faults()
        self.deliveries = Deliveries(self.state, portal=portal, secret=SIGNING_SECRET)
        self.desk = Desk(self.state, self.deliveries)
        self._application = Application(self.state, self.faults, self.desk)
        self._server: Server | None = None
        self.reset()

    def reset(self) -> None:
        """Forget everything that was said and done."""
        with self.state.lock:
            self.state.people = {id: Person(id, *who) for id, who in PEOPLE.items()}
            self.state.channels = {CHANNEL: Channel(CHANNEL, "access-requests")}
            self.state.posts = []
            self.faults.clear()
            self.desk.notices.clear()
            self.calls.clear()
            self.scopes = self.all_scopes

    def start(self, *, host: str = "127.0.0.1", port: int = 0) -> "SlackSimulator":
        """Listen and answer in threads of its own; port 0 takes a free one. Raises OSError."""
        self._server = Server(host, port, self._application)
        self.url = self.deliveries.url = f"http://{host}:{self._server.port}"
        self._server.start()
        return self

    def stop(self) -> None:
        if self._server:
            self._server.close()
        self._server = None

    def __enter__(self) -> "SlackSimulator":
        return self if self._server else self.start()

    def __exit__(self, *error: object) -> None:
        self.stop()

    @property
    def api_url(self) -> str:
        """What SLACK_API_URL is set to."""
        return f"{self.url}/api"

    @property
    def calls(self) -> list[str]:
        return self._application.calls

    @property
    def all_scopes(self) -> frozenset[str]:
        return frozenset(manifest.SCOPES)

    @property
    def scopes(self) -> frozenset[str]:
        return self._application.scopes

    @scopes.setter
    def scopes(self, granted: frozenset[str]) -> None:
        self._application.scopes = granted

    def person(self, email: str) -> Person:
        return self.state.with_email(email)

    def posts(self, channel: str = CHANNEL) -> list[Post]:
        """The messages in a channel, or with a person by their e-mail, oldest first; those below others included."""
        id = self.state.conversation(self.person(channel).id).id if "@" in channel else channel
        with self.state.lock:
            return [one for one in self.state.posts if one.channel == id]

    def fail(self, kind: str, method: str = "*", **more: Any) -> None:
        """Break calls of a method; see Rule."""
        self.faults.add(Rule(kind, method, **more))
