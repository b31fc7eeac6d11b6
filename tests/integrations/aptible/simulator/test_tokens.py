import base64
import json

import pytest
import requests

from integrations.aptible.simulator.logins import locked_until
from tests.integrations.aptible.simulator.conftest import BOT, ORGANIZATION, PROD, Talk, error_of


def claims(token: str) -> dict[str, object]:
    middle = token.split(".")[1]
    return dict(json.loads(base64.urlsafe_b64decode(middle + "=" * (-len(middle) % 4))))


def test_the_root_names_its_collections_and_needs_no_token(simulator, stranger):
    links = stranger.get("/auth").json()["_links"]

    assert links["tokens"]["href"] == simulator.auth_url + "/tokens"
    assert stranger.get("/auth/").status_code == 200


def test_a_token_for_the_right_password(simulator, stranger):
    answer = stranger.ask_token(expires_in=3600)
    token = answer.json()

    assert answer.status_code == 201
    assert (token["_type"], token["token_type"], token["scope"]) == ("token", "bearer", "manage")
    assert (token["expires_in"], token["expires_at"]) == (3600, "2027-01-15T09:00:00.000Z")
    assert token["_links"]["self"]["href"] == f"{simulator.auth_url}/tokens/{token['id']}"
    assert token["_links"]["user"]["href"].startswith(f"{simulator.auth_url}/users/")
    assert claims(token["access_token"])["exp"] == 1_800_003_600


def test_a_token_lasts_a_week_when_the_caller_names_no_time(stranger):
    assert stranger.ask_token().json()["expires_in"] == 604_800


def test_a_form_is_as_good_as_json(simulator, stranger):
    form = {"grant_type": "password", "username": BOT, "password": "simulator", "expires_in": "60"}

    answer = stranger.session.post(simulator.auth_url + "/tokens", data=form, timeout=10)

    assert answer.status_code == 201
    assert answer.json()["expires_in"] == 60


def test_the_e_mail_is_taken_in_any_case(stranger):
    assert stranger.ask_token("BOT@Example.com").status_code == 201


@pytest.mark.parametrize(
    ("email", "password"), [(BOT, "wrong"), (BOT, ""), ("nobody@example.com", "x"), ("jon@example.com", "simulator")]
)
def test_wrong_credentials(stranger, email, password):
    assert error_of(stranger.ask_token(email, password)) == (401, "invalid_credentials")


@pytest.mark.parametrize(
    ("fields", "error"),
    [
        ({"grant_type": "refresh_token"}, (400, "unsupported_grant_type")),
        ({"scope": "everything"}, (400, "invalid_scope")),
        ({"expires_in": 0}, (422, "unprocessable_entity")),
        ({"expires_in": "soon"}, (422, "unprocessable_entity")),
        ({"username": ["bot@example.com"]}, (401, "invalid_credentials")),
    ],
)
def test_a_grant_that_makes_no_sense(stranger, fields, error):
    assert error_of(stranger.ask_token(**fields)) == error


@pytest.mark.parametrize("body", [b"{", b"[]", b"\xff"])
def test_a_body_that_is_no_json_object(simulator, body):
    headers = {"Content-Type": "application/json"}
    answer = requests.post(simulator.auth_url + "/tokens", data=body, headers=headers, timeout=10)

    assert error_of(answer) == (400, "bad_request")


def test_no_token_and_an_unknown_token_are_invalid(stranger):
    assert error_of(stranger.get("/auth/organizations")) == (401, "invalid_token")
    stranger.token = "made.up.token"
    assert error_of(stranger.get("/auth/organizations")) == (401, "invalid_token")
    assert error_of(stranger.get("/api/accounts")) == (401, "invalid_token")


def test_a_token_expires(bot, clock):
    bot.sign_in(expires_in=60)
    clock.pass_(59)
    assert bot.get("/auth/current_token").json()["expires_in"] == 1

    clock.pass_(1)

    assert error_of(bot.get("/auth/current_token")) == (401, "expired_token")


def test_a_deleted_token_is_invalid(bot):
    token = bot.get("/auth/current_token").json()

    assert bot.call("DELETE", token["_links"]["self"]["href"]).status_code == 204
    assert error_of(bot.get("/auth/organizations")) == (401, "invalid_token")


def test_nobody_deletes_the_token_of_somebody_else(bot, jon):
    token = bot.get("/auth/current_token").json()

    assert error_of(jon.call("DELETE", token["_links"]["self"]["href"])) == (404, "not_found")
    assert bot.get("/auth/organizations").status_code == 200


