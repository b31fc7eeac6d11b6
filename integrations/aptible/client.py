"""The Aptible endpoints in use: HTTP in, Aptible's own resources out."""

import json
from collections.abc import Callable
from math import inf
from time import monotonic
from typing import Any, Final
from urllib.parse import urljoin

from django.utils.translation import gettext as _

from integrations.aptible.hal import Json, embedded, link, malformed, path_id, refusal
from integrations.aptible.login import Credentials, Login, forget_refusal, sign_in, sign_in_anew
from integrations.aptible.payloads import grouped_memberships
from integrations.base import ProviderError, ProviderUnavailable
from integrations.http import Answer, Http
from integrations.secrets import Secret

MAX_PAGES: Final = 100
PER_PAGE: Final = 500
# Seconds in a cache on the way; much less than lists may lag in any case.
OLDEST: Final = 30
# Asked for as Aptible's own command line does: what is secret is neither loaded nor noted as having been shown.
NO_SECRETS: Final = {"Prefer": "no_sensitive_extras=true"}


class AptibleClient:
    """Speaks to Auth and Deploy API as one bot user.

    Every method may raise ProviderUnavailable, LoginRefused, or hal.Refusal for Aptible's own no.
    """

    def __init__(
        self,
        *,
        auth_url: str,
        api_url: str,
        username: str,
        password: Secret,
        told_to_wait: Callable[[float], None] | None = None,
        turn: Callable[[], float] | None = None,
    ) -> None:
        self.auth_url = auth_url.rstrip("/")
        self.api_url = api_url.rstrip("/")
        self._credentials = Credentials(self.auth_url, username, password)
        bases = self.auth_url, self.api_url
        self._http = Http(service="Aptible", bases=bases, told_to_wait=told_to_wait, turn=turn)

    def __repr__(self) -> str:
        return f"AptibleClient({self.auth_url}, {self.api_url})"

    @property
    def username(self) -> str:
        return self._credentials.username

    def sign_in_anew(self) -> Login:
        """Try the credentials once, even after a refusal."""
        return sign_in_anew(self._http, self._credentials)

    def forget_refusal(self) -> None:
        forget_refusal(self._credentials)

    def organizations(self) -> list[Json]:
        """The organizations that this sign-in may use."""
        return self._auth_list("/organizations", "organizations")

    def barred_organizations(self) -> list[Json]:
        """Organizations of the bot that this kind of sign-in may not use: they insist on SSO."""
        return self._auth_list("/reauthenticate_organizations", "organizations")

    def roles(self, organization_id: str) -> list[Json]:
        return self._auth_list(f"/organizations/{path_id(organization_id)}/roles", "roles")

    def users(self, organization_id: str) -> list[Json]:
        return self._auth_list(f"/organizations/{path_id(organization_id)}/users", "users")

    def memberships(self, role_id: str, *, seconds: float = inf, rest: str = "") -> tuple[list[Json], str]:
        """The memberships on the pages that were begun in so many seconds, and where it goes on, if it does."""
        url = f"{self.auth_url}/roles/{path_id(role_id)}/memberships"
        return self._read(url, lambda page: embedded(page, "memberships"), seconds=seconds, rest=rest)

    def all_memberships(self, organization_id: str, *, seconds: float = inf) -> list[Json]:
        """The memberships of all roles of the organization, if they can be read in about so many seconds."""
        url = f"{self.auth_url}/organizations/{path_id(organization_id)}/roles/memberships"
        return self._collect(url, grouped_memberships, counted=False, seconds=seconds)

    def user_roles(self, user_id: str) -> list[Json]:
        """The roles of one person, of all organizations that the bot sees."""
        return self._auth_list(f"/users/{path_id(user_id)}/roles", "roles")

    def environments(self) -> list[Json]:
        """Of all organizations that the bot is in, without what their configuration holds."""
        return self._deploy_list("accounts", "&no_embed=true")

    def permissions(self) -> list[Json]:
        """Of all organizations that the bot is in."""
        return self._deploy_list("permissions")

    def add_membership(self, *, role_id: str, user_id: str) -> None:
        """Sent once. A success may come without a body, so nothing is read from it."""
        user_url = f"{self.auth_url}/users/{path_id(user_id)}"
        self._call("POST", f"{self.auth_url}/roles/{path_id(role_id)}/memberships", {"user_url": user_url})

    def delete_membership(self, membership_id: str) -> None:
        self._call("DELETE", f"{self.auth_url}/memberships/{path_id(membership_id)}")

    def operations(self, environment_id: str) -> list[Json]:
        return self._deploy_list(f"accounts/{path_id(environment_id)}/operations")

    def deploy_resource(self, kind: str, id: str) -> Json:
        """One operation, app, database or other resource of the Deploy API."""
        return self._get(f"{self.api_url}/{path_id(kind)}/{path_id(id)}")

    def cancel_operation(self, id: str) -> None:
        self._call("PATCH", f"{self.api_url}/operations/{path_id(id)}", {"cancelled": True})

    def _auth_list(self, path: str, name: str) -> list[Json]:
        return self._collect(self.auth_url + path, lambda page: embedded(page, name))

    def _deploy_list(self, name: str, more: str = "") -> list[Json]:
        url = f"{self.api_url}/{name}"
        rows = name.rpartition("/")[2]
        return self._collect(url + _page(1, more), lambda page: embedded(page, rows), numbered=more)

    def _collect(
        self,
        url: str,
        read: Callable[[Json], list[Json]],
        *,
        counted: bool = True,
        numbered: str | None = None,
        seconds: float = inf,
    ) -> list[Json]:
        """The rows of all pages; raises rather than hand back a part of a list as if it were the whole."""
        rows, rest = self._read(url, read, counted=counted, numbered=numbered, seconds=seconds)
        if rest:
            raise ProviderUnavailable(_("Aptible takes too long over its list."))
        return rows

    def _read(
        self,
        url: str,
        read: Callable[[Json], list[Json]],
        *,
        counted: bool = True,
        numbered: str | None = None,
        seconds: float,
        rest: str = "",
    ) -> tuple[list[Json], str]:
        """The rows of the pages that were begun in so many seconds, and where the list goes on.

        `counted`: a total_count counts these rows. `numbered`: pages can be asked for by number, with this behind it.
        """
        rows: list[Json] = []
        seen: set[str] = set()
        total, was_empty = 0, False
        before, url = _gone_on(rest, url)
        started = monotonic()
        while url not in seen and len(seen) < MAX_PAGES:
            if seen and monotonic() - started > seconds:
                return rows, f"{before + len(rows)} {url}"
            seen.add(url)
            page = self._get(url)
            found = read(page)
            rows += found
            # Who is taken out meanwhile moves others to a page that was read before: the count of then tells.
            total = max(total, _total(page))
            lacking = counted and before + len(rows) < total
            href = link(page, "next")
            if found and lacking and not href and numbered is not None:
                href = _page(len(seen) + 1, numbered)
            # One page may be empty because what is on it is hidden; where all that follow are, it is the end.
            if not href or (was_empty and not found):
                if lacking:
                    raise ProviderUnavailable(_("Aptible's list ended before the count that Aptible gave."))
                return rows, ""
            url, was_empty = _resolve(url, href), not found
        raise ProviderError(_("Aptible's list goes on for more pages than can be right."))

    def _get(self, url: str) -> dict[str, Any]:
        answer = self._call("GET", url)
        if answer.age > OLDEST:
            # A list that was true once would end what began since.
            raise ProviderUnavailable(_("Aptible's answer came out of a cache on the way, and may be old."))
        payload = answer.json()
        # Any other success is a part of an answer, or somebody else's version of it.
        if answer.status != 200 or not isinstance(payload, dict):
            raise malformed()
        return payload

    def _call(self, method: str, url: str, payload: Json | None = None) -> Answer:
        """Call with the process's token, and once more with a new one if the token was not accepted.

        Also a POST: a 401 means that nothing was done.
        """
        body = None if payload is None else Secret(json.dumps(payload))
        headers = NO_SECRETS if url.startswith(self.api_url) else {}
        login = self._sign_in()
        answer = self._http.send(method, url, token=login.token, body=body, headers=headers)
        if answer.status == 401:
            login = self._sign_in(stale=login)
            answer = self._http.send(method, url, token=login.token, body=body, headers=headers)
        if not answer.ok:
            raise self._error(answer)
        return answer

    def _sign_in(self, *, stale: Login | None = None) -> Login:
        try:
            return sign_in(self._http, self._credentials, stale=stale)
        except ProviderUnavailable as error:
            # What the token was wanted for was never sent.
            error.nothing_done = True
            raise

    def _error(self, answer: Answer) -> ProviderError:
        self._http.refuse_unusable(answer)
        no = refusal(answer)
        if answer.status == 401 and not (no and no.denied):
            text = _("Aptible does not accept a sign-in that it has only just given.")
            return ProviderUnavailable(text, nothing_done=True)
        return no or malformed()


def _page(number: int, more: str | None) -> str:
    return f"?page={number}&per_page={PER_PAGE}{more or ''}"


def _gone_on(rest: str, url: str) -> tuple[int, str]:
    """How many rows were read before, and the page to go on with; the first page of `url` when none was."""
    count, _space, page = rest.partition(" ")
    return (int(count), page) if page and count.isdigit() else (0, url)


def _total(page: Json) -> int:
    total = page.get("total_count")
    return total if isinstance(total, int) else 0


def _resolve(url: str, href: str) -> str:
    try:
        return urljoin(url, href)
    except ValueError:
        raise malformed() from None
