"""Where the stories happen: people at their browsers, what Aptible lists, and what was seen so far."""

import re
import time
from collections.abc import Callable
from typing import Final

from django.urls import reverse

from access.core.states import GrantState
from access.demo import seed
from access.demo.aptible import SimulatedAptible
from access.demo.browser import Browser
from access.demo.errors import DemoFailed
from access.demo.timeline import Timeline
from access.models import AccessRequest

# How long anything may take to come about. The delays that were measured are printed, this only ends the wait.
PATIENCE: Final = 20.0
POLL: Final = 0.02


class Scene:
    def __init__(self, url: str, aptible: SimulatedAptible, *, say: Timeline, check: Callable[[], None]) -> None:
        self.aptible = aptible
        self.say = say
        self._url = url
        self._check = check
        self._here: dict[str, Browser] = {}

    def person(self, email: str) -> Browser:
        """The browser of somebody who is signed in, from the first time that they are needed."""
        if email not in self._here:
            self._here[email] = self._come_in(email)
        return self._here[email]

    def ask(self, email: str, flow: str, target: str, *, seconds: int, reason: str) -> AccessRequest:
        """Ask on the form, as this person. Raises DemoFailed when it was not taken."""
        browser = self.person(email)
        browser.open(f"{reverse('ask')}?flow={flow}&target={target}")
        browser.send(reverse("ask"), target=target, duration=str(seconds), reason=reason, starts="now")
        return self.asked(email)

    def asked(self, email: str) -> AccessRequest:
        """The request whose page is open. Raises DemoFailed when the last form led to no such page."""
        path = self.person(email).path
        found = re.fullmatch(reverse("request", args=["REF"]).replace("REF", "(R-[0-9A-Z]+)"), path)
        if not found:
            raise DemoFailed(f"The request of {seed.PEOPLE[email]} was not taken: the page is still {path}.")
        return AccessRequest.objects.get(ref=found[1])

    def approve(self, email: str, request: AccessRequest) -> None:
        browser = self.person(email)
        browser.open(reverse("request", args=[request.ref]))
        browser.send(reverse("approve", args=[request.ref]))
        self.say.seen(f"{first_name(email)} approves.")

    def expect_members(self, role: str, members: set[str], sentence: str, after: float = 0) -> None:
        self.expect(lambda: self.aptible.members(role) == members, sentence, after)

    def expect_active(self, request: AccessRequest) -> None:
        self.expect(lambda: self.state_of(request) == GrantState.ACTIVE, "The portal has confirmed it: active.")

    def expect(self, holds: Callable[[], bool], sentence: str, after: float = 0) -> None:
        """Wait until something is true, and say it. Raises DemoFailed when it does not become true."""
        deadline = time.monotonic() + after + PATIENCE
        while not holds():
            self._check()
            if time.monotonic() > deadline:
                raise DemoFailed(f"This did not come about within {PATIENCE:.0f} s: {sentence}")
            time.sleep(POLL)
        self.say.seen(sentence)

    def expect_now(self, sentence: str, *, holds: bool) -> None:
        """Say what is true already. Raises DemoFailed when it is not."""
        if not holds:
            raise DemoFailed(f"This did not hold: {sentence}")
        self.say.seen(sentence)

    def state_of(self, request: AccessRequest) -> str:
        grant = fresh(request).grant
        return grant.state if grant else ""

    def _come_in(self, email: str) -> Browser:
        browser = Browser(f"{self._url}{reverse('login')}")
        browser.send(reverse("login-demo"), email=email)
        if browser.path == reverse("login"):
            raise DemoFailed(f"{seed.PEOPLE[email]} could not sign in.")
        self.say.seen(f"{seed.PEOPLE[email]} signs in.")
        return browser


def fresh(request: AccessRequest) -> AccessRequest:
    return AccessRequest.objects.select_related("grant", "requester").get(pk=request.pk)


def first_name(email: str) -> str:
    return seed.PEOPLE[email].split()[0]
