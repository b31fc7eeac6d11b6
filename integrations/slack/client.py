"""Calls of Slack's Web API: each is bounded in time, made once, and fails in our own terms."""

import logging
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from django.utils.translation import gettext as _

from integrations.base import ChannelDown, ProviderError
from integrations.deadline import run_within
from integrations.secrets import Secret
from integrations.slack.errors import judged
from integrations.storable import storable

if TYPE_CHECKING:
    from slack_sdk.errors import SlackApiError

CALL_SECONDS: Final = 5  # one wait for the network
TOTAL_SECONDS: Final = 12.0
MAX_RETRY_AFTER: Final = 3600.0
# These take their arguments in the address; all others take JSON.
_READING: Final = frozenset(
    {
        "auth.test", "conversations.history", "conversations.info", "conversations.replies",
        "users.info", "users.lookupByEmail",
    }
)  # fmt: skip

# At its finest level the library writes the bodies of all that it sends, with what people wrote in them; and what goes
# wrong is told by us. A filter, because configuring logging switches a disabled logger on again.
_quiet: Final = logging.getLogger("integrations.slack.sdk")
_quiet.addFilter(lambda _record: False)


class SlackClient:
    """Speaks as the bot of one workspace. Safe to share between threads."""

    def __init__(self, *, token: Secret, api_url: str, seconds: float = TOTAL_SECONDS) -> None:
        self._token = token
        self._api_url = f"{api_url.rstrip('/')}/"
        self._seconds = seconds

    def __repr__(self) -> str:
        return f"SlackClient({self._api_url})"

    def within(self, seconds: float) -> "SlackClient":
        """The same client, whose calls take so long at most: for while somebody waits."""
        return SlackClient(token=self._token, api_url=self._api_url, seconds=seconds)

    def call(self, method: str, **arguments: Any) -> Mapping[str, Any]:
        """Call a method, such as views.open, once, and return its answer. Arguments of None are left out.

        Takes TOTAL_SECONDS at most, or what `within` says. Raises ChannelDown when no answer came, so that it may have
        happened; ProviderUnavailable when Slack asks for a pause; NeedsAttention when an admin must act; PlaceGone,
        PostGone, AccountUnknown or TooLate; and any other ProviderError for the rest.
        """
        data, _headers = self._answer(method, arguments)
        return data

    def scopes(self) -> tuple[Mapping[str, Any], frozenset[str]]:
        """What auth.test says of the token, and the scopes that it has. Raises as `call` does."""
        data, headers = self._answer("auth.test", {})
        granted = next((value for name, value in headers.items() if name.lower() == "x-oauth-scopes"), "")
        return data, frozenset(one.strip() for one in granted.split(",") if one.strip())

    def _answer(self, method: str, arguments: Mapping[str, Any]) -> tuple[Mapping[str, Any], Mapping[str, str]]:
        sent = {name: value for name, value in arguments.items() if value is not None}
        outcome = run_within(self._seconds, lambda: self._exchange(method, sent))
        if outcome is None:
            raise ChannelDown(_("Slack did not answer in time."))
        if isinstance(outcome, ProviderError):
            # Raised here, and not where it went wrong: the library's errors carry what was sent and answered.
            raise outcome
        return outcome

    def _exchange(
        self, method: str, arguments: dict[str, Any]
    ) -> tuple[Mapping[str, Any], Mapping[str, str]] | ProviderError:
        # Loaded with the first call: most processes make none.
        from slack_sdk import WebClient
        from slack_sdk.errors import SlackApiError, SlackClientError

        web = WebClient(
            self._token.reveal(), base_url=self._api_url, timeout=CALL_SECONDS, logger=_quiet, retry_handlers=[]
        )
        try:
            if method in _READING:
                answer = web.api_call(method, http_verb="GET", params=arguments)
            else:
                answer = web.api_call(method, json=arguments)
        except SlackApiError as error:
            return _refusal(error)
        except (SlackClientError, OSError, ValueError):
            return ChannelDown(_("Slack could not be reached, or broke off the connection."))
        if not isinstance(answer.data, dict):
            return ChannelDown(_("Slack answered something that could not be read."))
        return storable(answer.data), dict(answer.headers)


def _refusal(error: "SlackApiError") -> ProviderError:
    answer = error.response
    data = answer.data if isinstance(answer.data, dict) else {}
    pause = next((value for name, value in answer.headers.items() if name.lower() == "retry-after"), "")
    return judged(
        status=int(answer.status_code),
        error=str(data.get("error", "")),
        needed=str(data.get("needed", "")),
        retry_after=_seconds(str(pause)),
    )


def _seconds(header: str) -> float | None:
    text = header.strip()
    return min(float(text[:9]), MAX_RETRY_AFTER) if text.isascii() and text.isdigit() else None
