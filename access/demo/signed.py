"""An approval that a passkey signs, verified without the portal, with nobody at the keyboard."""

import io
import json
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from django.conf import settings
from django.urls import reverse
from django.utils import timezone

from access.core.states import RequestState
from access.demo import hospital, seed
from access.demo.errors import DemoFailed
from access.demo.scene import Scene, fresh
from access.evidence.pack import pack
from access.models import AccessRequest, Passkey, User
from integrations.passkeys import Site
from integrations.simulated.authenticator import Authenticator

WHY: Final = "for the yearly audit of the laboratory"
TIMEOUT: Final = 60  # seconds


class Signed:
    """Tells of one approval that Adam's device signs."""

    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        # A passkey needs a name; this machine's is localhost.
        self._device = Authenticator(Site("localhost", f"http://localhost:{urlsplit(settings.BASE_URL).port}"))

    def tell(self) -> None:
        """Tell all of it. Raises DemoFailed with the step that did not come about."""
        scene = self._scene
        self._register()
        jon = scene.person(seed.JON)
        jon.open(f"{reverse('ask')}?flow={hospital.EXPORT}")
        jon.send(reverse("ask"), reason=WHY)
        request = scene.asked(seed.JON)
        scene.say.seen(f"Jon asks for an approval of an export, “{WHY}”: {request.ref}.")
        self._sign(request)
        self._verify(request)

    def _register(self) -> None:
        scene, own = self._scene, reverse("passkeys")
        adam, olga = scene.person(seed.ADAM), scene.person(seed.OLGA)
        adam.open(own)
        answer = self._device.create(adam.ask(reverse("passkey-options"), own)["options"])
        adam.send(own, name="Demo key", passkey=json.dumps(answer))
        passkey = Passkey.objects.get(person__email=seed.ADAM)
        scene.say.seen("Adam registers a passkey. It is new, so it signs nothing yet.")
        olga.open(reverse("person", args=[User.objects.get(email=seed.ADAM).pk]))
        olga.send(reverse("passkey-confirm", args=[passkey.pk]))
        counts = Passkey.objects.get(pk=passkey.pk).counts(timezone.now())
        scene.expect_now("Olga confirms it: it counts.", holds=counts)

    def _sign(self, request: AccessRequest) -> None:
        adam, approve = self._scene.person(seed.ADAM), reverse("approve", args=[request.ref])
        adam.open(reverse("request", args=[request.ref]))
        asked = adam.ask(reverse("approve-challenge", args=[request.ref]), approve)
        adam.send(approve, passkey=json.dumps(self._device.get(asked["options"])))
        is_approved = fresh(request).state == RequestState.APPROVED
        self._scene.expect_now("Adam approves, and his passkey signs all that he read.", holds=is_approved)

    def _verify(self, request: AccessRequest) -> None:
        """Verify the evidence pack as an auditor would."""
        with tempfile.TemporaryDirectory() as folder:
            made = io.BytesIO(b"".join(pack.stream(pack.of_request(request.ref), now=timezone.now())))
            zipfile.ZipFile(made).extractall(folder)
            told = _verified(folder)
        if "; approvals by passkey: 1;" not in told or not told.endswith("It holds.\n"):
            raise DemoFailed(f"The pack of {request.ref} does not verify: {told}")
        self._scene.say.seen("verify_audit.py checks the signature in the evidence pack, without the portal: it holds.")


def _verified(folder: str) -> str:
    command = [sys.executable, "-I", str(Path(folder) / "verify_audit.py"), str(Path(folder) / "events.jsonl")]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=TIMEOUT)  # noqa: S603
    return done.stdout
