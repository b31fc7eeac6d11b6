"""Signing in to Aptible: one token per process and set of credentials, and no guessing.

Aptible locks an account after ten failed sign-ins within a minute, twenty within an hour, forty
within a day. So a sign-in that Aptible's own words refuse is remembered, and not tried again by itself. One that failed
with any other 4xx says nothing of the credentials: it is tried again, and each pause is longer than the last.
"""

import json
import os
import re
import secrets as random
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final

from django.utils.translation import gettext as _

from integrations.aptible.hal import Json, malformed, refusal, related_id
from integrations.base import LoginFailed, LoginRefused, ProviderUnavailable
from integrations.http import Answer, Http
from integrations.secrets import Secret, credential_fingerprint

TOKEN_SECONDS: Final = 3600
# How long before its end a token is no longer begun with.
MARGIN_SECONDS: Final = 60.0
# For another thread's sign-in, which itself takes no longer.
WAIT_SECONDS: Final = 15.0
_LOCK: Final = re.compile(r"\block(ed|out)?\b", re.IGNORECASE)
# Aptible's locks last a minute, an hour or a day; which one is not said.
FIRST_LOCK_SECONDS: Final = 90.0
MAX_LOCK_SECONDS: Final = 3600.0
LOCK_FACTOR: Final = 4
# The password was right, so this can be over without new credentials; each try counts as a failed one.
SECOND_FACTOR_SECONDS: Final = 3600.0
# After a failure that says nothing of the credentials: the first, the second, and each later one.
FAILED_SECONDS: Final = (60.0, 120.0, 3600.0)


@dataclass(frozen=True)
class Credentials:
    auth_url: str
    username: str
    password: Secret


@dataclass(frozen=True)
class Login:
    """A bearer token and whose it is. `expires_at` is on the monotonic clock."""

    token: Secret
    user_id: str
    expires_at: float


@dataclass
class _Refused:
    summary: str
    until: float | None
    pause: float | None
    failures: int = 0  # in a row that say nothing of the credentials; 0: they were refused

    def error(self, *, waited: bool = False) -> LoginRefused | LoginFailed:
        left = None if self.until is None else max(self.until - time.monotonic(), 0.0)
        if self.failures:
            return LoginFailed(self.summary, retry_after=left or 0.0, waited=waited)
        return LoginRefused(self.summary, retry_at_earliest=left)


@dataclass
class _Slot:
    lock: threading.Lock = field(default_factory=threading.Lock)
    login: Login | None = None
    refused: _Refused | None = None


_slots: dict[tuple[str, str], _Slot] = {}
_slots_lock = threading.Lock()
_PEPPER: Final = random.token_bytes(32)


def sign_in(http: Http, credentials: Credentials, *, stale: Login | None = None) -> Login:
    """The process's token for these credentials, asked for if there is none or it is the `stale` one.

    Raises LoginRefused (without asking, if it was refused before) or ProviderUnavailable.
    """
    with _held(credentials) as slot:
        if slot.login is stale or (slot.login and slot.login.expires_at <= time.monotonic()):
            slot.login = None
        if slot.login is None:
            if slot.refused and (slot.refused.until is None or time.monotonic() < slot.refused.until):
                raise slot.refused.error(waited=True)
            slot.login = _ask(http, credentials, slot)
        return slot.login


def sign_in_anew(http: Http, credentials: Credentials) -> Login:
    """Try the credentials once, whatever is remembered of them. A token still good stays in use if that fails."""
    with _held(credentials) as slot:
        slot.login = _ask(http, credentials, slot)
        return slot.login


def forget_refusal(credentials: Credentials) -> None:
    """Let the next sign-in of this process be tried again, although it was refused here before.

    For a caller that keeps refusals where all its processes see them, and knows of none any more:
    the sign-in has worked in another process since.
    """
    slot = _slots.get(_name(credentials))
    if slot:
        slot.refused = None


def _reset_after_fork() -> None:
    """In a forked child: a lock held by a thread of the parent would stay held for ever."""
    global _slots_lock  # noqa: PLW0603 - the child needs a new lock
    _slots_lock = threading.Lock()
    for slot in _slots.values():
        slot.lock = threading.Lock()


os.register_at_fork(after_in_child=_reset_after_fork)


