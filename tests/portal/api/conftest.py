"""Callers of the API: a token for each person, and nothing else."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.test import Client
from django.utils import timezone

from access.models import Scope, Token, User
from access.people import tokens

if TYPE_CHECKING:
    from django.test.client import _MonkeyPatchedWSGIResponse as Answer

ROOT = "/api/v1"
PERSONS = [one for one in Scope.values if one not in (Scope.ASSIST, Scope.PROVISION)]


@dataclass
class Caller:
    """Somebody with a token, and what the last answer said."""

    text: str
    token: Token | None = None

    def call(self, method: str, path: str, body: Any = None, **headers: str) -> "Answer":
        if self.text:
            headers["Authorization"] = f"Bearer {self.text}"
        sent: dict[str, Any] = (
            {} if body is None else {"data": body if isinstance(body, str | bytes) else json.dumps(body)}
        )
        return Client().generic(
            method, ROOT + path, content_type="application/json" if sent else "", headers=headers, **sent
        )

    def get(self, path: str, **headers: str) -> "Answer":
        return self.call("GET", path, **headers)

    def post(self, path: str, body: Any = None, **headers: str) -> "Answer":
        return self.call("POST", path, body, **headers)


@pytest.fixture
def caller(db) -> Callable[..., Caller]:
    """Issue a token for this person, with all scopes unless some are named, but the one of assistants."""

    def caller(person: User, *scopes: str) -> Caller:
        now = timezone.now()
        token, text = tokens.issue(
            person=person, actor="cli", label="Tests", scopes=scopes or PERSONS,
            expires_at=now + timedelta(days=1), now=now,
        )  # fmt: skip
        return Caller(text, token)

    return caller


@pytest.fixture
def stranger() -> Caller:
    return Caller("")
