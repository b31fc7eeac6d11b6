"""Passwords, one-time codes, lockouts and tokens: who may speak, and until when."""

import base64
import json
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from hmac import compare_digest
from threading import RLock
from typing import Final
from uuid import uuid4

from integrations.aptible.simulator.errors import ApiError
from integrations.aptible.simulator.faults import Faults
from integrations.aptible.simulator.journal import Clock
from integrations.aptible.simulator.records import Person

DEFAULT_LIFETIME: Final = 604_800  # seconds; what Aptible gives when the caller names none
READ: Final = "read"
SCOPES: Final = frozenset({READ, "manage", "elevated", "privileged"})

# So many failures within so many seconds lock the account for as many seconds again.
LOCKOUTS: Final = ((10, 60), (20, 3_600), (40, 86_400))


@dataclass
class Token:
    id: str
    person_id: str
    scope: str
    created_at: float
    expires_at: float
    text: str = field(repr=False)


@dataclass
class Attempt:
    id: str
    at: float


def locked_until(failures: Sequence[float]) -> float:
    """When the lock that these failures earned ends, in epoch seconds; 0 without one."""
    ends = [
        last + seconds
        for limit, seconds in LOCKOUTS
        for first, last in zip(failures, failures[limit - 1 :], strict=False)
        if last - first <= seconds
    ]
    return max(ends, default=0.0)


class Logins:
    """Signs people in. Keeps passwords and tokens in memory and shows neither."""

    def __init__(self, *, clock: Clock, faults: Faults) -> None:
        self._clock = clock
        self._faults = faults
        self._lock = RLock()
        self.clear()

    def clear(self) -> None:
        """Forget every password, token and failed attempt."""
        self._passwords: dict[str, str] = {}
        self._failures: dict[str, list[Attempt]] = {}
        self._tokens: dict[str, Token] = {}

    def set_password(self, email: str, password: str) -> None:
        """From now on this person signs in with this password; tokens already given stay good."""
        self._passwords[email.casefold()] = password

    def check(self, email: str, password: str, *, code: str = "", previous_attempt: str = "") -> None:
        """Return when the person may have a token. Raises ApiError 401, and counts the failure."""
        with self._lock:
            self._refuse_when_locked(email)
            expected = self._passwords.get(email.casefold())
            if expected is None or not compare_digest(expected.encode(), password.encode()):
                self._failed(email)
                raise ApiError(401, "invalid_credentials", "Invalid password", {})
            if self._faults.switches.otp_required:
                self._check_code(email, code)
            self._forgive(email, previous_attempt)

    def issue(self, person: Person, *, scope: str, lifetime: int, issuer: str, subject: str) -> Token:
        """Make a token that is good for `lifetime` seconds."""
        now = self._clock()
        id = str(uuid4())
        claims = {"id": id, "iss": issuer, "sub": subject, "scope": scope, "exp": int(now) + lifetime}
        claims |= {"session": str(uuid4()), "email": person.email, "email_verified": person.verified}
        token = Token(id, person.id, scope, created_at=now, expires_at=now + lifetime, text=_three_parts(claims))
        with self._lock:
            self._tokens[token.id] = token
        return token

    def token(self, text: str) -> Token:
        """Find a token by what its bearer shows. Raises ApiError 401."""
        with self._lock:
            found = next((item for item in self._tokens.values() if compare_digest(item.text, text)), None)
        if found is None:
            raise ApiError(401, "invalid_token", "Invalid Token")
        if found.expires_at <= self._clock():
            raise ApiError(401, "expired_token", "Expired Token")
        return found

    def token_by_id(self, id: str) -> Token | None:
        return self._tokens.get(id.lower())

    def revoke(self, token: Token) -> None:
        """The token is invalid from now on."""
        with self._lock:
            self._tokens.pop(token.id, None)

    def expire_all(self) -> None:
        """Every token given so far has expired."""
        with self._lock:
            for token in self._tokens.values():
                token.expires_at = self._clock()

    def revoke_all(self) -> None:
        """Every token given so far is unknown from now on."""
        with self._lock:
            self._tokens.clear()

    def _refuse_when_locked(self, email: str) -> None:
        until = locked_until([attempt.at for attempt in self._failures.get(email.casefold(), [])])
        if self._faults.switches.login_locked or self._clock() < until:
            raise ApiError(401, "access_denied", "Your account is locked after too many failed logins.", {})

    def _check_code(self, email: str, code: str) -> None:
        if not code:
            context = {"failed_login_attempt_id": self._failed(email).id}
            raise ApiError(401, "otp_token_required", "You must provide an OTP token", context)
        if not compare_digest(code.encode(), self._faults.switches.otp_code.encode()):
            self._failed(email)
            raise ApiError(401, "invalid_credentials", "Invalid OTP token", {})

    def _failed(self, email: str) -> Attempt:
        attempt = Attempt(str(uuid4()), self._clock())
        self._failures.setdefault(email.casefold(), []).append(attempt)
        return attempt

    def _forgive(self, email: str, attempt_id: str) -> None:
        kept = [attempt for attempt in self._failures.get(email.casefold(), []) if attempt.id != attempt_id]
        self._failures[email.casefold()] = kept


def _three_parts(claims: dict[str, object]) -> str:
    """Write the claims as a JSON Web Token. Its signature is noise: clients treat the whole as opaque."""
    header = {"typ": "JWT", "alg": "RS512"}
    parts = [json.dumps(part, separators=(",", ":")).encode() for part in (header, claims)]
    return ".".join(base64.urlsafe_b64encode(part).rstrip(b"=").decode() for part in [*parts, secrets.token_bytes(64)])
