import pytest
import requests
from werkzeug.test import Client

from integrations.aptible.simulator import Simulator
from integrations.aptible.simulator.application import Application
from tests.integrations.aptible.simulator.conftest import ADAM, BOT, JON, RITA, error_of


def control(simulator: Simulator, path: str, body: object = None, method: str = "") -> requests.Response:
    url = f"{simulator.url}/_simulator/{path}"
    return requests.request(method or ("POST" if body is not None else "GET"), url, json=body, timeout=10)


def test_faults_are_set_shown_and_cleared(simulator, stranger):
    rule = {"kind": "status", "status": 502, "times": 1, "method": "GET", "path": "/auth"}
    shown = control(simulator, "faults", {"rules": [rule], "switches": {"login_locked": True}})

    assert shown.json() == control(simulator, "faults").json()
    assert shown.json()["rules"][0] | rule == shown.json()["rules"][0]
    assert shown.json()["switches"]["login_locked"] is True
    assert stranger.get("/auth").status_code == 502
    assert control(simulator, "faults").json()["rules"] == []

    assert control(simulator, "faults", method="DELETE").status_code == 204
    assert control(simulator, "faults").json()["switches"]["login_locked"] is False


@pytest.mark.parametrize(
    "wrong",
    [
        {"rules": [{"kind": "status", "status": 1}]},
        {"rules": [{"kind": "status", "colour": "red"}]},
        {"rules": ["status"]},
        {"switches": {"everything": True}},
        {"switches": {"login_locked": 1}},
        {"rules": [{"kind": "drop_call"}], "switches": {"auth_page_size": -1}},
        {"rule": {"kind": "drop_call"}},
    ],
)
def test_faults_that_make_no_sense_are_refused_whole(simulator, wrong):
    before = control(simulator, "faults").json()

    assert error_of(control(simulator, "faults", wrong)) == (422, "unprocessable_entity")
    assert control(simulator, "faults").json() == before


def test_the_state(simulator, bot):
    bot.rows("/auth/organizations", "organizations")

    state = control(simulator, "state").json()

    assert {role["name"]: role["members"] for role in state["roles"]}["Prod"] == [ADAM]
    assert state["organizations"][0]["members"] == [ADAM, BOT, JON, RITA]
    assert state["people"][JON] == simulator.parts.state.person(JON).id
    assert state["calls"] == {"GET /auth/organizations": 1, "POST /auth/tokens": 1}


def test_the_calls_since_a_number_without_queries_and_bodies(simulator, bot):
    bot.get("/auth/organizations?secret=1")

    (call,) = control(simulator, "calls?since=1").json()["calls"]

    assert (call["method"], call["path"], call["status"]) == ("GET", "/auth/organizations", 200)
    assert set(call) == {"number", "at", "method", "path", "status", "milliseconds", "note"}


def test_control_paths_do_not_count_as_calls(simulator):
    control(simulator, "state")

    assert simulator.calls == []


def test_a_member_is_added_and_removed_from_outside(simulator):
    assert control(simulator, "add_member", {"role": "Prod", "email": JON}).status_code == 204
    assert simulator.members("Prod") == {ADAM, JON}

    assert control(simulator, "remove_member", {"role": "Prod", "email": JON}).status_code == 204
    changes = control(simulator, "changes?since=1").json()["changes"]
    assert [(change["what"], change["email"], change["by"]) for change in changes] == [("left", JON, "outside")]
    assert (simulator.posts, simulator.deletes) == (0, 0)


def test_people_and_roles_come_and_go(simulator, stranger):
    nina = {"email": "nina@example.com", "name": "Nina New", "roles": ["Audit", "Everyone"]}
    control(simulator, "add_role", {"name": "Audit", "organization": "Example Health"})
    control(simulator, "add_person", nina)
    assert simulator.members("Audit") == {"nina@example.com"}

    control(simulator, "remove_from_organization", {"email": "nina@example.com", "organization": "Example Health"})
    assert simulator.members("Audit") == set()
    assert "nina@example.com" in control(simulator, "state").json()["people"]

    control(simulator, "remove_person", {"email": "nina@example.com"})
    assert "nina@example.com" not in control(simulator, "state").json()["people"]
    control(simulator, "delete_role", {"role": "Audit"})
    assert "Audit" not in [role["name"] for role in control(simulator, "state").json()["roles"]]

    control(simulator, "set_password", {"password": "another"})
    assert stranger.ask_token(password="another").status_code == 201


def test_reset_is_back_to_the_seed(simulator, bot):
    simulator.add_member("Prod", JON)
    simulator.lock_login()

    assert control(simulator, "reset", {}).status_code == 204

    assert simulator.members("Prod") == {ADAM}
    assert (simulator.changes, simulator.calls) == ([], [])
    assert bot.ask_token().status_code == 201


@pytest.mark.parametrize(
    ("action", "body", "error"),
    [
        ("add_member", {"role": "Prod"}, (422, "unprocessable_entity")),
        ("add_member", {"role": "Prod", "email": 7}, (422, "unprocessable_entity")),
        ("add_member", {"role": "Prod", "email": JON, "colour": "red"}, (422, "unprocessable_entity")),
        ("add_person", {"email": "x@example.com", "name": "X", "roles": "Prod"}, (422, "unprocessable_entity")),
        ("add_person", {"email": "x@example.com", "name": "X", "roles": ["Nothing"]}, (404, "not_found")),
        ("add_member", {"role": "Prod", "email": "nobody@example.com"}, (404, "not_found")),
        ("delete_role", {"role": "Nothing"}, (404, "not_found")),
        ("set_privileged", {"role": "Prod", "email": JON, "privileged": True}, (404, "not_found")),
        ("stop", {}, (404, "not_found")),
    ],
)
def test_an_action_that_can_not_be(simulator, action, body, error):
    before = control(simulator, "state").json()

    assert error_of(control(simulator, action, body)) == error
    assert control(simulator, "state").json() == before


def test_actions_are_posted_as_json_only(simulator):
    url = f"{simulator.url}/_simulator/reset"

    assert error_of(requests.get(url, timeout=10)) == (405, "method_not_allowed")
    assert error_of(requests.post(url, data={"a": "b"}, timeout=10)) == (415, "unsupported_media_type")
    assert error_of(control(simulator, "state", {})) == (405, "method_not_allowed")
    assert error_of(control(simulator, "faults", {}, method="PUT")) == (405, "method_not_allowed")


@pytest.mark.parametrize("path", ["state", "faults", "calls", "changes", "reset"])
def test_control_paths_answer_only_on_this_machine(simulator, path):
    client = Client(Application(simulator.parts, actions=simulator.actions()))

    answer = client.get(f"/_simulator/{path}", environ_overrides={"REMOTE_ADDR": "192.0.2.7"})

    assert (answer.status_code, answer.json["error"]) == (403, "access_denied")
    assert client.get("/auth", environ_overrides={"REMOTE_ADDR": "192.0.2.7"}).status_code == 200
