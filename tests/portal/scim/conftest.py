"""The company's directory, which calls with the token of a bot."""

import json
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from access.models import Scope, User
from access.people import tokens
from tests import factories
from tests.portal.sign_in import stand_in
from tests.portal.sign_in.ways import Way, configure

ROOT = "/scim/v2"
USER = "urn:ietf:params:scim:schemas:core:2.0:User"
GROUP = "urn:ietf:params:scim:schemas:core:2.0:Group"
PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp"


@dataclass
class Directory:
    text: str

    def call(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        sent: dict[str, Any] = {} if body is None else {"data": json.dumps(body)}
        headers["Authorization"] = f"Bearer {self.text}"
        return Client().generic(
            method, ROOT + path, content_type="application/scim+json" if sent else "", headers=headers, **sent
        )

    def get(self, path: str, **query: str) -> Any:
        return Client().get(ROOT + path, query, headers={"Authorization": f"Bearer {self.text}"}).json()

    def patch(self, path: str, *operations: dict[str, Any]) -> Any:
        return self.call("PATCH", path, {"schemas": [PATCH], "Operations": list(operations)})

    def add_person(self, email: str, **more: Any) -> Any:
        return self.call("POST", "/Users", {"schemas": [USER], "userName": email, **more})

    def add_group(self, label: str, *refs: str, **more: Any) -> Any:
        body = {"schemas": [GROUP], "displayName": label, "members": [{"value": one} for one in refs], **more}
        return self.call("POST", "/Groups", body)


def bot() -> User:
    known = User.objects.filter(email="directory@example.com").first()
    return known or User.objects.create_user("directory@example.com", name="Directory", is_bot=True)


@pytest.fixture
def directory(db) -> Directory:
    now = timezone.now()
    factories.admin()
    _token, text = tokens.issue(
        person=bot(), actor="cli", label="SCIM", scopes=[Scope.PROVISION], expires_at=now + timedelta(days=1), now=now
    )
    return Directory(text)


@pytest.fixture(scope="module")
def provider():
    with stand_in.running() as running:
        yield running


@pytest.fixture
def ways(settings, monkeypatch, provider, client):
    provider.forget()
    configure(settings, monkeypatch, provider)
    return {name: Way(name, provider, client) for name in ("oidc", "github")}
