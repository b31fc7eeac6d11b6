"""The other ways to access with nobody at the keyboard: two stages, a fast track, and break-glass."""

from typing import Final

from django.urls import reverse

from access.core.states import GrantState, RequestState
from access.demo import hospital, seed
from access.demo.scene import Scene, fresh
from access.demo.story import SHORT
from access.models import AccessRequest, AfterReview

PATIENT_DATA: Final = "Patient Data"
STAGING: Final = "Staging"
EHR: Final = "EHR"


class Ways:
    """Tells of each way until Jon is in at Aptible, and in the end of all of them that he is out again."""

    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        self._given: dict[str, AccessRequest] = {}  # by role
        self._before = {role: scene.aptible.members(role) for role in (PATIENT_DATA, STAGING, EHR)}

    def tell(self) -> None:
        """Tell all of it. Raises DemoFailed with the step that did not come about."""
        self._two_stages()
        self._fast_track()
        self._break_glass()
        for role, request in self._given.items():
            self._expect_out(request, role)

    def _two_stages(self) -> None:
        scene, why = self._scene, "to correct a merged record"
        scene.person(seed.SARA)
        request = scene.ask(seed.JON, hospital.PATIENT_DATA, "patient-data", seconds=SHORT, reason=why)
        scene.say.seen(f"Two stages: Jon asks for {PATIENT_DATA} for {SHORT} s, “{why}”: {request.ref}.")
        scene.approve(seed.ADAM, request)
        waits = fresh(request).state == RequestState.PENDING and seed.JON not in scene.aptible.members(PATIENT_DATA)
        scene.expect_now("That was the lead's stage: it waits for Security, and Jon is not in.", holds=waits)
        scene.approve(seed.SARA, request)
        self._expect_in(request, PATIENT_DATA)

    def _fast_track(self) -> None:
        scene, why = self._scene, "the pager says that staging is down"
        request = scene.ask(seed.JON, hospital.ON_CALL, "staging", seconds=SHORT, reason=why)
        scene.say.seen(f"Fast track: Jon, who is on call, asks for {STAGING} for {SHORT} s: {request.ref}.")
        self._expect_at_once(request, AccessRequest.Path.FAST_TRACK, "A rule approves it at once: nobody was asked.")
        self._expect_in(request, STAGING)

    def _break_glass(self) -> None:
        scene, why = self._scene, "the health record is down on ward 3"
        scene.person(seed.RITA)
        page = scene.person(seed.JON)
        page.open(f"{reverse('break-glass')}?flow={hospital.RECORDS}&target=ehr")
        page.send(
            reverse("break-glass"), target="ehr", duration=str(SHORT), reason=why, ticket="INC-7", understood="yes"
        )
        request = scene.asked(seed.JON)
        scene.say.seen(f"Break-glass: Jon takes {EHR} for {SHORT} s, “{why}”: {request.ref}.")
        self._expect_at_once(request, AccessRequest.Path.BREAK_GLASS, "Nobody was asked, and a review of it is due.")
        self._expect_in(request, EHR)
        self._sign_off(request)

    def _sign_off(self, request: AccessRequest) -> None:
        rita, sign_off = self._scene.person(seed.RITA), reverse("sign-off", args=[request.ref])
        rita.open(reverse("request", args=[request.ref]))
        rita.send(sign_off, verdict="justified", comment="The ward confirmed the outage.")
        review = AfterReview.objects.select_related("signed_off_by").get(request=request)
        by = review.signed_off_by.email if review.signed_off_by else ""
        self._scene.expect_now("Rita signs the review off: it was justified.", holds=by == seed.RITA)

    def _expect_at_once(self, request: AccessRequest, path: AccessRequest.Path, sentence: str) -> None:
        is_so = fresh(request).path == path and request.state == RequestState.APPROVED
        self._scene.expect_now(sentence, holds=is_so and not request.decisions.exists())

    def _expect_in(self, request: AccessRequest, role: str) -> None:
        self._given[role] = request
        members = {*self._before[role], seed.JON}
        self._scene.expect_members(role, members, f"Jon is in {role} at Aptible.")
        self._scene.expect_active(request)

    def _expect_out(self, request: AccessRequest, role: str) -> None:
        scene, before = self._scene, self._before[role]
        sentence = f"Time is up: Jon is out of {role} at Aptible, and the portal has confirmed it."
        scene.expect(
            lambda: scene.aptible.members(role) == before and scene.state_of(request) == GrantState.ENDED,
            sentence,
            after=SHORT,
        )
