"""What a flow makes of an ask by its own rules: questions, fast track, break-glass, hidden flows."""

import pytest

from access.models import AccessRequest, Flow, Grant, PromptField
from tests import factories
from tests.portal.api.test_auth import is_problem

BODY = {"flow": "production-access", "target": "prod", "duration": "1h", "reason": "to fix Ticket 123", "ticket": "T-1"}


@pytest.fixture
def me(caller, jon, flow):
    factories.mapping(jon)
    return caller(jon)


@pytest.fixture
def question(flow):
    return PromptField.objects.create(flow=flow, name="system", label="Which system?", allowed=["billing", "mail"])


def test_a_flow_tells_its_questions(me, question):
    [flow] = me.get("/flows").json()["items"]
    [told] = flow["fields"]
    assert (told["name"], told["label"], told["type"], told["required"]) == ("system", "Which system?", "string", True)
    assert told["allowed"] == ["billing", "mail"]


def test_its_questions_are_answered_by_name(me, question):
    said = me.post("/requests", {**BODY, "fields": {"system": "billing"}}).json()
    assert said["fields"] == [{"name": "system", "label": "Which system?", "type": "string", "value": "billing"}]
    assert AccessRequest.objects.get().answers[0]["value"] == "billing"


@pytest.mark.parametrize(
    ("fields", "name"),
    [
        ({}, "fields.system"),
        ({"system": "other"}, "fields.system"),
        ({"system": 5}, "fields.system"),
        ({"system": None}, "fields.system"),
        ({"system": "billing", "other": "x"}, "fields.other"),
        ([], "fields"),
        ({"system": {"a": 1}}, ""),
        ({"system": "nul\x00"}, ""),
        ({"system": [["deep"]]}, ""),
        ({"nul\x00": "x"}, ""),
    ],
)
def test_what_is_wrong_with_an_answer_is_said_at_its_name(me, question, fields, name):
    errors = is_problem(me.post("/requests", {**BODY, "fields": fields}), 400)["errors"]
    assert all(one.startswith("fields") for one in errors)
    assert not name or list(errors) == [name]
    assert not AccessRequest.objects.exists()
    if name.startswith("fields."):
        assert me.post("/requests?dry_run=true", {**BODY, "fields": fields}).json()["blocked"] == errors


@pytest.mark.parametrize("fields", ['{"system": "\\ud800"}', '{"\\ud800": 1}', '{"system": NaN}', '{"system": 1e999}'])
def test_answers_that_no_database_takes_are_refused(me, question, fields):
    text = '{"flow":"production-access","target":"prod","duration":60,"reason":"x","fields":' + fields + "}"
    is_problem(me.post("/requests", text), 400)


def test_break_glass_needs_a_scope_of_its_own(caller, jon, me, flow):
    flow.break_glass = True
    flow.save()
    body = {**BODY, "break_glass": True}
    assert "break_glass" in is_problem(caller(jon, "ask").post("/requests", body), 403)["detail"]
    assert not AccessRequest.objects.exists()
    said = caller(jon, "ask", "break_glass").post("/requests", body).json()
    assert (said["path"], said["state"], said["decisions"]) == ("break_glass", "approved", [])
    assert Grant.objects.get().ref == said["grant"]["ref"]


@pytest.mark.parametrize("allowed", [True, False])
def test_a_dry_run_of_break_glass_says_what_it_would_say(me, flow, allowed):
    flow.break_glass = allowed
    flow.save()
    body = {**BODY, "break_glass": True, "ticket": ""}
    blocked = me.post("/requests?dry_run=true", body).json()["blocked"]
    assert blocked == is_problem(me.post("/requests", body), 400)["errors"]
    assert set(blocked) == ({"ticket"} if allowed else {"ticket", "flow"})


def test_break_glass_asks_the_questions_of_the_flow_too(me, question):
    Flow.objects.update(break_glass=True)
    body = {**BODY, "break_glass": True, "ticket": "INC-1"}
    assert list(me.post("/requests?dry_run=true", body).json()["blocked"]) == ["fields.system"]
    assert me.post("/requests", body).status_code == 400
    answered = {**body, "fields": {"system": "billing"}}
    assert me.post("/requests?dry_run=true", answered).json()["blocked"] == {}
    assert me.post("/requests", answered).status_code == 201


@pytest.mark.parametrize("dry", ["", "?dry_run=true"])
def test_a_bot_reads_that_break_glass_is_for_people(caller, flow, dry):
    Flow.objects.update(break_glass=True)
    bot = factories.person("robot", is_bot=True)
    factories.mapping(bot)
    answer = caller(bot).post(f"/requests{dry}", {**BODY, "break_glass": True, "ticket": "INC-1"})
    assert "A bot cannot use break-glass" in is_problem(answer, 403)["detail"]


def test_a_dry_run_says_which_way_it_would_go(me, flow):
    flow.break_glass = True
    flow.save()
    assert me.post("/requests?dry_run=true", BODY).json()["path"] == "people"
    said = me.post("/requests?dry_run=true", {**BODY, "break_glass": True}).json()
    assert (said["path"], said["stages"], said["blocked"]) == ("break_glass", [], {})
    assert not AccessRequest.objects.exists()


def test_flows_for_others_and_their_targets_are_not_there(me, flow, rita):
    flow.requesters.add(factories.group("Others", rita))
    assert me.get("/flows").json()["items"] == me.get("/targets").json()["items"] == []
    for path in ("/requests", "/requests?dry_run=true"):
        assert list(is_problem(me.post(path, BODY), 400)["errors"]) == ["flow"]


def test_a_target_with_a_maximum_says_so(me, target):
    target.max_seconds = 1800
    target.save()
    assert me.get("/targets").json()["items"][0]["longest"] == 1800
    assert list(is_problem(me.post("/requests", BODY), 400)["errors"]) == ["duration"]


@pytest.mark.parametrize("dry", ["", "?dry_run=true"])
def test_an_approval_alone_takes_no_target_and_no_time(me, caller, adam, dry):
    factories.approval_flow()
    body = {"flow": "deploy", "reason": "Version 7"}
    said = me.post(f"/requests{dry}", body).json()
    if dry:
        assert (said["blocked"], said["path"]) == ({}, "people")
        return
    assert (said["target"], said["duration"]) == (None, 0)
    told = caller(adam).post(f"/requests/{said['ref']}/approve").json()
    assert (told["state"], told["grant"]) == ("approved", None)
    assert me.get("/requests?flow=deploy&state=approved").json()["items"] == [told]


@pytest.mark.parametrize(
    ("more", "field"), [({"target": "prod"}, "target"), ({"duration": 60}, "duration"), ({"break_glass": True}, "flow")]
)
def test_an_approval_alone_can_not_be_made_into_more(me, more, field):
    factories.approval_flow()
    body = {"flow": "deploy", "reason": "Version 7", **more}
    for path in ("/requests", "/requests?dry_run=true"):
        said = me.post(path, body).json()
        assert field in (said["errors"] if path == "/requests" else said["blocked"])