def _name(credentials: Credentials) -> tuple[str, str]:
    fingerprint = credential_fingerprint(credentials.username, credentials.password, _PEPPER)
    return credentials.auth_url.rstrip("/"), fingerprint


@contextmanager
def _held(credentials: Credentials) -> Iterator[_Slot]:
    with _slots_lock:
        slot = _slots.setdefault(_name(credentials), _Slot())
    if not slot.lock.acquire(timeout=WAIT_SECONDS):
        raise ProviderUnavailable(_("Another sign-in to Aptible has not finished yet."))
    try:
        yield slot
    finally:
        slot.lock.release()


def _ask(http: Http, credentials: Credentials, slot: _Slot) -> Login:
    asked_at = time.monotonic()
    answer = http.send("POST", f"{credentials.auth_url}/tokens", body=_grant(credentials))
    if not answer.ok:
        slot.refused = _refused(http, answer, before=slot.refused)
        raise slot.refused.error()
    login = _login(answer.json(), asked_at)
    if login is None:
        raise malformed()
    slot.refused = None
    return login


def _grant(credentials: Credentials) -> Secret:
    return Secret(
        json.dumps(
            {
                "grant_type": "password",
                "username": credentials.username,
                "password": credentials.password.reveal(),
                "scope": "manage",
                "expires_in": TOKEN_SECONDS,
            }
        )
    )


def _login(payload: object, asked_at: float) -> Login | None:
    """None if there is no token in it. Does not raise: its locals hold the token."""
    token = payload.get("access_token") if isinstance(payload, dict) else None
    if not isinstance(payload, dict) or not isinstance(token, str) or not _fits_a_header(token):
        return None
    lifetime = _lifetime(payload)
    return Login(
        token=Secret(token),
        user_id=related_id(payload, "user"),
        expires_at=asked_at + lifetime - min(MARGIN_SECONDS, lifetime / 10),
    )


def _fits_a_header(token: str) -> bool:
    return token != "" and token.isascii() and token.isprintable() and " " not in token


def _lifetime(payload: Json) -> float:
    """Seconds; what was asked for, if the answer does not say. Aptible sends a number or a text."""
    value = str(payload.get("expires_in", ""))
    return min(float(value[:9]), float(TOKEN_SECONDS)) if value.isascii() and value.isdigit() else float(TOKEN_SECONDS)


def _refused(http: Http, answer: Answer, *, before: _Refused | None) -> _Refused:
    no = refusal(answer)
    if no is not None and _locked_out(answer, no.slug):
        pause = answer.retry_after or _longer(before)
        return _Refused(_("Aptible has locked the bot's account for a while."), time.monotonic() + pause, pause)
    http.refuse_unusable(answer)
    if no is not None and no.slug == "otp_token_required":
        text = _("Aptible asks the bot for a second factor. Switch multi-factor authentication off for the bot.")
        return _Refused(text, time.monotonic() + SECOND_FACTOR_SECONDS, None)
    if no is not None and "sso" in no.slug.split("_"):
        text = _("Aptible asks the bot to sign in with SSO, which a bot cannot do. Put it on the SSO allow list.")
        return _Refused(text, time.monotonic() + SECOND_FACTOR_SECONDS, None)
    if no is not None and no.slug == "invalid_credentials":
        return _Refused(_("Aptible does not accept the bot's e-mail and password."), None, None)
    return _failed(no.slug if no else f"HTTP {answer.status}", before=before)


def _failed(what: str, *, before: _Refused | None) -> _Refused:
    failures = (before.failures if before else 0) + 1
    pause = FAILED_SECONDS[min(failures, len(FAILED_SECONDS)) - 1]
    text = _("Signing in to Aptible failed with “%(what)s”, which says nothing of the bot's password.")
    return _Refused(text % {"what": what}, time.monotonic() + pause, pause, failures)


def _locked_out(answer: Answer, slug: str) -> bool:
    """How Aptible says so is not documented, so any mention counts. What is blocked is not locked."""
    said = f"{slug.replace('_', ' ')} {answer.json()['message']}"
    return answer.status == 423 or _LOCK.search(said) is not None


def _longer(before: _Refused | None) -> float:
    pause = before.pause if before else None
    return FIRST_LOCK_SECONDS if pause is None else min(pause * LOCK_FACTOR, MAX_LOCK_SECONDS)
