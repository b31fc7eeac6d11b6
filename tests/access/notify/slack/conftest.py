"""A portal with a Slack workspace, whose Web API is a table of answers."""

from collections.abc import Mapping
from typing import Any, cast

import pytest

from access.models import Integration
from access.notify.slack.workspace import Workspace
from integrations.base import ProviderError
from integrations.secrets import Secret
from integrations.slack.client import SlackClient
from integrations.slack.errors import AccountUnknown

TEAM = "T0001"


class Answers:
    """A client that answers from `people`, by id, and fails as it is told."""

    def __init__(self) -> None:
        self.people: dict[str, dict[str, Any]] = {}
        self.calls: list[str] = []
        self.failure: ProviderError | None = None

    def call(self, method: str, **arguments: Any) -> Mapping[str, Any]:
        self.calls.append(method)
        if self.failure:
            raise self.failure
        wanted = arguments.get("user"), arguments.get("email")
        for one in self.people.values():
            if one["id"] == wanted[0] or one["profile"]["email"] == wanted[1]:
                return {"ok": True, "user": one}
        raise AccountUnknown("There is no such person.")

    def add(self, id_: str, email: str, **facts: Any) -> None:
        given = {"team_id": TEAM, "is_email_confirmed": True, **facts}
        self.people[id_] = {"id": id_, "profile": {"email": email, "real_name": email}, **given}


@pytest.fixture
def with_mail() -> None:
    """Slack alone tells people here."""


@pytest.fixture
def slack(db) -> Answers:
    return Answers()


@pytest.fixture
def workspace(slack: Answers) -> Workspace:
    row = Integration.objects.create(type="slack", name="slack", external_id=TEAM)
    return Workspace(
        integration=row, client=cast(SlackClient, slack), signing_secret=Secret("signing"), command="/access"
    )
