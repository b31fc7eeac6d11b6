"""An Aptible whose answers a test writes line by line."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
import responses

from integrations.aptible import login
from integrations.aptible.provider import AptibleProvider

AUTH = "https://auth.aptible.test"
API = "https://api.aptible.test"
ORGANIZATION = "94a49e57-0000-4000-8000-000000000001"
ROLE = "24463ef7-0000-4000-8000-000000000002"
OTHER_ROLE = "24463ef7-0000-4000-8000-000000000003"
JON = "e600a449-0000-4000-8000-000000000004"
BOT = "e600a449-0000-4000-8000-000000000005"
USERNAME = "bot@example.com"
PASSWORD = "correct-horse-battery"
TOKEN = "header.payload-of-the-token.signature"


class Aptible:
    """Answers to come, and calls that came."""

    def __init__(self, mock: responses.RequestsMock) -> None:
        self.mock = mock

    def get(self, path: str, payload: Any, *, base: str = AUTH, **kwargs: Any) -> None:
        self.mock.get(base + path, json=payload, **kwargs)

    def refuse(self, method: str, path: str, status: int, slug: str, *, base: str = AUTH, **kwargs: Any) -> None:
        body = {"code": status, "error": slug, "message": f"In words: {slug}"}
        self.mock.add(method, base + path, json=body, status=status, **kwargs)

    def allow_sign_in(self, token: str = TOKEN, **changes: Any) -> None:
        user = {"href": f"{AUTH}/users/{BOT}"}
        body = {"access_token": token, "token_type": "bearer", "expires_in": 3599, "_links": {"user": user}, **changes}
        self.mock.post(f"{AUTH}/tokens", json=body, status=201)

    def refuse_sign_in(self, status: int = 401, slug: str = "invalid_credentials", **kwargs: Any) -> None:
        self.refuse("POST", "/tokens", status, slug, **kwargs)

    def roles(self, *roles: dict[str, Any]) -> None:
        self.get(f"/organizations/{ORGANIZATION}/roles", collection("roles", *roles))

    @property
    def calls(self) -> list[str]:
        """Every call that came, as method and path."""
        return [f"{call.request.method} {call.request.path_url}" for call in self.mock.calls]

    @property
    def sign_ins(self) -> int:
        return self.calls.count("POST /tokens")

    def sent(self, number: int) -> Any:
        return json.loads(self.mock.calls[number].request.body or "")

    def header(self, number: int, name: str) -> str | None:
        return self.mock.calls[number].request.headers.get(name)


def collection(name: str, *rows: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"_embedded": {name: list(rows)}, "_links": {}, **more}


def role(id: str = ROLE, name: str = "Prod", type: str = "platform_user") -> dict[str, Any]:
    return {"id": id, "_type": "role", "name": name, "type": type, "scim_created": False}


def membership(id: str = "m-1", user: object = JON, role: str = ROLE, **more: Any) -> dict[str, Any]:
    links = {"user": {"href": f"{AUTH}/users/{user}"}, "role": {"href": f"{AUTH}/roles/{role}"}}
    return {"id": id, "_type": "membership", "privileged": False, "_links": links, **more}


def user(id: str = JON, email: str = "jon@example.com", **more: Any) -> dict[str, Any]:
    return {"id": id, "_type": "user", "email": email, "name": "Jon", "verified": True, **more}


def account(id: int, handle: str, organization: str = ORGANIZATION) -> dict[str, Any]:
    return {"id": id, "handle": handle, "_links": {"organization": {"href": f"{AUTH}/organizations/{organization}"}}}


def permission(id: int, account: int, scope: str = "deploy", role: str = ROLE) -> dict[str, Any]:
    links = {"account": {"href": f"{API}/accounts/{account}"}, "role": {"href": f"{AUTH}/roles/{role}"}}
    return {"id": id, "scope": scope, "_links": links}


@pytest.fixture(autouse=True)
def no_sign_in_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(login, "_slots", {})


@pytest.fixture
def aptible() -> Iterator[Aptible]:
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        yield Aptible(mock)


@pytest.fixture
def signed_in(aptible: Aptible) -> Aptible:
    aptible.allow_sign_in()
    return aptible


def make_provider(**changes: str) -> AptibleProvider:
    settings: dict[str, Any] = {
        "organization_id": ORGANIZATION,
        "username": USERNAME,
        "password": PASSWORD,
        "auth_url": AUTH,
        "api_url": API,
    }
    return AptibleProvider(**{**settings, **changes})


@pytest.fixture
def provider() -> AptibleProvider:
    return make_provider()


@pytest.fixture
def now() -> datetime:
    return datetime(2026, 1, 5, 12, 0, tzinfo=UTC)


class Clock:
    """Stands in for the `time` module of the sign-in."""

    def __init__(self) -> None:
        self.now = 1000.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(login, "time", clock)
    return clock
