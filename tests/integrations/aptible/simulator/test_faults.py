import threading

import pytest
import requests

from integrations.aptible.simulator.faults import Rule
from tests.integrations.aptible.simulator.conftest import ADAM, JON, ORGANIZATION, PROD, error_of

POST = f"/auth/roles/{PROD}/memberships"


def test_a_status_for_the_next_calls_only(simulator, bot):
    simulator.fail(502, times=2)

    broken = [bot.get("/auth/organizations") for _ in range(2)]

    assert [(answer.status_code, answer.text) for answer in broken] == [(502, "")] * 2
    assert bot.get("/auth/organizations").status_code == 200


def test_a_status_until_it_is_cleared(simulator, bot):
    simulator.fail(500)
    assert {bot.get("/auth/organizations").status_code for _ in range(5)} == {500}

    simulator.clear_faults()
    assert bot.get("/auth/organizations").status_code == 200


def test_a_page_of_html_as_a_proxy_sends_it(simulator, bot):
    simulator.fail(504, times=1, body="html")

    answer = bot.get("/auth/organizations")

    assert answer.headers["Content-Type"].startswith("text/html")
    assert "<h1>504</h1>" in answer.text


def test_an_error_envelope_of_ones_choice(simulator, bot):
    simulator.fail(403, times=1, body="json", error="forbidden")

    assert error_of(bot.get("/auth/organizations")) == (403, "forbidden")


def test_a_failed_call_changes_nothing(simulator, bot):
    jon = bot.person_url(JON)
    simulator.fail(500, method="POST", path="/auth/roles/*/memberships")

    assert bot.add("Prod", jon).status_code == 500
    assert bot.get(POST).status_code == 200
    assert simulator.members("Prod") == {ADAM}
    assert simulator.posts == 1


def test_too_many_requests_with_a_pause(simulator, bot):
    simulator.fail(429, times=1, retry_after=7)

    answer = bot.get("/auth/organizations")

    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "7")


def test_a_lost_answer_leaves_the_change_made(simulator, bot):
    jon = bot.person_url(JON)
    simulator.drop_answers(1)

    with pytest.raises(requests.ConnectionError):
        bot.add("Prod", jon)

    assert simulator.members("Prod") == {ADAM, JON}
    assert simulator.posts == 1
    last = simulator.calls[-1]
    assert (last["status"], last["note"]) == (None, "carried out, answer dropped")
    assert error_of(bot.add("Prod", jon)) == (422, "unprocessable_entity")


def test_a_lost_answer_to_a_removal(simulator, bot):
    membership = bot.membership_id("Prod", ADAM)
    simulator.drop_answers(1, method="DELETE", path="/auth/memberships/*")

    with pytest.raises(requests.ConnectionError):
        bot.call("DELETE", f"/auth/memberships/{membership}")

    assert simulator.members("Prod") == set()
    assert simulator.deletes == 1


def test_a_lost_call_leaves_everything_as_it_was(simulator, bot):
    jon = bot.person_url(JON)
    simulator.drop_calls(1)

    with pytest.raises(requests.ConnectionError):
        bot.add("Prod", jon)

    assert simulator.members("Prod") == {ADAM}
    assert simulator.calls[-1]["note"] == "dropped, nothing done"
    assert bot.add("Prod", jon).status_code == 201


def test_a_delay_that_outlasts_the_callers_patience(simulator, bot):
    simulator.delay(60_000, times=1)

    with pytest.raises(requests.ReadTimeout):
        bot.session.get(simulator.auth_url, timeout=0.2)

    assert bot.get("/auth").status_code == 200


def test_a_delayed_call_does_not_hold_up_the_others(simulator, bot):
    simulator.delay(60_000, path="/api/accounts")
    late = threading.Thread(target=lambda: _ignoring_the_end(simulator.api_url + "/accounts"))
    late.start()

    assert bot.get("/auth/organizations").status_code == 200

    simulator.stop()
    late.join(5)
    assert not late.is_alive()


def _ignoring_the_end(url: str) -> None:
    with pytest.raises(requests.ConnectionError):
        requests.get(url, timeout=30)


def test_a_short_delay_is_only_a_delay(simulator, bot):
    simulator.delay(30, times=1)

    assert bot.get("/auth/organizations").status_code == 200
    assert simulator.calls[-1]["milliseconds"] >= 30


def test_an_addition_without_a_body(simulator, bot):
    simulator.switch(post_without_body=True)

    answer = bot.add("Prod", bot.person_url(JON))

    assert (answer.status_code, answer.content) == (204, b"")
    assert simulator.members("Prod") == {ADAM, JON}


@pytest.mark.parametrize(("path", "name", "total"), [("users", "users", 4), ("roles", "roles", 6)])
def test_the_auth_api_can_be_made_to_answer_in_pages(simulator, bot, path, name, total):
    simulator.switch(auth_page_size=3)

    url, ids, pages = f"/auth/organizations/{ORGANIZATION}/{path}", set(), 0
    while url:
        page = bot.get(url).json()
        assert page["total_count"] == total
        ids |= {row["id"] for row in page["_embedded"][name]}
        url, pages = page["_links"].get("next", {}).get("href"), pages + 1

    assert (len(ids), pages) == (total, 2)


def test_the_grouped_memberships_come_in_pages_of_roles(simulator, bot):
    simulator.switch(auth_page_size=4)

    first = bot.get(f"/auth/organizations/{ORGANIZATION}/roles/memberships").json()
    second = bot.get(first["_links"]["next"]["href"]).json()

    assert len(first["_embedded"] | second["_embedded"]) == 6


def test_ids_in_upper_case(simulator, bot):
    simulator.switch(uppercase_ids=True)

    jon = bot.person_url(JON)
    added = bot.add("Prod", jon)

    assert jon.rpartition("/")[2].isupper()
    assert added.status_code == 201
    assert added.json()["_links"]["role"]["href"].endswith(PROD.upper())
    assert bot.call("DELETE", added.json()["_links"]["self"]["href"]).status_code == 204


def test_people_with_numbers(simulator, bot):
    simulator.switch(numeric_user_ids=True)

    (row, *_) = bot.rows(f"/auth/organizations/{ORGANIZATION}/users", "users")
    answer = bot.add("Prod", bot.person_url(JON))

    assert isinstance(row["id"], int)
    assert answer.status_code == 201
    assert simulator.members("Prod") == {ADAM, JON}


@pytest.mark.parametrize(
    "wrong",
    [
        {"kind": "explosion"},
        {"kind": "status", "status": 200},
        {"kind": "status", "status": "500"},
        {"kind": "status", "body": "xml"},
        {"kind": "status", "times": 0},
        {"kind": "status", "times": True},
        {"kind": "delay", "ms": -1},
        {"kind": "delay", "path": None},
    ],
)
def test_a_rule_that_makes_no_sense(wrong):
    with pytest.raises(ValueError, match=r"\.$"):
        Rule(**wrong)


def test_a_switch_that_makes_no_sense_changes_nothing(simulator):
    for wrong in ({"auth_page_size": -1}, {"sso_enforced": "yes"}):
        with pytest.raises(ValueError, match=r"\.$"):
            simulator.switch(otp_required=True, **wrong)

    assert simulator.faults["switches"]["otp_required"] is False


def test_rules_are_used_up_in_the_order_they_came(simulator, bot):
    simulator.fail(500, times=1)
    simulator.fail(503, times=1)

    assert [bot.get("/auth").status_code for _ in range(3)] == [500, 503, 200]
    assert simulator.faults["rules"] == []
