"""Who is on call in one schedule of PagerDuty, by its REST API, with an API key or an OAuth token."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, Final
from urllib.parse import quote, urlencode

from django.utils.translation import gettext as _

from integrations.base import NeedsAttention, OnCall, ProviderError, ProviderUnavailable
from integrations.http import Answer, Http
from integrations.secrets import Secret

PER_PAGE: Final = 100  # the most that PagerDuty gives
MAX_PAGES: Final = 20

Json = Mapping[str, Any]


BEARER: Final = "Bearer "
# How OAuth tokens of PagerDuty begin, in its two regions. API keys are twenty letters.
OAUTH: Final = ("pdus+", "pdeu+")


class PagerDutySource:
    """Reads with one API key, which may be read-only, or an OAuth token that may read schedules, on-calls and users."""

    def __init__(self, *, token: Secret, api_url: str) -> None:
        scheme, self._token = _scheme(token)
        self._api_url = api_url.rstrip("/")
        self._http = Http(
            service="PagerDuty",
            bases=(self._api_url,),
            scheme=scheme,
            accept="application/vnd.pagerduty+json;version=2",
        )

    def __repr__(self) -> str:
        return f"PagerDutySource({self._api_url})"

    def on_call(self, schedule_id: str, *, now: datetime) -> tuple[OnCall, ...]:
        """List who is on call in the schedule now, each once, with the end that comes first.

        A schedule stands in as many entries as escalation policies use it, and PagerDuty knows nothing of one that
        none uses.
        """
        ends: dict[str, list[datetime | None]] = {}
        is_known = False
        for entry in self._entries(schedule_id):
            is_known = is_known or _is_of(entry, schedule_id)
            if email := _named_in(entry, schedule_id, now=now):
                ends.setdefault(email, []).append(_moment(entry.get("end")))
        if not is_known:
            self._check_is_there(schedule_id)
        return tuple(OnCall(email, min(filter(None, ends[email]), default=None)) for email in sorted(ends))

    def _check_is_there(self, schedule_id: str) -> None:
        """Raise NeedsAttention for an id that PagerDuty does not know: its list of such a one is only empty."""
        url = f"{self._api_url}/schedules/{quote(schedule_id, safe='')}"
        self._refuse(self._http.send("GET", url, token=self._token))

    def _refuse(self, answer: Answer) -> None:
        if not answer.ok:
            self._http.refuse_unusable(answer)
            raise _refusal(answer)

    def _entries(self, schedule_id: str) -> Iterator[Json]:
        for page in range(MAX_PAGES):
            query = [
                ("schedule_ids[]", schedule_id), ("include[]", "users"),
                ("limit", PER_PAGE), ("offset", page * PER_PAGE),
            ]  # fmt: skip
            answer = self._http.send("GET", f"{self._api_url}/oncalls?{urlencode(query)}", token=self._token)
            self._refuse(answer)
            entries, is_last = _page(answer)
            yield from entries
            if is_last:
                return
        raise ProviderError(_("PagerDuty's list goes on for more pages than can be right."))


def _page(answer: Answer) -> tuple[list[Json], bool]:
    payload = answer.json()
    entries = payload.get("oncalls") if isinstance(payload, dict) else None
    if not isinstance(entries, list) or not all(isinstance(one, dict) for one in entries):
        raise _malformed()
    return entries, not (entries and payload.get("more"))


def _scheme(token: Secret) -> tuple[str, Secret]:
    """How the token is sent, and what of it: `Bearer ` may stand before it, as it does in a header."""
    text = token.reveal().strip()
    if text.startswith(BEARER):
        return BEARER, Secret(text.removeprefix(BEARER).strip())
    is_oauth = text.startswith(OAUTH) or text.count(".") == 2
    return (BEARER if is_oauth else "Token token="), token


def _is_of(entry: Json, schedule_id: str) -> bool:
    schedule = entry.get("schedule")
    return isinstance(schedule, dict) and schedule.get("id") == schedule_id


def _named_in(entry: Json, schedule_id: str, *, now: datetime) -> str:
    """The e-mail of who is on call by this entry; nothing when it is another schedule's, or not for now."""
    user = entry.get("user")
    if not _is_of(entry, schedule_id) or not isinstance(user, dict):
        return ""
    start, end = _moment(entry.get("start")), _moment(entry.get("end"))
    if (start and start > now) or (end and end <= now):
        return ""
    email = user.get("email")
    return email.strip().lower() if isinstance(email, str) else ""


def _moment(text: object) -> datetime | None:
    """A moment in UTC; None where PagerDuty names none."""
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(str(text))
    except ValueError:
        raise _malformed() from None
    if moment.tzinfo is None:
        raise _malformed()
    return moment.astimezone(UTC)


def _refusal(answer: Answer) -> ProviderError:
    if answer.status == 401:
        return NeedsAttention(_("PagerDuty does not accept the API key, or the OAuth token has expired."))
    if answer.status == 403:
        return NeedsAttention(_("PagerDuty does not let the API key or token read schedules and who is on call."))
    if answer.status == 404:
        return NeedsAttention(_("PagerDuty has no schedule with this id."))
    return ProviderError(_("PagerDuty refused with HTTP %(status)d.") % {"status": answer.status})


def _malformed() -> ProviderUnavailable:
    return ProviderUnavailable(_("PagerDuty answered something that could not be read."))
