"""One way to speak HTTP: bounded in time and size, to known origins only, and silent about secrets."""

import json
import logging
import os
import re
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from enum import Enum
from http.cookiejar import DefaultCookiePolicy
from typing import Any, Final

import requests
from django.utils.translation import gettext as _
from requests.utils import get_environ_proxies
from urllib3.exceptions import HTTPError, LocationParseError
from urllib3.util import parse_url

from integrations import measure, trace
from integrations.base import ProviderError, ProviderUnavailable
from integrations.deadline import CuttableAdapter, run_within
from integrations.secrets import Secret
from integrations.storable import storable

logger = logging.getLogger(__name__)

CONNECT_SECONDS: Final = 3.05
READ_SECONDS: Final = 10.0
TOTAL_SECONDS: Final = 14.0
MAX_BODY_BYTES: Final = 32 * 1024 * 1024
MAX_RETRY_AFTER_SECONDS: Final = 3600.0
# A pause that is asked for is kept so long at most: whoever ignores it is shut out for longer, and a longer one would
# let access outlive its time by whatever a proxy writes into a header.
LONGEST_NAMED: Final = 300.0
# What these answer is meant for every call that we make, and not for the one alone.
PAUSING: Final = (429, 503)
DEFAULT_PORTS: Final = {"http": 80, "https": 443}

# Without any of these there is nothing in JSON that can't be kept, and its thousand texts need not be looked through.
_ODD: Final = re.compile(rb"[\x00\\\x80-\xff]")

Origin = tuple[str, str, int]


@dataclass(frozen=True)
class Answer:
    """A complete answer. `retry_after` is in seconds; the body stays out of every repr."""

    status: int
    retry_after: float | None = None
    body: bytes = field(default=b"", repr=False)
    age: int = 0  # seconds in somebody's cache, as it says itself

    @property
    def ok(self) -> bool:
        return 200 <= self.status < 300

    def json(self) -> Any:
        """The body as JSON, in text that can be kept, or None when it is not JSON."""
        try:
            said = json.loads(self.body)
            return storable(said) if _ODD.search(self.body) else said
        except (ValueError, RecursionError):
            return None


Headers = Mapping[str, str]


class _Failure(Enum):
    SLOW = "slow"
    UNREACHABLE = "unreachable"
    INSECURE = "no secure connection"
    TOO_LARGE = "too large"


Outcome = Answer | _Failure


