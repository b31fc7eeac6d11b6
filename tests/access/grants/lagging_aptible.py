"""An Aptible whose clock the test sets, so that lags of minutes take no time, and passes over one grant in it."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any
from unittest import mock

from access.core.states import GrantState
from access.grants import converge
from access.models import Grant
from integrations import http, registry
from integrations.aptible.simulator import Simulator, seed

JON = "jon@example.com"
# Long enough for the longest lag and the latest effect of the tables.
FOR_GOOD = timedelta(minutes=30)


@dataclass
class World:
    """`at` is the time of day, at Aptible and here."""

    at: datetime
    aptible: Any = None
    provider: Any = None

    @property
    def jon_is_in(self) -> bool:
        return JON in self.aptible.members("Prod")

    def pass_over(self, grant: Grant, *, after: float = 0) -> Grant:
        """Let so many seconds go by, and do what is due. Fails when it is called ended with Jon in the role."""
        self.at += timedelta(seconds=after)
        converge.target(converge.due(grant.target_id), provider=self.provider, now=self.at)
        seen = grant.refreshed()
        assert not (seen.state == GrantState.ENDED and self.jon_is_in), "It is called ended, and Jon is in."
        return seen

    def until(self, grant: Grant, state: str, *, every: float = 20) -> Grant:
        """Go on until the grant is in that state."""
        end = self.at + FOR_GOOD
        while (seen := self.pass_over(grant, after=every)).state != state:
            assert self.at < end, f"It is {seen.state} still: {seen.last_error}"
        return seen

    def stays_out(self) -> bool:
        """Whether nobody comes in late, as long as it may take."""
        for _minute in range(int(FOR_GOOD.total_seconds() // 60)):
            self.at += timedelta(minutes=1)
            if self.jon_is_in:
                return False
        return True


def running(at: datetime, settings: Any) -> Iterator[World]:
    """A pause that Aptible asks for goes by on the same clock."""
    world = World(at)
    clock = SimpleNamespace(monotonic=lambda: world.at.timestamp(), perf_counter=time.perf_counter)
    with (
        Simulator(clock=clock.monotonic).start() as world.aptible,
        mock.patch.object(http, "time", clock),
    ):
        settings.APTIBLE_AUTH_ROOT_URL, settings.APTIBLE_API_ROOT_URL = world.aptible.auth_url, world.aptible.api_url
        world.provider = registry.build(
            "aptible", organization_id=seed.ORGANIZATION_ID, username=seed.BOT, password=seed.PASSWORD,
            auth_url=world.aptible.auth_url, api_url=world.aptible.api_url,
        )  # fmt: skip
        # Each pass of a worker has a connection of its own; this one would keep a pause by the machine's clock.
        world.provider._client._http._wait = lambda _seconds: None
        yield world
