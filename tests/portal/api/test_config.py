"""The set-up through the API: each row as JSON, by the rules that files have, and never behind anybody's back."""

from typing import Any

import pytest

from access.audit.sentences import sentence
from access.models import AuditEvent, Declared, Flow, Secret, Target
from integrations.aptible.simulator import seed
from tests import factories
from tests.access.config import files

SECRET = {"source_id": "env", "path": "TEST_BOT_USERNAME", "settings": {"json_key": "username"}}
INTEGRATION: dict[str, Any] = {
    "type": "aptible", "external_id": seed.ORGANIZATION_ID,
    "settings": {"username_secret": "username", "password_secret": "username"},
}  # fmt: skip
TARGET = {"type": "aptible_role", "label": "Prod", "settings": {"role_id": seed.PROD_ROLE_ID}}
STRATEGY = {"type": "aptible", "integration_id": "main", "targets": ["prod"]}
FLOW = {
    "label": "Production", "durations": ["30m", 3600], "params": {"strategy_id": "main"},
    "stage": [{"people": ["adam@example.com"]}],
}  # fmt: skip
WHOLE = {
    "sym_secret/username": SECRET,
    "sym_integration/main": INTEGRATION,
    "sym_target/prod": TARGET,
    "sym_strategy/main": STRATEGY,
    "sym_flow/production": FLOW,
}


@pytest.fixture
def olgas(caller, olga, adam, jon):
    return caller(olga)


@pytest.fixture
def here(olgas):
    for path, said in WHOLE.items():
        assert put(olgas, path, said).status_code == 201
    return olgas


def put(by, path, said, **headers):
    return by.call("PUT", f"/config/{path}", said, **headers)


def get(by, path):
    return by.get(f"/config/{path}")


def remove(by, path, **headers):
    return by.call("DELETE", f"/config/{path}", **headers)


def test_the_whole_set_up_is_made_row_by_row(here):
    flow = Flow.objects.get()
    assert flow.allowed_durations == [1800, 3600]
    assert [one.name for one in flow.strategy.targets.all()] == ["prod"]
    assert {one.address for one in Declared.objects.all()} == {
        f"terraform:{path.replace('/', '.')}" for path in WHOLE
    }  # fmt: skip
    last = AuditEvent.objects.get(type="flow.added")
    assert (last.actor, last.subject, last.data["through"][:2]) == ("olga@example.com", "flow:production", "T-")


@pytest.mark.parametrize("path", WHOLE)
def test_what_is_read_can_be_put_back_and_changes_nothing(here, path):
    events = AuditEvent.objects.count()
    read = get(here, path)
    answer = put(here, path, read.json()["arguments"], **{"If-Match": read["ETag"]})
    assert (answer.status_code, answer["ETag"]) == (200, read["ETag"])
    assert answer.json() == read.json()
    assert AuditEvent.objects.count() == events


def test_where_a_flow_is_announced_and_whether_guests_may_act_is_read_and_put_back(here):
    said = {**FLOW, "announce": [{"channel": "C024BE7LR", "timeout": 600}, {"to": "people"}],
            "params": {"strategy_id": "main", "allow_guest_interaction": True}}  # fmt: skip
    read = put(here, "sym_flow/production", said).json()["arguments"]
    answer = put(here, "sym_flow/production", read)
    assert (answer.status_code, answer.json()["arguments"]) == (200, read)
    assert Flow.objects.get().guests_may_act
    assert Flow.objects.get().announcements.count() == 2


def test_a_list_has_every_row_of_its_type(here):
    assert [one["name"] for one in get(here, "sym_target").json()["items"]] == ["prod"]
    assert get(here, "sym_nothing").status_code == 400
    assert get(here, "sym_target/other").status_code == 404
    assert get(here, "sym_target/PROD").json()["name"] == "prod"


def test_no_secret_is_told(here):
    Secret.objects.update(sealed="c2VhbGVk")
    assert "sealed" not in str(get(here, "sym_secret/username").content)


def test_a_change_is_logged_with_what_was(here):
    assert put(here, "sym_target/prod", {**TARGET, "risk": "high"}).status_code == 200
    told = AuditEvent.objects.get(type="target.changed")
    assert told.data["changes"] == {"risk": {"from": "medium", "to": "high"}}


