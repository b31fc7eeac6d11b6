"""Signing in: once, shared, renewed, and never guessed at."""

import os
import threading

import pytest

from integrations.aptible import login
from integrations.base import ProviderUnavailable
from integrations.secrets import Secret, credential_fingerprint
from tests.integrations.conftest import JON, PASSWORD, ROLE, TOKEN, USERNAME, collection, make_provider, membership

LIST = f"/roles/{ROLE}/memberships"


def test_the_bot_signs_in_with_its_password_for_an_hour(signed_in, provider):
    signed_in.get(LIST, collection("memberships"))
    provider.members(ROLE)
    assert signed_in.calls == ["POST /tokens", f"GET {LIST}"]
    assert signed_in.sent(0) == {
        "grant_type": "password",
        "username": USERNAME,
        "password": PASSWORD,
        "scope": "manage",
        "expires_in": 3600,
    }
    assert signed_in.header(0, "Authorization") is None
    assert signed_in.header(0, "Content-Type") == "application/json"
    assert signed_in.header(1, "Authorization") == f"Bearer {TOKEN}"


def test_every_call_has_both_timeouts(signed_in, provider):
    signed_in.get(LIST, collection("memberships"))
    provider.members(ROLE)
    assert [call.request.req_kwargs["timeout"] for call in signed_in.mock.calls] == [(3.05, 10), (3.05, 10)]


def test_all_providers_of_a_process_share_one_token(signed_in):
    signed_in.get(LIST, collection("memberships"))
    for _ in range(3):
        make_provider().members(ROLE)
    assert signed_in.sign_ins == 1


@pytest.mark.parametrize(
    "change", [{"password": "other"}, {"username": "other"}, {"auth_url": "https://api.aptible.test"}]
)
def test_other_credentials_have_a_token_of_their_own(signed_in, change):
    signed_in.get(LIST, collection("memberships"))
    signed_in.get(LIST, collection("memberships"), base="https://api.aptible.test")
    signed_in.mock.post("https://api.aptible.test/tokens", json={"access_token": "another"})
    make_provider().members(ROLE)
    make_provider(**change).members(ROLE)
    assert signed_in.sign_ins == 2


def test_threads_wait_for_one_sign_in(signed_in, provider):
    signed_in.get(LIST, collection("memberships"))
    threads = [threading.Thread(target=make_provider().members, args=(ROLE,)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert signed_in.sign_ins == 1
    assert signed_in.calls.count(f"GET {LIST}") == 8


@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_a_forked_process_has_locks_of_its_own(signed_in, provider):
    signed_in.get(LIST, collection("memberships"))
    provider.members(ROLE)
    (slot,) = login._slots.values()
    with slot.lock:
        child = os.fork()
        if child == 0:
            # Both locks are free here, although the parent holds one: nothing but the exit code leaves this process.
            os._exit(0 if slot.lock.acquire(timeout=5) and login._slots_lock.acquire(timeout=5) else 1)
        assert os.waitpid(child, 0)[1] == 0


@pytest.mark.parametrize("expires_in", [3599, "3599", None, "soon", -5, True, 10**9])
def test_a_token_is_used_until_shortly_before_its_end(aptible, provider, clock, expires_in):
    aptible.allow_sign_in(expires_in=expires_in)
    aptible.get(LIST, collection("memberships"))
    provider.members(ROLE)
    clock.now += 3500
    provider.members(ROLE)
    assert aptible.sign_ins == 1
    clock.now += 60
    provider.members(ROLE)
    assert aptible.sign_ins == 2


def test_a_short_token_is_used_for_most_of_its_life(aptible, provider, clock):
    aptible.allow_sign_in(expires_in=10)
    aptible.get(LIST, collection("memberships"))
    provider.members(ROLE)
    clock.now += 8
    provider.members(ROLE)
    assert aptible.sign_ins == 1
    clock.now += 2
    provider.members(ROLE)
    assert aptible.sign_ins == 2


@pytest.mark.parametrize("slug", ["expired_token", "invalid_token", "unauthorized", "session_revoked"])
def test_a_dead_token_is_renewed_and_the_call_repeated_once(aptible, provider, slug):
    aptible.allow_sign_in("first")
    aptible.allow_sign_in("second")
    aptible.refuse("GET", LIST, 401, slug)
    aptible.get(LIST, collection("memberships", membership()))
    assert len(provider.members(ROLE)) == 1
    assert aptible.calls == ["POST /tokens", f"GET {LIST}", "POST /tokens", f"GET {LIST}"]
    assert aptible.header(3, "Authorization") == "Bearer second"


def test_a_change_is_repeated_too_because_a_dead_token_changed_nothing(aptible, provider):
    aptible.allow_sign_in("first")
    aptible.allow_sign_in("second")
    aptible.refuse("POST", LIST, 401, "expired_token")
    aptible.mock.post(f"https://auth.aptible.test{LIST}", status=204)
    provider.add(role_id=ROLE, account_id=JON)
    assert aptible.calls == ["POST /tokens", f"POST {LIST}", "POST /tokens", f"POST {LIST}"]
    assert aptible.sent(1) == aptible.sent(3)


def test_a_token_that_dies_at_once_is_not_renewed_for_ever(signed_in, provider):
    signed_in.refuse("GET", LIST, 401, "invalid_token")
    with pytest.raises(ProviderUnavailable, match="only just given"):
        provider.members(ROLE)
    assert signed_in.calls == ["POST /tokens", f"GET {LIST}"] * 2


def test_a_token_renewed_by_another_thread_is_not_renewed_again(signed_in, provider):
    first = login.sign_in(provider._client._http, provider._client._credentials)
    second = login.sign_in(provider._client._http, provider._client._credentials, stale=first)
    assert login.sign_in(provider._client._http, provider._client._credentials, stale=first) is second
    assert signed_in.sign_ins == 2


@pytest.mark.parametrize(
    "answer", [{"json": {"code": 401, "error": "unauthorized", "message": "No."}}, {"body": "<html>"}]
)
def test_a_401_is_no_answer_whatever_it_says_and_nothing_was_done(signed_in, provider, answer):
    signed_in.mock.post(f"https://auth.aptible.test{LIST}", status=401, **answer)
    with pytest.raises(ProviderUnavailable, match="only just given") as raised:
        provider.add(role_id=ROLE, account_id=JON)
    assert raised.value.nothing_done
    assert signed_in.sign_ins == 2


def test_without_a_sign_in_a_change_is_never_sent(aptible, provider):
    aptible.mock.post("https://auth.aptible.test/tokens", status=503)
    with pytest.raises(ProviderUnavailable) as raised:
        provider.add(role_id=ROLE, account_id=JON)
    assert raised.value.nothing_done


def test_a_fingerprint_tells_credentials_apart_and_nothing_else():
    fingerprint = credential_fingerprint("bot@example.com", Secret("s3cret"), b"key")
    assert fingerprint == credential_fingerprint("bot@example.com", Secret("s3cret"), b"key")
    others = {
        credential_fingerprint("bot@example.com", Secret("s3creT"), b"key"),
        credential_fingerprint("bot@example.co", Secret("ms3cret"), b"key"),
        credential_fingerprint("bot@example.com", Secret("s3cret"), b"another key"),
    }
    assert len(others | {fingerprint}) == 4
    assert len(fingerprint) == 64
