"""A refused sign-in: said in words, remembered, and not tried in a loop."""

import pytest
import requests

from integrations.base import LoginFailed, LoginRefused, NeedsAttention, ProviderUnavailable
from tests.integrations.conftest import ROLE, collection, make_provider

LIST = f"/roles/{ROLE}/memberships"


@pytest.mark.parametrize("status", [400, 401, 403])
@pytest.mark.parametrize(
    ("slug", "words", "retry"),
    [
        ("invalid_credentials", "does not accept the bot's e-mail and password", None),
        ("otp_token_required", "Switch multi-factor authentication off", 3600),
        ("sso_required", "SSO allow list", 3600),
        ("account_locked", "locked", 90),
    ],
)
def test_a_refused_sign_in_says_why(aptible, provider, clock, status, slug, words, retry):
    aptible.refuse_sign_in(status, slug)
    with pytest.raises(LoginRefused) as raised:
        provider.members(ROLE)
    assert words in raised.value.summary
    assert raised.value.retry_at_earliest == retry
    assert isinstance(raised.value, NeedsAttention)


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 422])
@pytest.mark.parametrize(
    "slug",
    ["unsupported_grant_type", "access_denied", "invalid_email", "use_invitation", "unprocessable_entity", "conflict"],
)
def test_any_other_no_to_a_sign_in_is_not_a_wrong_password_and_is_tried_again(aptible, provider, clock, status, slug):
    aptible.refuse_sign_in(status, slug)
    for tries, pause in enumerate([60, 120, 3600, 3600], start=1):
        with pytest.raises(LoginFailed, match=f"“{slug}”") as raised:
            provider.members(ROLE)
        assert (raised.value.retry_after, raised.value.waited, raised.value.nothing_done) == (pause, False, True)
        clock.now += pause - 1
        with pytest.raises(LoginFailed) as raised:
            provider.members(ROLE)
        assert (raised.value.retry_after, raised.value.waited) == (1, True)
        assert aptible.sign_ins == tries
        clock.now += 1


def test_a_refused_sign_in_is_not_tried_again(aptible, clock):
    aptible.refuse_sign_in()
    for _ in range(20):
        clock.now += 10_000
        with pytest.raises(LoginRefused):
            make_provider().members(ROLE)
    assert aptible.sign_ins == 1


def test_new_credentials_are_tried_at_once(aptible, provider):
    aptible.refuse_sign_in()
    aptible.allow_sign_in()
    aptible.get(LIST, collection("memberships"))
    with pytest.raises(LoginRefused):
        provider.members(ROLE)
    assert make_provider(password="new").members(ROLE) == ()


def test_a_check_tries_the_same_credentials_once_anew(aptible, provider, now):
    aptible.refuse_sign_in()
    for _ in range(2):
        assert not provider.check(now=now).ok
    assert aptible.sign_ins == 2
    with pytest.raises(LoginRefused):
        provider.members(ROLE)
    assert aptible.sign_ins == 2


def test_a_check_that_signs_in_lets_the_others_go_on(aptible, provider, now):
    aptible.refuse_sign_in()
    aptible.allow_sign_in()
    aptible.get("/organizations", collection("organizations"))
    aptible.get(LIST, collection("memberships"))
    with pytest.raises(LoginRefused):
        provider.members(ROLE)
    provider.check(now=now)
    assert make_provider().members(ROLE) == ()
    assert aptible.sign_ins == 2


def test_a_check_that_fails_takes_no_good_token_away(aptible, provider, now):
    aptible.allow_sign_in()
    aptible.refuse_sign_in()
    aptible.get(LIST, collection("memberships"))
    provider.members(ROLE)
    provider.check(now=now)
    assert provider.members(ROLE) == ()


@pytest.mark.parametrize(
    ("status", "slug", "message"),
    [(423, "denied", "No."), (429, "too_many", "Your account is locked."), (401, "user_locked", "No.")],
)
def test_a_lock_passes_by_itself_and_the_pause_grows(aptible, provider, clock, status, slug, message):
    body = {"code": status, "error": slug, "message": message}
    aptible.mock.post("https://auth.aptible.test/tokens", json=body, status=status)
    for tries, pause in enumerate([90, 360, 1440, 3600, 3600], start=1):
        with pytest.raises(LoginRefused, match="locked") as raised:
            provider.members(ROLE)
        assert raised.value.retry_at_earliest == pause
        clock.now += pause - 1
        with pytest.raises(LoginRefused) as raised:
            provider.members(ROLE)
        assert raised.value.retry_at_earliest == 1
        assert aptible.sign_ins == tries
        clock.now += 1


def test_a_lock_that_names_its_end_is_believed(aptible, provider, clock):
    aptible.refuse_sign_in(429, "locked_out", headers={"Retry-After": "60"})
    with pytest.raises(LoginRefused) as raised:
        provider.members(ROLE)
    assert raised.value.retry_at_earliest == 60


@pytest.mark.parametrize(
    "answer",
    [
        {"status": 403, "body": "<html>Forbidden by the firewall</html>"},
        {"status": 401, "json": {"message": "Unauthorized"}},
        {"status": 407, "body": ""},
    ],
)
def test_a_no_that_is_not_aptible_s_own_is_not_a_wrong_password_either(aptible, provider, clock, answer):
    aptible.mock.post("https://auth.aptible.test/tokens", **answer)
    for _ in range(2):
        with pytest.raises(LoginFailed, match=f"HTTP {answer['status']}"):
            provider.members(ROLE)
    assert aptible.sign_ins == 1


@pytest.mark.parametrize(
    "answer",
    [
        {"status": 429},
        {"status": 502, "body": "<html>Bad gateway</html>"},
        {"status": 500, "json": {"code": 500, "error": "internal_server_error", "message": "Oh."}},
        {"status": 302, "headers": {"Location": "https://evil.test/"}},
        {"status": 200, "body": "<html>Welcome to the hotel's network</html>"},
        {"status": 201, "body": ""},
        {"status": 201, "json": {"access_token": ""}},
        {"status": 201, "json": {"access_token": "two\r\nlines"}},
        {"status": 201, "json": {"access_token": 7}},
        {"status": 201, "json": ["access_token"]},
        {"body": requests.ReadTimeout("slow")},
        {"body": requests.ConnectionError("reset")},
    ],
)
def test_a_sign_in_without_aptible_s_own_answer_is_no_refusal_and_can_be_tried_later(aptible, provider, answer):
    aptible.mock.post("https://auth.aptible.test/tokens", **answer)
    for _ in range(2):
        with pytest.raises(ProviderUnavailable):
            provider.members(ROLE)
    assert aptible.sign_ins == 2
