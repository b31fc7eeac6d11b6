"""Random histories of an attacker's: all of test_histories, workers that freeze in a call, a second one with a wrong
clock, syncs, lists in pages, lists that hide somebody, 404s where there is somebody, refused removals, other casing,
SSO switched on and off, and somebody who is taken out of the organization. Nothing is called ended while what the
portal added is there.
"""

import os
from contextlib import suppress
from datetime import timedelta

import pytest

from access.core.errors import Refusal
from access.evidence import reconcile
from access.grants import converge
from access.models import Integration, Target
from integrations.base import ProviderError
from tests.access.grants import lagging_aptible
from tests.access.grants.test_histories import LIST, POST, Crash, History, world  # noqa: F401  a fixture

pytestmark = pytest.mark.django_db

REMOVAL = {"method": "DELETE", "path": "*/memberships/*"}
FIRST, MANY = int(os.environ.get("ATTACK_SEED", "0")), int(os.environ.get("ATTACKS", "6"))
MORE = ("two_workers", "sync", "wrong_clock", "pages", "leave", "odd")


class Attack(History):
    def step(self):
        if self.dice.random() < 0.6:
            super().step()
            return
        name = self.dice.choice(MORE)
        getattr(self, name)()
        self.told.append(f"{self.world.at:%H:%M:%S} {name}")

    def ask(self):
        with suppress(Refusal):
            super().ask()

    def two_workers(self):
        """One freezes in its call; another passes over the target meanwhile, and then the first goes on."""
        real = {"add": self.add, "remove": self.remove}
        which, gap = self.dice.choice(["add", "remove"]), self.dice.choice([1, 61, 100])
        before = self.dice.random() < 0.5

        def frozen(*args, **kwargs):
            setattr(self.world.provider, which, real[which])
            answer = None if before else real[which](*args, **kwargs)
            self.world.at += timedelta(seconds=gap)
            self.over_target(holder="other")
            return real[which](*args, **kwargs) if before else answer

        setattr(self.world.provider, which, frozen)
        self.run(after=1)

    def sync(self):
        with suppress(ProviderError):
            integration = Integration.objects.get()
            reconcile.sync(integration=integration, provider=self.world.provider, actor="usher", now=self.world.at)
        self.check()

    def wrong_clock(self):
        self.over_target(holder="wrong", off=timedelta(minutes=self.dice.choice([-3, -45])))
        self.check()

    def pages(self):
        self.world.aptible.switch(auth_page_size=self.dice.choice([0, 1, 2]))

    def leave(self):
        self.world.aptible.remove_from_organization(lagging_aptible.JON, "Example Health")

    def odd(self):
        aptible, no = self.world.aptible, {"times": 1, "body": "json"}
        self.dice.choice([
            lambda: aptible.fail(404, error="not_found", **no, **LIST),
            lambda: aptible.fail(404, error="not_found", **REMOVAL, **no),
            lambda: aptible.fail(422, error="unprocessable_entity", **REMOVAL, **no),
            lambda: aptible.switch(hidden_person=self.dice.choice(["", lagging_aptible.JON])),
            lambda: aptible.fail(403, error="forbidden", **no, **LIST),
            lambda: aptible.fail(422, error="unprocessable_entity", **no, **POST),
            lambda: aptible.switch(uppercase_ids=self.dice.random() < 0.5),
            lambda: aptible.switch(post_without_body=self.dice.random() < 0.5),
            lambda: aptible.switch(duplicate_answers_201=self.dice.random() < 0.5),
            lambda: aptible.enforce_sso(self.dice.random() < 0.5),
        ])()  # fmt: skip

    def over_target(self, *, holder, off=timedelta()):
        with suppress(Crash):
            converge.target(
                Target.objects.get(name="prod"), provider=self.world.provider, now=self.world.at + off, holder=holder,
                may_grant=not off,
            )  # fmt: skip

    def to_the_end(self):
        self.world.aptible.enforce_sso(False)
        super().to_the_end()


@pytest.mark.parametrize("seed", range(FIRST, FIRST + MANY))
def test_no_attack_makes_it_say_ended_with_somebody_in(world, flow, jon, seed):  # noqa: F811
    attack = Attack(world, seed, jon)
    for _step in range(50):
        attack.step()
    attack.to_the_end()