def test_who_has_seen_something_else_changes_nothing(here):
    seen = get(here, "sym_target/prod")["ETag"]
    Target.objects.update(risk="high")
    answer = put(here, "sym_target/prod", {**TARGET, "risk": "low"}, **{"If-Match": seen})
    assert answer.status_code == 412
    assert remove(here, "sym_target/prod", **{"If-Match": seen}).status_code == 412
    assert put(here, "sym_target/other", TARGET, **{"If-Match": seen}).status_code == 412
    assert Target.objects.get().risk == "high"


def test_what_is_there_is_not_made_again(here):
    assert put(here, "sym_target/prod", TARGET, **{"If-None-Match": "*"}).status_code == 412


def test_what_was_made_by_hand_is_taken_over_by_who_has_seen_it(here):
    Declared.objects.all().delete()
    answer = put(here, "sym_target/prod", TARGET)
    assert (answer.status_code, answer.json()["detail"][:20]) == (409, "prod is here already")
    assert remove(here, "sym_target/prod").status_code == 409
    seen = get(here, "sym_target/prod")
    assert seen.json()["kept_by"] == "nobody"
    assert put(here, "sym_target/prod", TARGET, **{"If-Match": seen["ETag"]}).json()["kept_by"] == "api"
    told = AuditEvent.objects.get(type="config.kept")
    assert sentence(told) == "olga@example.com keeps prod through the API from now on."


def test_files_and_the_api_leave_each_other_alone(here, tmp_path, now):
    assert "sym_flow “production” is kept through the API. Remove it from the state there first." in files.said(
        tmp_path, files.WHOLE.replace("production-access", "production"), now=now
    )
    # Files that say nothing of it don't take it away.
    files.applied(tmp_path, 'resource "sym_secret" "x" {\n  source_id = sym_secrets.e.id\n  path = "X"\n}\n'
                  'resource "sym_secrets" "e" {\n  type = "env"\n  name = "e"\n}\n', now=now)  # fmt: skip
    assert Target.objects.exists()
    answer = put(here, "sym_secret/x", SECRET)
    assert (answer.status_code, "as sym_secret.x" in answer.json()["detail"]) == (409, True)
    assert remove(here, "sym_secret/x", **{"If-Match": "*"}).status_code == 409


def test_rows_go_one_after_another_and_never_below_others(here):
    answer = remove(here, "sym_strategy/main")
    assert (answer.status_code, "sym_flow production" in answer.json()["detail"]) == (409, True)
    for path in reversed(WHOLE):
        assert remove(here, path).status_code == 200, path
    assert not Declared.objects.exists()
    assert not Secret.objects.exists()
    assert remove(here, "sym_flow/production").status_code == 404


def test_what_is_held_stays_and_what_was_held_stays_out_of_use(here, now, jon):
    target = Target.objects.get()
    factories.mapping(jon)
    held = factories.grant(now=now, in_flow=Flow.objects.get(), for_target=target)
    assert remove(here, "sym_target/prod").status_code == 409
    factories.move(held, "revoking", now=now)
    factories.move(held, "ended", now=now)
    answer = remove(here, "sym_target/prod")
    assert (answer.status_code, answer.json()["kept_by"]) == (200, "nobody")
    assert not target.strategies.exists()


@pytest.mark.parametrize(
    ("path", "said", "field"),
    [
        ("sym_target/prod", {**TARGET, "integration_id": "other"}, "integration_id"),
        ("sym_integration/main", {**INTEGRATION, "external_id": "elsewhere"}, "external_id"),
    ],
)
def test_what_was_held_never_moves_to_another_organization(here, now, jon, path, said, field):
    assert put(here, "sym_integration/other", {**INTEGRATION, "external_id": "other"}).status_code == 201
    factories.mapping(jon)
    factories.grant(now=now, in_flow=Flow.objects.get(), for_target=Target.objects.get())
    answer = put(here, path, said)
    assert (answer.status_code, list(answer.json()["errors"])) == (400, [field])
    assert Target.objects.get().integration.external_id == seed.ORGANIZATION_ID


