"""The announcement's story with nobody at the keyboard: through the pages, with the real worker, seen at Aptible."""

from typing import Final

from django.db import connection, transaction
from django.urls import reverse

from access.audit import append_only, verify
from access.core.states import GrantState
from access.demo import seed, timeline
from access.demo.errors import DemoFailed
from access.demo.scene import Scene, fresh
from access.models import AccessRequest, AuditEvent

SHORT: Final = 5  # seconds
REASON: Final = "to fix Ticket 123"
ROLE: Final = "Prod"
TARGET: Final = "prod"


class Story:
    """Tells the story twice: until time is up, and until Jon gives access back. Every step is seen at Aptible."""

    def __init__(self, scene: Scene) -> None:
        self._scene = scene

    def tell(self) -> list[str]:
        """Tell all of it, and return how late it was. Raises DemoFailed with the step that did not come about."""
        self._jon, _adam = self._scene.person(seed.JON), self._scene.person(seed.ADAM)
        self._expect_members({seed.ADAM}, "Before, Adam alone is in Prod at Aptible.")
        return [*self._until_time_is_up(), *self._until_given_back()]

    def _until_time_is_up(self) -> list[str]:
        request = self._granted(SHORT)
        self._expect_members({seed.ADAM}, f"Time is up after {SHORT} s: Jon is out of Prod at Aptible.", SHORT)
        self._expect_ended(request, "expired")
        return self._delays(request)

    def _until_given_back(self) -> list[str]:
        request = self._granted(seed.MINUTE)
        grant = fresh(request).grant
        leave = reverse("grant-end", args=[grant.ref if grant else ""])
        self._jon.open(reverse("request", args=[request.ref]))
        self._jon.follow(leave)
        self._jon.send(leave)
        self._scene.say.seen("Jon presses I'm done.")
        self._expect_members({seed.ADAM}, "Jon is out of Prod at Aptible, before his time was up.")
        self._expect_ended(request, "returned")
        return self._delays(request)

    def _granted(self, seconds: int) -> AccessRequest:
        """Jon asks, Adam approves, and Jon is in."""
        request = self._scene.ask(seed.JON, seed.FLOW, TARGET, seconds=seconds, reason=REASON)
        self._scene.say.seen(f"Jon asks for {ROLE} for {seconds} s, “{REASON}”: {request.ref}.")
        self._scene.approve(seed.ADAM, request)
        self._expect_members({seed.ADAM, seed.JON}, "Jon is in Prod at Aptible.")
        self._scene.expect_active(request)
        return request

    def _expect_members(self, members: set[str], sentence: str, after: float = 0) -> None:
        self._scene.expect_members(ROLE, members, sentence, after)

    def _expect_ended(self, request: AccessRequest, reason: str) -> None:
        scene = self._scene
        scene.expect(lambda: scene.state_of(request) == GrantState.ENDED, "The portal has confirmed it: ended.")
        grant = fresh(request).grant
        if grant is None or grant.end_reason != reason or grant.not_verified or grant.standing:
            raise DemoFailed(f"The grant of {request.ref} did not end as it should have: {reason}.")
        self._jon.open(reverse("request", args=[request.ref]))
        if "Confirmed ended" not in self._jon.text:
            raise DemoFailed(f"The page of {request.ref} does not say that access has ended.")
        scene.say.seen("The page of the request says so, too.")

    def _delays(self, request: AccessRequest) -> list[str]:
        told = timeline.delays(fresh(request), self._scene.aptible, role=ROLE)
        return [f"  {request.ref}  {one}" for one in told]


def check_log() -> str:
    """Verify the whole audit chain. Raises DemoFailed with the number of the first event that is bent."""
    bad = verify.first_bad()
    if bad is not None:
        raise DemoFailed(f"The audit log is bent at event {bad.seq}. {bad.why}")
    return f"The audit log has {AuditEvent.objects.count()} events, and its chain holds. {_tamper()}"


@transaction.atomic
def _tamper() -> str:
    """Bend the log as the owner of the database could, see that it is found, and take it back."""
    append_only.remove(connection)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE access_auditevent SET actor = 'mallory' WHERE seq = 2")
    bad = verify.first_bad()
    transaction.set_rollback(True)
    if bad is None or bad.seq != 2:
        raise DemoFailed("Event 2 of the log was changed by SQL, and nobody found it.")
    return f"Event 2 was changed by SQL, found, and put back: {bad.why}"