class Http:
    """Sends to the origins of `bases` and nowhere else. Safe to share between threads.

    After an answer that asks for a pause it sends nothing until that is over, and `told_to_wait` is given its seconds.
    `turn` says before each call how many seconds it has to wait for its turn, or raises ProviderUnavailable.
    """

    def __init__(
        self,
        *,
        service: str,
        bases: Iterable[str],
        scheme: str = "Bearer ",
        accept: str = "application/json, application/hal+json",
        told_to_wait: Callable[[float], None] | None = None,
        turn: Callable[[], float] | None = None,
    ) -> None:
        self._service = service
        self._scheme = scheme  # what stands before the token
        self._accept = accept
        self._origins = frozenset(filter(None, map(origin, bases)))
        self._session = _new_session()
        self._told_to_wait = told_to_wait
        self._turn = turn
        self._quiet_until = 0.0  # on the monotonic clock

    def __repr__(self) -> str:
        return f"Http({self._service})"

    def send(
        self,
        method: str,
        url: str,
        *,
        token: Secret | None = None,
        body: Secret | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """Send once (a GET twice if the connection breaks) and return whatever was answered.

        Takes at most TOTAL_SECONDS, with the wait for its turn. Raises ProviderError for a foreign origin, and
        ProviderUnavailable when no complete answer came, or when an earlier one asked for a pause.
        """
        if origin(url) not in self._origins:
            raise ProviderError(
                _("%(service)s pointed to an address outside its own, which was not followed.") % self._names
            )
        if (left := self._quiet_until - time.monotonic()) > 0:
            raise self._slow_down(left)
        waited = self._wait_for_turn()
        started = time.perf_counter()
        outcome = run_within(TOTAL_SECONDS - waited, lambda: self._exchange(method, url, token, body, headers or {}))
        shown = outcome.status if isinstance(outcome, Answer) else (outcome or _Failure.SLOW).value
        path = parse_url(url).path or "/"
        logger.debug("%s %s: %s", method, path, shown)
        kind = f"{self._service} {method} {measure.without_ids(path)}"
        measure.note("call", kind=kind, result=str(shown), seconds=time.perf_counter() - started)
        if isinstance(outcome, Answer):
            return outcome
        # Raised here, and not where it went wrong: a requests exception carries the request, token included.
        raise ProviderUnavailable(self._sentence(outcome))

    def refuse_unusable(self, answer: Answer) -> None:
        """Raise ProviderUnavailable for an answer that is no answer: redirect, overload, failure."""
        names = {**self._names, "status": answer.status}
        if answer.status in PAUSING and answer.retry_after:
            self._wait(min(answer.retry_after, LONGEST_NAMED))
        if answer.status == 429:
            raise self._slow_down(answer.retry_after)
        if answer.status >= 500:
            raise ProviderUnavailable(
                _("%(service)s has trouble of its own (HTTP %(status)d).") % names, retry_after=answer.retry_after
            )
        if not answer.ok and answer.status < 400:
            raise ProviderUnavailable(_("%(service)s tried to send us to another address.") % names)

    def _wait_for_turn(self) -> float:
        seconds = self._turn() if self._turn else 0.0
        if seconds:
            time.sleep(seconds)
        return seconds

    def _wait(self, seconds: float) -> None:
        self._quiet_until = time.monotonic() + seconds
        if self._told_to_wait:
            self._told_to_wait(seconds)

    def _slow_down(self, seconds: float | None) -> ProviderUnavailable:
        text = _("%(service)s asks us to slow down.") % self._names
        return ProviderUnavailable(text, retry_after=seconds, nothing_done=True)

    @property
    def _names(self) -> dict[str, object]:
        return {"service": self._service}

    def _sentence(self, failure: _Failure | None) -> str:
        if failure is _Failure.UNREACHABLE:
            return _("%(service)s could not be reached, or broke off the connection.") % self._names
        if failure is _Failure.INSECURE:
            return _("No secure connection to %(service)s: its certificate may not be trusted here.") % self._names
        if failure is _Failure.TOO_LARGE:
            return _("The answer from %(service)s is too large to be right.") % self._names
        return _("%(service)s did not answer in time.") % self._names

    def _exchange(self, method: str, url: str, token: Secret | None, body: Secret | None, headers: Headers) -> Outcome:
        try:
            with self._open(method, url, token, body, headers) as response:
                return _read(response)
        except requests.Timeout:
            return _Failure.SLOW
        except requests.exceptions.SSLError:
            return _Failure.INSECURE
        except (OSError, HTTPError):
            return _Failure.UNREACHABLE

    def _open(
        self, method: str, url: str, token: Secret | None, body: Secret | None, more: Headers
    ) -> requests.Response:
        if method != "GET":
            return self._request(method, url, token, body, more)
        try:
            return self._request(method, url, token, body, more)
        except requests.Timeout:
            raise
        except requests.ConnectionError:
            # Most often a kept connection that the other side has just closed.
            return self._request(method, url, token, body, more)

    def _request(
        self, method: str, url: str, token: Secret | None, body: Secret | None, more: Headers
    ) -> requests.Response:
        headers = {"Accept": self._accept, "User-Agent": "usher", "Cache-Control": "no-cache", **more}
        if body is not None:
            headers["Content-Type"] = "application/json"
        if trace.current():
            headers[trace.HEADER] = trace.current()
        if token is not None:
            headers["Authorization"] = f"{self._scheme}{token.reveal()}"
        return self._session.request(
            method,
            url,
            headers=headers,
            data=body.reveal().encode() if body is not None else None,
            timeout=(CONNECT_SECONDS, READ_SECONDS),
            allow_redirects=False,
            stream=True,
            proxies=_proxies(url),
        )


def origin(url: str) -> Origin | None:
    """Scheme, host and port of an http(s) address, or None when it has none or carries a user name."""
    try:
        # The parser that requests sends with, so that both always mean the same host.
        parts = parse_url(url)
    except LocationParseError:
        return None
    if parts.scheme not in DEFAULT_PORTS or not parts.host or parts.auth is not None:
        return None
    return parts.scheme, parts.host.lower(), parts.port or DEFAULT_PORTS[parts.scheme]


def _new_session() -> requests.Session:
    session = requests.Session()
    # With trust_env, a line for the host in ~/.netrc would replace our Authorization header.
    session.trust_env = False
    # Set by whoever runs us behind a proxy with its own certificate authority.
    session.verify = os.environ.get("REQUESTS_CA_BUNDLE") or True
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    adapter = CuttableAdapter()
    session.mount("https://", adapter)
    session.mount("http://", adapter)
    return session


def _proxies(url: str) -> dict[str, str]:
    """The environment's proxy for https, for networks with no other way out: it sees a host name
    and TLS. None for plain http, where it would read the token; that is for loopback anyway."""
    return get_environ_proxies(url) if url.startswith("https://") else {}


def _read(response: requests.Response) -> Answer | _Failure:
    body = bytearray()
    for chunk in response.iter_content(64 * 1024):
        body += chunk
        if len(body) > MAX_BODY_BYTES:
            return _Failure.TOO_LARGE
    said = response.headers.get("Retry-After", "")
    if not said and response.status_code == 429:
        # The other way to say it. On any other answer it only tells when the count begins anew.
        said = response.headers.get("RateLimit-Reset", "")
    return Answer(response.status_code, seconds_to_wait(said), bytes(body), _age(response.headers.get("Age", "")))


def _age(header: str) -> int:
    text = header.strip()
    return int(text[:9]) if text.isascii() and text.isdigit() else 0


def seconds_to_wait(header: str) -> float | None:
    """Seconds from a Retry-After header, which holds a number or a date; an hour at most, None when it says nothing."""
    text = header.strip()
    if text.isascii() and text.isdigit():
        return min(float(text[:9]), MAX_RETRY_AFTER_SECONDS)
    try:
        moment = parsedate_to_datetime(text).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    seconds = (moment - datetime.now(UTC)).total_seconds()
    return min(max(seconds, 0.0), MAX_RETRY_AFTER_SECONDS)
