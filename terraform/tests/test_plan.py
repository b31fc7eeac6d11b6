"""A plan is refused where its apply would be: by the portal, after what else is planned."""

import pytest
from tf.types import Unknown
from usher_client.errors import Refused
from usher_provider.provider import UsherProvider

from tests.kept import Kept, flow, target

SETTINGS = {"username_secret": "plan_bot", "password_secret": "plan_bot"}


@pytest.fixture
def planned(client):
    """Plan resources, one after another, in a process that applies nothing."""
    provider = UsherProvider()
    provider.client = client
    return lambda type_, **said: Kept(provider, type_, **said)


@pytest.fixture
def foundation(planned):
    assert planned("sym_secret", source_id="env", path="PLAN_BOT").judge() == []
    said = {"type": "aptible", "name": "plan", "external_id": "plan-org", "settings": SETTINGS}
    assert planned("sym_integration", **said).judge() == []
    assert target(planned, "plan-db", integration_id="plan").judge() == []
    said = {"type": "aptible", "name": "plan", "integration_id": "plan", "targets": ["plan-db"]}
    assert planned("sym_strategy", **said).judge() == []


def test_rows_are_planned_one_upon_the_other_and_none_is_made(planned, foundation, client):
    assert flow(planned, "plan").judge() == []
    names = [one["name"] for one in client.get("/config/sym_target").body["items"]]
    assert "plan-db" not in names


def test_what_an_apply_would_refuse_is_refused_at_the_plan(planned, foundation):
    one = flow(planned, "plan", stage=[{"people": ["rtia@example.com"]}])
    assert one.judge() == ["name: Nobody here has the e-mail rtia@example.com. Did you mean rita@example.com?"]
    assert [each.path for each in one.told.diagnostics] == [["name"]]
    assert target(planned, "plan-two", integration_id="plan", risk="none").judge() == [
        "risk: A risk is low, medium or high."
    ]
    same = target(planned, "plan-three", integration_id="plan")
    same.said["settings"] = {"role_id": "Role-plan-db", "owner_role_is_meant": "true"}
    assert same.judge() == ["settings: sym_target “plan-db” has the same role."]


def test_what_is_known_only_after_the_apply_is_not_judged_nor_what_names_it(planned, foundation):
    settings = {"role_id": Unknown, "owner_role_is_meant": "true"}
    assert target(planned, "plan-late", integration_id="plan", settings=settings).judge() == []
    said = {"type": "aptible", "integration_id": "plan", "targets": ["plan-late"]}
    assert planned("sym_strategy", name="plan-late", **said).judge() == []
    assert flow(planned, "plan-late").judge() == []
    assert flow(planned, Unknown).judge() == []


def test_a_row_that_is_here_is_planned_with_what_was_seen(planned, kept, integration, client):
    one = target(kept).create()
    there = target(planned)
    there.state = one.state
    assert there.judge() == []
    assert there.judge(risk="high") == []
    assert there.judge(risk="none") == ["risk: A risk is low, medium or high."]
    assert target(planned).judge() == ["py-db is here already. Import it to keep it."]
    assert there.judge_removal() == []
    assert client.get("/config/sym_target/py-db").body["arguments"]["risk"] == "medium"


def test_aptible_is_asked_for_roles_when_the_provider_is_told_to(planned, client):
    [aptible] = [one["name"] for one in client.get("/config/sym_integration").body["items"] if one["kept_by"] != "api"]
    one = target(planned, "plan-x", integration_id=aptible, settings={"role_id": "r-none"})
    assert one.judge() == []
    one.one.provider.asks_aptible = True
    [told] = one.judge()
    assert told.startswith("settings: The organization has no role r-none.")


class OfBefore:
    """A portal of a release that has no dry run."""

    def __init__(self, status):
        self.status = status

    def call(self, *_said):
        raise Refused(self.status, "Not here.")


def test_a_portal_without_a_dry_run_judges_at_the_apply(planned):
    one = target(planned, "plan-x", integration_id="plan")
    one.one.provider.client = OfBefore(405)
    assert one.judge() == []
    one.one.provider.client = OfBefore(404)
    assert one.judge() == ["Not here."]