@pytest.mark.parametrize(
    ("path", "said", "field", "sentence"),
    [
        ("sym_target/prod", {**TARGET, "risk": "none"}, "risk", "A risk is low, medium or high."),
        ("sym_target/prod", {**TARGET, "label": "x" * 300}, "label", None),
        ("sym_target/prod", {**TARGET, "label": "a\x00b"}, "body", None),
        ("sym_target/prod", '{"label": "\\ud800"}', "body", None),
        ("sym_target/prod", {**TARGET, "max_duration": 10**12}, "max_duration", None),
        ("sym_integration/main", {**INTEGRATION, "settings": {**INTEGRATION["settings"], "sync_every": 1}},
         "settings", "Ensure this value is greater than or equal to 60."),
        ("sym_secret/username", {**SECRET, "path": "x" * 600}, "path", None),
        ("sym_target/prod", {**TARGET, "rsik": "low"}, "rsik", "sym_target has no argument “rsik”. Did you mean risk?"),
        ("sym_target/prod", {**TARGET, "settings": {}}, "settings", "The settings need “role_id”."),
        ("sym_target/prod", {**TARGET, "settings": {"role_id": 1}}, "settings.role_id", None),
        ("sym_target/prod", {**TARGET, "integration_id": "mian"}, "integration_id",
         "There is no sym_integration “mian” here. Did you mean main?"),
        ("sym_target/twin", TARGET, "settings", "sym_target “prod” has the same role."),
        ("sym_target/a b", TARGET, None, None),
        ("sym_integration/twin", INTEGRATION, "external_id", "sym_integration “main” has the same organization."),
        ("sym_integration/chat", {"type": "slack", "external_id": "T1"}, "type",
         "sym_integration.chat changes nothing: messages to Slack are set up in the portal's settings."),
        ("sym_strategy/main", {**STRATEGY, "integration_id": ""}, "integration_id", None),
        ("sym_strategy/main", {**STRATEGY, "targets": "prod"}, "targets", None),
        ("sym_strategy/main", {**STRATEGY, "targets": [1]}, "targets", None),
        ("sym_flow/production", {**FLOW, "stage": []}, "name", None),
        ("sym_flow/production", {**FLOW, "stage": [{"people": [], "needed": "x"}]}, "stage.0.needed", None),
        ("sym_flow/production", {**FLOW, "stage": "x"}, "stage", None),
        ("sym_flow/production", {**FLOW, "stage": [{"people": ["adma@example.com"]}]}, "name",
         "Nobody here has the e-mail adma@example.com. Did you mean adam@example.com?"),
        ("sym_flow/production", {**FLOW, "stage": [{"needed": 2, "people": ["adam@example.com"]}]}, "name", None),
        ("sym_secret/username", {"path": "X"}, "name", "sym_secret needs “source_id”."),
        ("sym_secret/username", {**SECRET, "source_id": "vault"}, "source_id", None),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_by_its_place_and_changes_nothing(here, path, said, field, sentence):
    events = AuditEvent.objects.count()
    answer = put(here, path, said)
    assert answer.status_code == (400 if field else 404), answer.content
    if field:
        assert field in answer.json()["errors"], answer.content
    if sentence:
        assert answer.json()["errors"][field] == sentence
    assert AuditEvent.objects.count() == events


def test_a_target_needs_its_integration_where_there_are_several(here):
    put(here, "sym_integration/other", {**INTEGRATION, "external_id": "other"})
    stage = {"type": "aptible_role", "settings": {"role_id": "role-of-stage"}}
    assert "integration_id" in put(here, "sym_target/stage", stage).json()["errors"]
    assert put(here, "sym_target/stage", {**stage, "integration_id": "other"}).status_code == 201
    answer = put(here, "sym_strategy/main", {**STRATEGY, "targets": ["prod", "stage"]})
    assert answer.json()["errors"]["targets"] == (
        "The target stage is of the integration other, and this strategy of main."
    )


def test_what_changes_nothing_is_said(here):
    answer = put(here, "sym_flow/production", {**FLOW, "implementation": "def hook(): ..."})
    assert answer.json()["warnings"] == ["“implementation” changes nothing: Python is not run here."]


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
def test_it_takes_an_admin_with_the_scope(here, caller, jon, olga, stranger, method):
    said = TARGET if method == "PUT" else None
    for who, status in ((stranger, 401), (caller(jon), 403), (caller(olga, "read", "ask"), 403)):
        assert who.call(method, "/config/sym_target/prod", said).status_code == status
    assert here.call("POST", "/config/sym_target/prod", TARGET).status_code == 405


def test_a_list_costs_the_same_at_any_size(here, django_assert_num_queries):
    def queries():
        from django.db import connection
        from django.test.utils import CaptureQueriesContext

        with CaptureQueriesContext(connection) as seen:
            get(here, "sym_target")
        return len(seen)

    few = queries()
    for number in range(5):
        put(here, f"sym_target/more-{number}", {**TARGET, "settings": {"role_id": f"role-{number}"}})
    assert queries() == few
