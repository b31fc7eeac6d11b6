"""The Aptible endpoints in use: HTTP in, Aptible's own resources out."""

import json
from collections.abc import Callable
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


class AptibleClient:
    """Speaks to Auth and Deploy API as one bot user.

    Every method may raise ProviderUnavailable, LoginRefused, or hal.Refusal for Aptible's own no.
    """

    def __init__(self, *, auth_url: str, api_url: str, username: str, password: Secret) -> None:
        self.auth_url = auth_url.rstrip("/")
        self.api_url = api_url.rstrip("/")
        self._credentials = Credentials(self.auth_url, username, password)
        self._http = Http(service="Aptible", bases=(self.auth_url, self.api_url))

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

    def memberships(self, role_id: str) -> list[Json]:
        return self._auth_list(f"/roles/{path_id(role_id)}/memberships", "memberships")

    def all_memberships(self, organization_id: str) -> list[Json]:
        """The memberships of all roles of the organization."""
        url = f"{self.auth_url}/organizations/{path_id(organization_id)}/roles/memberships"
        return self._collect(url, grouped_memberships, counted=False)

    def environments(self) -> list[Json]:
        """Of all organizations that the bot is in."""
        return self._deploy_list("accounts")

    def permissions(self) -> list[Json]:
        """Of all organizations that the bot is in."""
        return self._deploy_list("permissions")

    def add_membership(self, *, role_id: str, user_id: str) -> None:
        """Sent once. A success may come without a body, so nothing is read from it."""
        user_url = f"{self.auth_url}/users/{path_id(user_id)}"
        self._call("POST", f"{self.auth_url}/roles/{path_id(role_id)}/memberships", {"user_url": user_url})

    def delete_membership(self, membership_id: str) -> None:
        self._call("DELETE", f"{self.auth_url}/memberships/{path_id(membership_id)}")

    def _auth_list(self, path: str, name: str) -> list[Json]:
        return self._collect(self.auth_url + path, lambda page: embedded(page, name))

    def _deploy_list(self, name: str) -> list[Json]:
        return self._collect(self.api_url + _page(name, 1), lambda page: embedded(page, name), numbered=True)

    def _collect(
        self, url: str, read: Callable[[Json], list[Json]], *, counted: bool = True, numbered: bool = False
    ) -> list[Json]:
        """The rows of all pages; raises rather than hand back a part of a list as if it were the whole.

        `counted`: a total_count counts these rows. `numbered`: pages can be asked for by number.
        """
        rows: list[Json] = []
        seen: set[str] = set()
        while url not in seen and len(seen) < MAX_PAGES:
            seen.add(url)
            page = self._get(url)
            found = read(page)
            rows += found
            lacking = counted and len(rows) < _total(page)
            href = link(page, "next") or (_page("", len(seen) + 1) if lacking and numbered else "")
            if not found or not href:
                if lacking:
                    raise ProviderUnavailable(_("Aptible's list ended before the count that Aptible gave."))
                return rows
            url = _resolve(url, href)
        raise ProviderError(_("Aptible's list goes on for more pages than can be right."))

    def _get(self, url: str) -> dict[str, Any]:
        payload = self._call("GET", url).json()
        if not isinstance(payload, dict):
            raise malformed()
        return payload

    def _call(self, method: str, url: str, payload: Json | None = None) -> Answer:
        """Call with the process's token, and once more with a new one if that token has died.

        Also a POST: a 401 means that nothing was done.
        """
        body = None if payload is None else Secret(json.dumps(payload))
        login = sign_in(self._http, self._credentials)
        answer = self._http.send(method, url, token=login.token, body=body)
        if not answer.ok and _dead_token(answer):
            login = sign_in(self._http, self._credentials, stale=login)
            answer = self._http.send(method, url, token=login.token, body=body)
        if not answer.ok:
            raise self._error(answer)
        return answer

    def _error(self, answer: Answer) -> ProviderError:
        self._http.refuse_unusable(answer)
        if _dead_token(answer):
            return ProviderUnavailable(_("Aptible does not accept a sign-in that it has only just given."))
        return refusal(answer) or malformed()


def _dead_token(answer: Answer) -> bool:
    no = refusal(answer)
    return no is not None and no.dead_token


def _page(name: str, number: int) -> str:
    return f"{name and '/' + name}?page={number}&per_page={PER_PAGE}"


def _total(page: Json) -> int:
    total = page.get("total_count")
    return total if isinstance(total, int) else 0


def _resolve(url: str, href: str) -> str:
    try:
        return urljoin(url, href)
    except ValueError:
        raise malformed() from None
