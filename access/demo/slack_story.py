"""The announcement's story in the simulated Slack: asked, approved and told there, seen at Aptible and in the log."""

import json
from typing import Final

from access.demo import seed
from access.demo.errors import DemoFailed
from access.demo.scene import Scene, fresh
from access.demo.slack import SimulatedSlack
from access.demo.story import ROLE, TARGET
from access.models import AccessRequest, AuditEvent, Decision
from integrations.slack.modals import APPROVE, DONE
from integrations.slack.simulator.simulator import CHANNEL

WORDS: Final = f"{TARGET} 1m to fix Ticket 123"
EVENTS: Final = (
    "request.asked", "request.approved", "grant.scheduled", "grant.granting", "grant.active", "grant.revoking",
    "grant.ended",
)  # fmt: skip


class SlackStory:
    def __init__(self, scene: Scene, slack: SimulatedSlack) -> None:
        self._scene, self._slack = scene, slack

    def tell(self) -> None:
        """Tell all of it. Raises DemoFailed with the step that did not come about."""
        scene = self._scene
        request = self._asked()
        ts = self._announced(request, "Waits for a decision", "The channel has the request, with Approve and Deny.")
        self._slack.do(seed.ADAM, "press", channel=CHANNEL, ts=ts, go=f"decide-{request.ref}|{APPROVE}")
        self._slack.do(seed.ADAM, "dialog", go="submit")
        scene.say.seen("Adam presses Approve, and sends the dialog.")
        scene.expect_members(ROLE, {seed.ADAM, seed.JON}, "Jon is in Prod at Aptible.")
        self._announced(request, "Active until", "The same message says until when it is active.")
        self._given_back()
        scene.expect_members(ROLE, {seed.ADAM}, "Jon is out of Prod at Aptible, before his time was up.")
        self._announced(request, "Ended", "The same message says that access has ended.")
        self._check_events(request)

    def _given_back(self) -> None:
        """From the app's home, which the worker shows anew."""
        self._slack.do(seed.JON, "home")
        told = "The home of the app shows what Jon holds, with I'm done."
        self._scene.expect(lambda: bool(self._slack.buttons(seed.JON, DONE)), told)
        self._slack.do(seed.JON, "press-home", go=self._slack.buttons(seed.JON, DONE)[0])
        self._scene.say.seen("Jon presses I'm done.")

    def _asked(self) -> AccessRequest:
        before = set(AccessRequest.objects.values_list("pk", flat=True))
        self._slack.do(seed.JON, "command", channel=CHANNEL, text=WORDS)
        self._slack.do(seed.JON, "dialog", go="submit")
        request = AccessRequest.objects.exclude(pk__in=before).first()
        if request is None:
            raise DemoFailed(f"The request was not taken in Slack: {self._slack.dialog(seed.JON)}")
        self._scene.say.seen(f"Jon sends /access {WORDS}, and then the dialog: {request.ref}.")
        return request

    def _announced(self, request: AccessRequest, words: str, sentence: str) -> str:
        """Wait until the one message about it says so; return its id."""

        def posts() -> list[str]:
            told = [one for one in self._slack.posts(CHANNEL) if request.ref in json.dumps(one["blocks"])]
            return [one["ts"] for one in told if words in json.dumps(one["blocks"])] if len(told) == 1 else []

        self._scene.expect(lambda: bool(posts()), sentence)
        return posts()[0]

    def _check_events(self, request: AccessRequest) -> None:
        grant = fresh(request).grant
        refs = {"request_ref": request.ref}, {"grant_ref": grant.ref if grant else "-"}
        events = [one for each in refs for one in AuditEvent.objects.filter(**each)]
        lacking = [one for one in EVENTS if one not in {event.type for event in events}]
        places = [event.data["place"] for event in events if event.type == "request.approved"]
        holds = not lacking and set(places) == {Decision.Place.SLACK}
        self._scene.expect_now("The audit events say so, and that it was approved in Slack.", holds=holds)
