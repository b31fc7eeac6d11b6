"""The keys that seal the log. They are never in the database, so that whoever owns it can't seal a bent log."""

import base64
import hashlib
import hmac
import os
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.conf import settings

_BYTES: Final = 32


class NoKey(Exception):
    """The text is no key, or there is none."""


@dataclass(frozen=True)
class Key:
    """One Ed25519 key. `public` is its public half, hexadecimal: it can be given to anybody."""

    seed: bytes
    public: str

    def sign(self, statement: bytes) -> str:
        return Ed25519PrivateKey.from_private_bytes(self.seed).sign(statement).hex()

    def mark(self, digest: str) -> str:
        """What shows that an event was written by a process that has this key: an HMAC over its digest."""
        return hmac.new(b"usher event 1:" + self.seed, digest.encode(), hashlib.sha256).hexdigest()

    def __repr__(self) -> str:
        return f"Key({self.public[:16]}…)"


@dataclass(frozen=True)
class Ring:
    """The newest key signs, and all are trusted."""

    keys: tuple[Key, ...]

    @property
    def newest(self) -> Key:
        return self.keys[0]

    @property
    def public(self) -> frozenset[str]:
        return frozenset(key.public for key in self.keys)

    def wrote(self, digest: str, mark: str) -> bool:
        """Whether an event with this digest was written by a process that has one of the keys."""
        return any(hmac.compare_digest(key.mark(digest), mark) for key in self.keys)


def read(text: str) -> Key:
    """Read a key as `AUDIT_KEYS` has it: 32 bytes in URL-safe Base64. Raises NoKey."""
    try:
        seed = base64.b64decode(text.encode(), altchars=b"-_", validate=True)
    except ValueError:
        seed = b""
    if len(seed) != _BYTES:
        raise NoKey
    return _key(seed)


def new() -> str:
    """Make a key, as `AUDIT_KEYS` has it."""
    return base64.urlsafe_b64encode(os.urandom(_BYTES)).decode()


def ring() -> Ring:
    """The keys of this portal, newest first. Raises NoKey when AUDIT_KEYS has what is none.

    After those of AUDIT_KEYS comes the one that is used where nobody set any: beside the data for the embedded
    database, made when it is first needed, else derived from SECRET_KEY, which every process has.
    """
    return _ring(tuple(settings.AUDIT_KEYS), settings.AUDIT_KEY_FILE, settings.SECRET_KEY)


def is_signed(public: str, signature: str, statement: bytes) -> bool:
    """Whether the key with this public half signed the statement."""
    try:
        Ed25519PublicKey.from_public_bytes(bytes.fromhex(public)).verify(bytes.fromhex(signature), statement)
    except (InvalidSignature, ValueError):
        return False
    return True


@lru_cache(maxsize=8)
def _ring(texts: Sequence[str], file: Path | None, secret_key: str) -> Ring:
    keys = [read(text) for text in texts]
    if file is None:
        keys.append(_key(hashlib.sha256(b"usher audit key 1:" + secret_key.encode()).digest()))
    elif not keys or file.exists():
        keys.append(read(_in_file(file)))
    return Ring(tuple(keys))


def _key(seed: bytes) -> Key:
    public = Ed25519PrivateKey.from_private_bytes(seed).public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    return Key(seed, public.hex())


def _in_file(file: Path) -> str:
    """Read the key beside the data. Two processes that start at once make one."""
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True)
        own = file.with_name(f"{file.name}.{os.getpid()}")
        with os.fdopen(os.open(own, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as made:
            made.write(new())
        try:
            os.link(own, file)
        except FileExistsError:
            pass
        finally:
            own.unlink()
    return file.read_text().strip()
