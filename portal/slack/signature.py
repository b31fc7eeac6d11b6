"""Whether Slack itself sent something, and just now."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

from integrations.secrets import Secret

WINDOW: Final = timedelta(minutes=5)
_DIGITS_MAX: Final = 12


class NotSigned(Exception):
    """Nothing says that Slack sent it. `str()` of it is for the log alone."""


def check(body: bytes, headers: Mapping[str, str], *, secret: Secret, now: datetime) -> str:
    """Return what names this delivery. Raises NotSigned unless Slack signed it within the last five minutes."""
    signature = headers.get("X-Slack-Signature", "")
    at = headers.get("X-Slack-Request-Timestamp", "")
    if not (at.isascii() and at.isdigit() and len(at) <= _DIGITS_MAX and signature.isascii() and signature):
        raise NotSigned("It has no signature, or no time.")
    age = now.timestamp() - int(at)
    if age > WINDOW.total_seconds():
        raise NotSigned("It was signed too long ago.")
    if -age > WINDOW.total_seconds():
        raise NotSigned("It was signed in the future.")
    if not _is_right(body, at, signature, secret, now):
        raise NotSigned("Its signature is wrong.")
    return f"{at}:{signature}"


class _Clock:
    """The moment that is judged by, where the library would look at the clock itself."""

    def __init__(self, at: datetime) -> None:
        self._at = at

    def now(self) -> float:
        return self._at.timestamp()


def _is_right(body: bytes, at: str, signature: str, secret: Secret, now: datetime) -> bool:
    # Loaded with the first delivery: most processes get none.
    from slack_sdk.signature import SignatureVerifier

    verifier = SignatureVerifier(secret.reveal(), clock=_Clock(now))  # type: ignore[arg-type]
    try:
        return verifier.is_valid(body, at, signature)
    except UnicodeDecodeError:
        return False
