"""Post one event: bounded in time and size, without redirects and proxies, and never to a forbidden address."""

import os
from collections.abc import Iterable, Mapping
from enum import Enum
from http.cookiejar import DefaultCookiePolicy
from typing import Final

import requests
from django.utils.translation import gettext as _
from urllib3.exceptions import HTTPError

from integrations.base import NeedsAttention, ProviderUnavailable
from integrations.deadline import CuttableAdapter, run_within
from integrations.http import Answer, origin, seconds_to_wait
from integrations.webhooks import addresses

CONNECT_SECONDS: Final = 3.05
READ_SECONDS: Final = 8.0
TOTAL_SECONDS: Final = 10.0
# Nobody reads what is answered. So much is taken off the connection, so that it can be used again.
MAX_BODY_BYTES: Final = 4 * 1024


class _Failure(Enum):
    SLOW = "slow"
    UNREACHABLE = "unreachable"
    INSECURE = "no secure connection"
    FORBIDDEN = "forbidden address"


class WebhookSender:
    """Keeps its connection between two events. `networks` are those inside that may be sent to, too."""

    def __init__(self, *, networks: Iterable[str]) -> None:
        self._session = requests.Session()
        # The environment's proxy would look the name up itself, and reach whatever it likes.
        self._session.trust_env = False
        self._session.verify = os.environ.get("REQUESTS_CA_BUNDLE") or True
        self._session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        adapter = CuttableAdapter(addresses.classes(addresses.allowing(networks)))
        self._session.mount("https://", adapter)
        self._session.mount("http://", adapter)

    def post(self, url: str, *, body: bytes, headers: Mapping[str, str]) -> Answer:
        """Post once and return the status that was answered, whatever it is; the body of the answer is thrown away.

        Takes at most TOTAL_SECONDS. Raises NeedsAttention for an address that may not be reached, and
        ProviderUnavailable when no answer came.
        """
        if origin(url) is None:
            raise NeedsAttention(_("This is no address that starts with https://."))
        outcome = run_within(TOTAL_SECONDS, lambda: self._exchange(url, body, headers))
        if isinstance(outcome, Answer):
            return outcome
        if outcome is _Failure.FORBIDDEN:
            raise NeedsAttention(_forbidden())
        raise ProviderUnavailable(_sentence(outcome))

    def close(self) -> None:
        self._session.close()

    def _exchange(self, url: str, body: bytes, headers: Mapping[str, str]) -> Answer | _Failure:
        try:
            with self._open(url, body, headers) as response:
                _drain(response)
                return Answer(response.status_code, seconds_to_wait(response.headers.get("Retry-After", "")))
        except addresses.ForbiddenAddress:
            return _Failure.FORBIDDEN
        except requests.Timeout:
            return _Failure.SLOW
        except requests.exceptions.SSLError:
            return _Failure.INSECURE
        except (OSError, HTTPError, ValueError):  # ValueError: of a host name that can't be one
            return _Failure.UNREACHABLE

    def _open(self, url: str, body: bytes, headers: Mapping[str, str]) -> requests.Response:
        return self._session.post(
            url,
            data=body,
            headers={"Content-Type": "application/json", "User-Agent": "usher", "Accept": "*/*", **headers},
            timeout=(CONNECT_SECONDS, READ_SECONDS),
            allow_redirects=False,
            stream=True,
        )


def _drain(response: requests.Response) -> None:
    """Take a short body off the connection. A longer one closes it; the status has been given by then."""
    response.raw.read(MAX_BODY_BYTES, decode_content=False)


def _forbidden() -> str:
    return _(
        "The address leads to a private network or to this machine, or is not encrypted."
        " Only public addresses with https:// are allowed, unless WEBHOOK_PRIVATE_NETWORKS names the network."
    )


def _sentence(failure: _Failure | None) -> str:
    if failure is _Failure.UNREACHABLE:
        return _("It could not be reached, or broke off the connection.")
    if failure is _Failure.INSECURE:
        return _("There is no secure connection to it: its certificate may not be trusted here.")
    return _("It did not answer in time.")
