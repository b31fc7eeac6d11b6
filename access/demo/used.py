"""What Jon did while he held access, and the session that he left open, with nobody at the keyboard."""

from typing import Final

from django.urls import reverse

from access.demo import seed
from access.demo.scene import Scene
from access.demo.story import ROLE, SHORT, TARGET
from access.models import AccessRequest

ENVIRONMENT: Final = "prod"


class Used:
    """Tells of one access whose holder does something at Aptible, and stays in."""

    def __init__(self, scene: Scene) -> None:
        self._scene = scene

    def tell(self) -> None:
        """Tell all of it. Raises DemoFailed with the step that did not come about."""
        scene, why = self._scene, "to look at a stuck import"
        before = scene.aptible.members(ROLE)
        request = scene.ask(seed.JON, seed.FLOW, TARGET, seconds=SHORT, reason=why)
        scene.say.seen(f"Jon asks for {ROLE} for {SHORT} s, “{why}”: {request.ref}.")
        scene.approve(seed.ADAM, request)
        scene.expect_members(ROLE, {*before, seed.JON}, f"Jon is in {ROLE} at Aptible.")
        scene.expect_active(request)
        scene.aptible.did(seed.JON, ENVIRONMENT, type="tunnel", on="main", kind="databases")
        scene.aptible.did(seed.JON, ENVIRONMENT, type="execute", on="api", kind="apps", status="running")
        scene.say.seen("At Aptible, Jon opens a tunnel and an SSH session, and leaves the session open.")
        scene.expect_members(ROLE, before, f"Time is up: Jon is out of {ROLE} at Aptible.", SHORT)
        self._expect_told(request)
        scene.aptible.finish(seed.JON)

    def _expect_told(self, request: AccessRequest) -> None:
        page = self._scene.person(seed.ADAM)
        address = reverse("request", args=[request.ref])

        def says(*sentences: str) -> bool:
            page.open(address)
            return all(one in page.text for one in sentences)

        done = ("Opened a tunnel to database main", "Opened an SSH session on app api")
        self._scene.expect(lambda: says(*done), "The page of the request says what he did meanwhile.")
        late = "A session outlives the access"
        self._scene.expect(
            lambda: says(late), "It says, too, that the session outlives the access, which Adam is told."
        )
