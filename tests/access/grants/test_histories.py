"""Random histories: lags, late effects, lost answers, broken calls, crashes, impatient holders, colleagues at Aptible.

Whatever happens in whatever order, nothing is called ended while what the portal added is there, and what a colleague
added by hand is left as found.
"""

import random
from contextlib import suppress
from datetime import timedelta

import pytest

from access.core.errors import Refusal
from access.core.states import OPEN, GrantState
from access.grants import converge, end_early
from access.models import Grant
from tests import factories
from tests.access.grants import lagging_aptible

pytestmark = pytest.mark.django_db

LIST = {"method": "GET", "path": "*/memberships"}
POST = {"method": "POST", "path": "*/memberships"}


class Crash(Exception):
    """The worker dies here."""


class History:
    def __init__(self, world, seed, jon):
        self.world, self.dice, self.jon = world, random.Random(seed), jon
        self.told = [f"seed {seed}"]
        self.add, self.remove = world.provider.add, world.provider.remove

    def step(self):
        name = self.dice.choice([*["wait"] * 4, "ask", "end", "fault", "crash", "by_hand", "lag"])
        getattr(self, name)()
        self.told.append(f"{self.world.at:%H:%M:%S} {name}")

    def wait(self):
        self.run(after=self.dice.choice([0.5, 3, 20, 61]))

    def run(self, *, after):
        self.world.at += timedelta(seconds=after)
        with suppress(Crash):
            converge.target(converge.due(factories.target().pk), provider=self.world.provider, now=self.world.at)
        self.world.provider.add, self.world.provider.remove = self.add, self.remove
        self.check()

    def ask(self):
        if not Grant.objects.filter(state__in=OPEN).exists():
            factories.grant(state=GrantState.SCHEDULED, now=self.world.at, seconds=self.dice.choice([60, 3600]))

    def end(self):
        for grant in Grant.objects.filter(state__in=(GrantState.GRANTING, GrantState.ACTIVE)):
            with suppress(Refusal):
                end_early.end(grant=grant, by=self.jon, now=self.world.at)

    def fault(self):
        aptible = self.world.aptible
        self.dice.choice([
            lambda: aptible.fail(503, times=1, **LIST), lambda: aptible.fail(500, times=1, **POST),
            lambda: aptible.drop_answers(1), lambda: aptible.drop_calls(1, **POST),
            lambda: aptible.drop_answers(1, method="DELETE", path="*"), lambda: aptible.drop_calls(1, method="DELETE"),
            lambda: aptible.fail(429, times=1, retry_after=30), lambda: aptible.expire_tokens(),
        ])()  # fmt: skip

    def crash(self):
        """Let the worker die just before or just after its next change."""

        def dies(real, *, first):
            def call(*args, **kwargs):
                if not first:
                    real(*args, **kwargs)
                raise Crash

            return call

        which = self.dice.choice(["add", "remove"])
        setattr(self.world.provider, which, dies(getattr(self, which), first=self.dice.random() < 0.5))

    def by_hand(self):
        if self.dice.random() < 0.5:
            self.world.aptible.add_member("Prod", lagging_aptible.JON)
        else:
            self.world.aptible.remove_member("Prod", lagging_aptible.JON)

    def lag(self):
        adds, late = self.dice.choice([(0, 0), (2, 0), (110, 0), (50, 50), (0, 100)])
        self.world.aptible.switch(
            lag_adds_ms=adds * 1000, late_adds_ms=late * 1000, lag_removes_ms=self.dice.choice([0, 2, 110]) * 1000
        )

    def check(self):
        over = not Grant.objects.filter(state__in=OPEN).exists()
        if over and self.world.jon_is_in:
            came = [one for one in self.world.aptible.changes if one["what"] == "entered"][-1]
            assert came["by"] == "outside", "\n".join(self.told)

    def to_the_end(self):
        self.world.aptible.clear_faults()
        self.end()
        for _pass in range(60):
            self.run(after=20)
        assert not Grant.objects.filter(state__in=OPEN).exclude(state=GrantState.ACTIVE).exists(), "\n".join(self.told)
        self.world.at += timedelta(minutes=30)
        self.check()


@pytest.fixture
def world(now, settings):
    yield from lagging_aptible.running(now, settings)


@pytest.mark.parametrize("seed", range(8))
def test_nothing_is_called_ended_while_what_the_portal_added_is_there(world, flow, jon, seed):
    history = History(world, seed, jon)
    for _step in range(40):
        history.step()
    history.to_the_end()
