"""Calls of the portal's API. A token goes to the one address it is meant for, and into no message."""

import json
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import urlsplit

import requests
from requests.auth import AuthBase

from usher_client.errors import Refused, Unreachable, Unusable

TIMEOUT: Final = (10, 60)  # seconds to connect, and for each part of the answer
TRIES: Final = 4
WAITS: Final = 10  # a big apply is slowed down to what a token may do in a minute
LONGEST_PAUSE: Final = 60  # seconds that a call waits when the portal says it is too busy
LOOPBACK: Final = ("localhost", "127.0.0.1", "::1")


@dataclass(frozen=True)
class Answer:
    status: int
    body: Any
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def tag(self) -> str:
        return self.headers.get("ETag", "")


class _Bearer(AuthBase):
    """Said as an object, because the library would rather take what a .netrc says than a header."""

    def __init__(self, token: str) -> None:
        self._token = token

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = f"Bearer {self._token}"
        return request


class Client:
    """One portal, as one person. May be shared by threads: each call is one of its own."""

    def __init__(self, url: str, token: str, *, sleep: Callable[[float], None] = time.sleep) -> None:
        self.url = checked_url(url)
        self.token = checked_token(token)
        self._auth = _Bearer(self.token)
        self._sleep = sleep

    def get(self, path: str, **narrow: Any) -> Answer:
        return self.call("GET", path, params={name: value for name, value in narrow.items() if value})

    def every(self, path: str, **narrow: Any) -> Iterator[dict[str, Any]]:
        """Give every row of a list, part by part."""
        cursor = None
        while True:
            part = self.get(path, limit=100, cursor=cursor, **narrow).body
            yield from part["items"]
            cursor = part.get("next_cursor")
            if not cursor:
                return

    def post(self, path: str, body: Any = None, *, key: str = "", **params: Any) -> Answer:
        """Do something once: the key lets the call be sent again after a lost answer."""
        return self.call("POST", path, body, params=params, headers={"Idempotency-Key": key or str(uuid.uuid4())})

    def call(
        self, method: str, path: str, body: Any = None, *, params: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:  # fmt: skip
        """Send one call, again where that is safe. Raises Refused or Unreachable."""
        for turn in range(1, WAITS + 1):
            found = self._sent(method, path, body, params, headers)
            wait = found.headers.get("Retry-After", "")
            if found.status_code != 429 or turn == WAITS or not wait.isdigit() or int(wait) > LONGEST_PAUSE:
                break
            self._sleep(int(wait))
        return _answer(found, self.url)

    def _sent(
        self, method: str, path: str, body: Any, params: Mapping[str, Any] | None, headers: Mapping[str, str] | None
    ) -> requests.Response:
        """Send it, and again after a lost answer where that does nothing twice."""
        may_repeat = method == "GET" or "Idempotency-Key" in (headers or {})
        turn = 1
        while True:
            try:
                return self._send(method, path, body, params, headers)
            except requests.RequestException as error:
                if turn == TRIES or not may_repeat or isinstance(error, requests.exceptions.SSLError):
                    raise Unreachable(f"{self.url} could not be reached: {_why(error)}.") from None
            self._sleep(2.0**turn / 4)
            turn += 1

    def _send(
        self, method: str, path: str, body: Any, params: Mapping[str, Any] | None, headers: Mapping[str, str] | None
    ) -> requests.Response:
        return requests.request(
            method, f"{self.url}/api/v1{path}", params=params, json=body, auth=self._auth, timeout=TIMEOUT,
            headers={"Accept": "application/json", "User-Agent": "usher-client", **(headers or {})},
            allow_redirects=False,
        )  # fmt: skip


def checked_url(url: str) -> str:
    """Take the portal's address without what follows it. Raises Unusable for one that would give the token away."""
    parts = urlsplit(url.strip())
    if parts.scheme not in ("https", "http") or not parts.hostname:
        raise Unusable(f"“{url}” is not the address of a portal, such as https://usher.example.com.")
    if parts.username or parts.password or parts.query or parts.fragment:
        raise Unusable("The portal's address has no name, no password and no question in it.")
    if parts.scheme == "http" and parts.hostname not in LOOPBACK:
        raise Unusable("The portal's address has to begin with https://, so that nobody on the way reads the token.")
    return f"{parts.scheme}://{parts.netloc}{parts.path}".rstrip("/").removesuffix("/api/v1")


def checked_token(token: str) -> str:
    token = token.strip()
    if not token or not token.isascii() or not token.isprintable() or " " in token:
        raise Unusable("The token can't be used: it is one word, which begins with usher_.")
    return token


def post_form(url: str, path: str, fields: Mapping[str, str]) -> tuple[int, dict[str, Any]]:
    """Send a form without a token, and return the status and what was answered. Raises Unreachable."""
    try:
        found = requests.post(
            f"{url}{path}", data=dict(fields), timeout=TIMEOUT, allow_redirects=False,
            headers={"Accept": "application/json", "User-Agent": "usher-client"},
        )  # fmt: skip
        body = json.loads(found.content or b"null")
    except requests.RequestException as error:
        raise Unreachable(f"{url} could not be reached: {_why(error)}.") from None
    except ValueError:
        body = None
    if not isinstance(body, dict):
        raise Unreachable(f"{url} answered with something else. Is it the portal's address, and new enough?")
    return found.status_code, body


def _answer(found: requests.Response, url: str) -> Answer:
    try:
        body = json.loads(found.content or b"null")
    except ValueError:
        body = None
    if found.status_code < 300:
        if body is None:
            raise Unreachable(f"{url} answered with something that is not JSON. Is it the portal's address?")
        return Answer(found.status_code, body, found.headers)
    told = body if isinstance(body, dict) and "detail" in body else None
    if told is None or found.status_code >= 500:
        raise Unreachable(f"{url} answered with {found.status_code} {found.reason}.")
    raise Refused(found.status_code, str(told["detail"]), told.get("errors"))


def _why(error: requests.RequestException) -> str:
    """Name the kind of trouble; what the library says of it can hold the whole call."""
    kinds = {
        requests.exceptions.SSLError: "its certificate is not trusted",
        requests.exceptions.ProxyError: "the proxy did not let it through",
        requests.exceptions.ConnectTimeout: "it did not answer in time",
        requests.exceptions.ReadTimeout: "it did not answer in time",
        requests.exceptions.ConnectionError: "there is no connection",
    }
    return next((text for kind, text in kinds.items() if isinstance(error, kind)), "the call could not be sent")
