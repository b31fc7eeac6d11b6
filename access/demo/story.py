"""The announcement's story with nobody at the keyboard: through the pages, with the real worker, seen at Aptible."""

import re
import time
from collections.abc import Callable
from typing import Final

from django.urls import reverse

from access import audit
from access.demo import seed, timeline
from access.demo.aptible import SimulatedAptible
from access.demo.browser import Browser
from access.demo.errors import DemoFailed
from access.demo.timeline import Timeline
from access.models import AccessRequest, AuditEvent
from access.states import GrantState

SHORT: Final = 5  # seconds
REASON: Final = "to fix Ticket 123"
# How long anything may take to come about. The delays that were measured are printed, this only ends the wait.
PATIENCE: Final = 20.0
POLL: Final = 0.02
ROLE: Final = "Prod"
TARGET: Final = "prod"


class Story:
    """Tells the story twice: until time is up, and until Jon gives access back. Every step is seen at Aptible."""

    def __init__(self, url: str, aptible: SimulatedAptible, *, say: Timeline, check: Callable[[], None]) -> None:
        self._url = url
        self._aptible = aptible
        self._say = say
        self._check = check

    def tell(self) -> list[str]:
        """Tell all of it, and return how late it was. Raises DemoFailed with the step that did not come about."""
        self._jon, self._adam = self._come_in(seed.JON), self._come_in(seed.ADAM)
        self._expect_at_aptible({seed.ADAM}, "Before, Adam alone is in Prod at Aptible.")
        return [*self._until_time_is_up(), *self._until_given_back()]

    def _until_time_is_up(self) -> list[str]:
        request = self._granted(SHORT)
        self._expect_at_aptible({seed.ADAM}, f"Time is up after {SHORT} s: Jon is out of Prod at Aptible.", SHORT)
        self._expect_ended(request, "expired")
        return self._delays(request)

    def _until_given_back(self) -> list[str]:
        request = self._granted(seed.MINUTE)
        grant = self._fresh(request).grant
        leave = reverse("grant-end", args=[grant.ref if grant else ""])
        self._jon.open(reverse("request", args=[request.ref]))
        self._jon.follow(leave)
        self._jon.send(leave)
        self._say.seen("Jon presses I'm done.")
        self._expect_at_aptible({seed.ADAM}, "Jon is out of Prod at Aptible, before his time was up.")
        self._expect_ended(request, "returned")
        return self._delays(request)

    def _granted(self, seconds: int) -> AccessRequest:
        """Jon asks, Adam approves, and Jon is in."""
        request = self._ask(seconds)
        self._say.seen(f"Jon asks for {ROLE} for {seconds} s, “{REASON}”: {request.ref}.")
        self._adam.open(reverse("request", args=[request.ref]))
        self._adam.send(reverse("approve", args=[request.ref]))
        self._say.seen("Adam approves.")
        self._expect_at_aptible({seed.ADAM, seed.JON}, "Jon is in Prod at Aptible.")
        self._expect(lambda: self._state_of(request) == GrantState.ACTIVE, "The portal has confirmed it: active.")
        return request

    def _ask(self, seconds: int) -> AccessRequest:
        self._jon.open(f"{reverse('ask')}?flow={seed.FLOW}&target={TARGET}")
        self._jon.send(reverse("ask"), target=TARGET, duration=str(seconds), reason=REASON, starts="now")
        found = re.fullmatch(reverse("request", args=["REF"]).replace("REF", "(R-[0-9A-Z]+)"), self._jon.path)
        if not found:
            raise DemoFailed(f"Jon's request was not taken: the page is still {self._jon.path}.")
        return AccessRequest.objects.get(ref=found[1])

    def _come_in(self, email: str) -> Browser:
        browser = Browser(f"{self._url}{reverse('login')}")
        browser.send(reverse("login-demo"), email=email)
        if browser.path == reverse("login"):
            raise DemoFailed(f"{seed.PEOPLE[email]} could not sign in.")
        self._say.seen(f"{seed.PEOPLE[email]} signs in.")
        return browser

    def _expect_at_aptible(self, members: set[str], sentence: str, after: float = 0) -> None:
        self._expect(lambda: self._aptible.members(ROLE) == members, sentence, after)

    def _expect_ended(self, request: AccessRequest, reason: str) -> None:
        self._expect(lambda: self._state_of(request) == GrantState.ENDED, "The portal has confirmed it: ended.")
        grant = self._fresh(request).grant
        if grant is None or grant.end_reason != reason or grant.not_verified or grant.standing:
            raise DemoFailed(f"The grant of {request.ref} did not end as it should have: {reason}.")
        self._jon.open(reverse("request", args=[request.ref]))
        if "Confirmed ended" not in self._jon.text:
            raise DemoFailed(f"The page of {request.ref} does not say that access has ended.")
        self._say.seen("The page of the request says so, too.")

    def _expect(self, holds: Callable[[], bool], sentence: str, after: float = 0) -> None:
        """Wait until something is true, and say it. Raises DemoFailed when it does not become true."""
        deadline = time.monotonic() + after + PATIENCE
        while not holds():
            self._check()
            if time.monotonic() > deadline:
                raise DemoFailed(f"This did not come about within {PATIENCE:.0f} s: {sentence}")
            time.sleep(POLL)
        self._say.seen(sentence)

    def _delays(self, request: AccessRequest) -> list[str]:
        return [f"  {request.ref}  {one}" for one in timeline.delays(self._fresh(request), self._aptible, role=ROLE)]

    def _state_of(self, request: AccessRequest) -> str:
        grant = self._fresh(request).grant
        return grant.state if grant else ""

    def _fresh(self, request: AccessRequest) -> AccessRequest:
        return AccessRequest.objects.select_related("grant", "requester").get(pk=request.pk)


def check_log() -> str:
    """Verify the whole audit chain. Raises DemoFailed with the number of the first event that is bent."""
    bad = audit.first_bad()
    if bad is not None:
        raise DemoFailed(f"The audit log is bent at event {bad}.")
    return f"The audit log has {AuditEvent.objects.count()} events, and its chain holds."
