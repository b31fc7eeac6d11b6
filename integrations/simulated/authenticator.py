"""A passkey in software: what a browser would send, for the demo and for tests. It may lie in any one thing."""

import base64
import hashlib
import json
import secrets
from collections.abc import Mapping
from typing import Any, Final

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from webauthn.helpers import encode_cbor

from integrations.passkeys import Site

PRESENT: Final = 0x01
VERIFIED: Final = 0x04
ATTESTED: Final = 0x40


def base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


class Authenticator:
    """One key for one site. Each call may lie about its flags, site, origin, challenge, type, count or signature."""

    def __init__(self, site: Site, *, edwards: bool = False) -> None:
        self.site = site
        self.key = Ed25519PrivateKey.generate() if edwards else ec.generate_private_key(ec.SECP256R1())
        self.id = secrets.token_bytes(16)
        self.count = 0

    def create(self, options: Mapping[str, Any], **lies: Any) -> dict[str, Any]:
        attested = bytes(16) + len(self.id).to_bytes(2, "big") + self.id + encode_cbor(self._public())
        data = self._data(lies.get("flags", PRESENT | VERIFIED) | ATTESTED, lies) + attested
        made = encode_cbor({"fmt": "none", "attStmt": {}, "authData": data})
        client = self._client("webauthn.create", options["challenge"], lies)
        return self._told({"clientDataJSON": base64url(client), "attestationObject": base64url(made)})

    def get(self, options: Mapping[str, Any], **lies: Any) -> dict[str, Any]:
        self.count += 1
        data = self._data(lies.get("flags", PRESENT | VERIFIED), lies)
        client = self._client(lies.get("type", "webauthn.get"), lies.get("challenge", options["challenge"]), lies)
        signature = lies.get("signature", self._sign(data + hashlib.sha256(client).digest()))
        parts = {"clientDataJSON": client, "authenticatorData": data, "signature": signature}
        return self._told({name: base64url(part) for name, part in parts.items()})

    def _public(self) -> dict[int, Any]:
        """The public half as COSE has it."""
        if isinstance(self.key, Ed25519PrivateKey):
            return {1: 1, 3: -8, -1: 6, -2: self.key.public_key().public_bytes_raw()}
        numbers = self.key.public_key().public_numbers()
        return {1: 2, 3: -7, -1: 1, -2: numbers.x.to_bytes(32, "big"), -3: numbers.y.to_bytes(32, "big")}

    def _sign(self, message: bytes) -> bytes:
        if isinstance(self.key, Ed25519PrivateKey):
            return self.key.sign(message)
        return self.key.sign(message, ec.ECDSA(hashes.SHA256()))

    def _data(self, flags: int, lies: Mapping[str, Any]) -> bytes:
        site: bytes = hashlib.sha256(lies.get("site", self.site.id).encode()).digest()
        count: int = lies.get("count", self.count)
        return site + bytes([flags]) + count.to_bytes(4, "big")

    def _client(self, type_: str, challenge: str, lies: Mapping[str, Any]) -> bytes:
        told = {"type": type_, "challenge": challenge, "origin": lies.get("origin", self.site.origin)}
        return json.dumps({**told, "crossOrigin": lies.get("framed", False)}).encode()

    def _told(self, response: dict[str, Any]) -> dict[str, Any]:
        return {"id": base64url(self.id), "rawId": base64url(self.id), "type": "public-key", "response": response}
