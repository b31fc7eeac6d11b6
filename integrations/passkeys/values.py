"""Passkeys as plain values."""

from collections.abc import Sequence
from dataclasses import dataclass


class Unfit(Exception):
    """What the browser sent proves nothing. Says why, for the log."""


@dataclass(frozen=True)
class Site:
    """Whom passkeys are made for: a host name, and the origin of its pages."""

    id: str
    origin: str


@dataclass(frozen=True)
class Known:
    """A passkey, as a browser has to know it again."""

    credential: str
    transports: Sequence[str] = ()


@dataclass(frozen=True)
class Registered:
    credential: str
    public_key: str  # COSE
    spki: str  # the same as DER in plain base64, as most tools read it
    sign_count: int
    transports: list[str]
    format: str  # of the attestation
    model: str  # AAGUID: what kind of device it is, all zeros when it doesn't say
    attestation: str
    client_data: str
