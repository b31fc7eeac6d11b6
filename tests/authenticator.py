"""Passkeys of people in tests: registered, and signing what a test asks them to."""

from datetime import datetime, timedelta
from typing import Any

from access.models import AccessRequest, User
from access.people import passkeys
from access.people.challenges import Signed
from access.requests import signed_approvals
from integrations.passkeys import Site
from integrations.simulated.authenticator import PRESENT, base64url
from integrations.simulated.authenticator import Authenticator as Device

SITE = Site("usher.example.com", "https://usher.example.com")
__all__ = ["PRESENT", "SITE", "Authenticator", "base64url", "device_of", "sign"]


class Authenticator(Device):
    def __init__(self, site: Site = SITE, *, edwards: bool = False) -> None:
        super().__init__(site, edwards=edwards)


def device_of(
    person: User, *, now: datetime, wait: timedelta = timedelta(0), edwards: bool = False
) -> Authenticator:  # fmt: skip
    """Register a new passkey of this person."""
    device = Authenticator(edwards=edwards)
    answer = Signed(device.create(passkeys.to_register(person, site=SITE, now=now)), SITE)
    passkeys.register(person=person, name="Key", signed=answer, wait=wait, now=now)
    return device


def sign(
    request: AccessRequest, by: User, device: Authenticator, *, now: datetime, seconds: int | None = None, **lies: Any
) -> Signed:
    """Sign the approval of this request."""
    said = signed_approvals.approval(request, by=by, seconds=seconds or request.seconds)
    challenge = signed_approvals.ask(by, signed_approvals.APPROVE, said, site=SITE, now=now)
    return Signed(device.get(passkeys.to_sign(by, challenge, site=SITE), **lies), SITE)
