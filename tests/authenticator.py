"""A passkey in software, as hostile as a test wants it: what a browser would send, made by hand."""

import base64
import hashlib
import json
import secrets
from datetime import datetime, timedelta
from typing import Any

import cbor2
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

from access.models import AccessRequest, User
from access.people import passkeys
from access.people.challenges import Signed
from access.requests import signed_approvals
from integrations.passkeys import Site

SITE = Site("usher.example.com", "https://usher.example.com")
PRESENT, VERIFIED, ATTESTED = 0x01, 0x04, 0x40


def base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


class Authenticator:
    """One key for one site. Each call may lie in one thing."""

    def __init__(self, site: Site = SITE) -> None:
        self.site = site
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.id = secrets.token_bytes(16)
        self.count = 0

    def create(self, options: dict[str, Any], **lies: Any) -> dict[str, Any]:
        numbers = self.key.public_key().public_numbers()
        cose = {1: 2, 3: -7, -1: 1, -2: numbers.x.to_bytes(32, "big"), -3: numbers.y.to_bytes(32, "big")}
        attested = bytes(16) + len(self.id).to_bytes(2, "big") + self.id + cbor2.dumps(cose)
        data = self._data(lies.get("flags", PRESENT | VERIFIED) | ATTESTED, lies) + attested
        made = cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": data})
        client = self._client("webauthn.create", options["challenge"], lies)
        return self._told({"clientDataJSON": base64url(client), "attestationObject": base64url(made)})

    def get(self, options: dict[str, Any], **lies: Any) -> dict[str, Any]:
        self.count += 1
        data = self._data(lies.get("flags", PRESENT | VERIFIED), lies)
        client = self._client(lies.get("type", "webauthn.get"), lies.get("challenge", options["challenge"]), lies)
        signature = self.key.sign(data + hashlib.sha256(client).digest(), ec.ECDSA(hashes.SHA256()))
        signature = lies.get("signature", signature)
        parts = {"clientDataJSON": client, "authenticatorData": data, "signature": signature}
        return self._told({name: base64url(part) for name, part in parts.items()})

    def _data(self, flags: int, lies: dict[str, Any]) -> bytes:
        site: bytes = hashlib.sha256(lies.get("site", self.site.id).encode()).digest()
        count: int = lies.get("count", self.count)
        return site + bytes([flags]) + count.to_bytes(4, "big")

    def _client(self, type_: str, challenge: str, lies: dict[str, Any]) -> bytes:
        told = {"type": type_, "challenge": challenge, "origin": lies.get("origin", self.site.origin)}
        return json.dumps({**told, "crossOrigin": lies.get("framed", False)}).encode()

    def _told(self, response: dict[str, Any]) -> dict[str, Any]:
        return {"id": base64url(self.id), "rawId": base64url(self.id), "type": "public-key", "response": response}


def device_of(person: User, *, now: datetime, wait: timedelta = timedelta(0)) -> Authenticator:
    """Register a new passkey of this person."""
    device = Authenticator()
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