def test_every_token_can_be_made_to_expire_or_to_be_unknown(simulator, bot):
    simulator.expire_tokens()
    assert error_of(bot.get("/auth/organizations")) == (401, "expired_token")

    simulator.revoke_tokens()
    assert error_of(bot.get("/auth/organizations")) == (401, "invalid_token")
    assert bot.sign_in().get("/auth/organizations").status_code == 200


def test_the_token_of_a_deleted_account_is_invalid(simulator, bot):
    simulator.remove_person(BOT)

    assert error_of(bot.get("/auth/organizations")) == (401, "invalid_token")
    assert error_of(bot.ask_token()) == (401, "invalid_credentials")


def test_a_read_token_reads_and_changes_nothing(simulator, bot):
    jon = bot.person_url("jon@example.com")
    bot.sign_in(scope="read")

    assert bot.rows(f"/auth/organizations/{ORGANIZATION}/roles", "roles")
    assert error_of(bot.add("Prod", jon)) == (403, "access_denied")
    membership = bot.membership_id("Prod", "adam@example.com")
    assert error_of(bot.call("DELETE", f"/auth/memberships/{membership}")) == (403, "access_denied")
    assert simulator.members("Prod") == {"adam@example.com"}


def test_a_second_factor_is_asked_for(simulator, stranger):
    simulator.require_otp(True)

    asked = stranger.ask_token()

    assert error_of(asked) == (401, "otp_token_required")
    assert asked.json()["exception_context"]["failed_login_attempt_id"]
    assert error_of(stranger.ask_token(otp_token="000000")) == (401, "invalid_credentials")
    assert stranger.ask_token(otp_token="123456").status_code == 201


def test_a_changed_password_is_in_force_at_once(simulator, stranger):
    simulator.set_password("another")

    assert error_of(stranger.ask_token()) == (401, "invalid_credentials")
    assert stranger.ask_token(password="another").status_code == 201


def fail(stranger: Talk, times: int) -> None:
    for _ in range(times):
        assert stranger.ask_token(password="wrong").status_code == 401


def test_ten_failures_within_a_minute_lock_the_account_for_a_minute(stranger, clock):
    fail(stranger, 9)
    assert stranger.ask_token().status_code == 201

    fail(stranger, 1)
    locked = stranger.ask_token()

    assert error_of(locked) == (401, "access_denied")
    assert "locked" in locked.json()["message"]
    clock.pass_(59)
    assert error_of(stranger.ask_token()) == (401, "access_denied")
    clock.pass_(1)
    assert stranger.ask_token().status_code == 201


def test_a_lock_is_for_one_account(simulator, stranger):
    simulator.set_password("jon's own", "jon@example.com")
    fail(stranger, 10)

    assert stranger.ask_token("jon@example.com", "jon's own").status_code == 201


def test_an_attempt_that_only_lacked_the_second_factor_is_forgiven(simulator, stranger):
    simulator.require_otp(True)
    attempts = [stranger.ask_token().json()["exception_context"]["failed_login_attempt_id"] for _ in range(9)]

    stranger.sign_in(otp_token="123456", previous_login_attempt_id=attempts[-1])
    simulator.require_otp(False)
    fail(stranger, 1)

    assert stranger.ask_token().status_code == 201


def test_the_login_can_be_locked_by_a_switch(simulator, stranger):
    simulator.lock_login()
    assert error_of(stranger.ask_token()) == (401, "access_denied")

    simulator.clear_faults()
    assert stranger.ask_token().status_code == 201


@pytest.mark.parametrize(
    ("failures", "locked"),
    [
        ([0.0] * 9, 0),
        ([0.0] * 10, 60),
        ([float(second * 7) for second in range(10)], 0),
        ([float(second * 180) for second in range(20)], 19 * 180 + 3_600),
        ([float(second * 200) for second in range(20)], 0),
        ([float(second * 2_000) for second in range(40)], 39 * 2_000 + 86_400),
    ],
)
def test_when_a_lock_ends(failures, locked):
    assert locked_until(failures) == locked


def test_a_token_is_never_shown_by_the_control_paths(simulator, bot):
    for path in ("state", "calls", "changes", "faults"):
        shown = bot.session.get(f"{simulator.url}/_simulator/{path}", timeout=10).text
        assert bot.token not in shown
        assert "simulator_password" not in shown


def test_current_token_hands_the_token_back(bot):
    assert bot.get("/auth/current_token").json()["access_token"] == bot.token


def test_the_role_is_not_in_the_token(bot):
    assert PROD not in json.dumps(claims(bot.token))
