"""The provider against the simulator, over real HTTP: what only shows when both keep to the contract."""

import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from integrations import http
from integrations.aptible.provider import AptibleProvider
from integrations.aptible.simulator import Simulator
from integrations.aptible.simulator.seed import BOT, ORGANIZATION_ID, PASSWORD, PROD_ROLE_ID
from integrations.base import NeedsAttention, ProviderError, ProviderUnavailable

NOW = datetime(2026, 1, 5, 12, 0, tzinfo=UTC)
JON, ADAM, RITA = "jon@example.com", "adam@example.com", "rita@example.com"


@pytest.fixture
def simulator() -> Iterator[Simulator]:
    with Simulator() as running:
        yield running


def connect(simulator: Simulator, **changes: str) -> AptibleProvider:
    settings: dict[str, Any] = {"organization_id": ORGANIZATION_ID, "username": BOT, "password": PASSWORD, **changes}
    return AptibleProvider(**settings, auth_url=simulator.auth_url, api_url=simulator.api_url)


@pytest.fixture
def provider(simulator: Simulator) -> AptibleProvider:
    return connect(simulator)


def id_of(simulator: Simulator, email: str) -> str:
    return simulator.parts.state.person(email).id


def role_id(simulator: Simulator, name: str) -> str:
    return simulator.parts.state.role(name).id


def report(provider: AptibleProvider, *, ok: bool) -> str:
    return "\n".join(finding.text for finding in provider.check(now=NOW).findings if finding.ok is ok)


def everything_read(provider: AptibleProvider) -> tuple[object, ...]:
    directory = provider.directory()
    parts = (directory.roles, directory.people, directory.memberships, directory.environments, directory.permissions)
    return tuple(map(frozenset, (*parts, provider.members(PROD_ROLE_ID), provider.roles_by_account().items())))


@pytest.mark.parametrize("switches", [{"auth_page_size": 1}, {"auth_page_size": 3}, {"uppercase_ids": True}])
def test_paging_and_spelling_change_nothing_of_what_is_read(simulator, provider, switches):
    plain = everything_read(provider)
    simulator.switch(**switches)
    assert everything_read(provider) == plain
    assert everything_read(connect(simulator, organization_id=ORGANIZATION_ID.upper())) == plain


def test_only_this_organization_is_read(simulator, provider):
    before = everything_read(provider)
    simulator.add_organization("Another")
    simulator.add_role("Owners of another", "Another", type="owner")
    simulator.add_member("Owners of another", BOT)
    simulator.add_person("somebody@example.com", "Somebody", roles=["Owners of another"])
    assert everything_read(provider) == before


def test_the_grouped_list_and_the_list_of_a_role_agree(simulator, provider):
    by_account = provider.roles_by_account()
    assert {one.account_id for one in provider.members(PROD_ROLE_ID)} == {
        account_id for account_id, roles in by_account.items() if PROD_ROLE_ID in roles
    }


def test_the_roles_of_one_person_are_those_of_this_organization(simulator, provider):
    simulator.add_organization("Another")
    simulator.add_role("Owners of another", "Another", type="owner")
    simulator.add_member("Owners of another", BOT)
    simulator.add_member("Owners of another", ADAM)
    for email in (ADAM, JON, RITA):
        account = id_of(simulator, email)
        assert provider.roles_of(account) == provider.roles_by_account().get(account, frozenset())


def test_a_second_membership_is_refused_and_the_first_stays(simulator, provider):
    with pytest.raises(ProviderError) as raised:
        provider.add(role_id=PROD_ROLE_ID, account_id=id_of(simulator, ADAM))
    assert not isinstance(raised.value, ProviderUnavailable | NeedsAttention)
    assert len(provider.members(PROD_ROLE_ID)) == 1


def test_a_stranger_is_refused(simulator, provider):
    simulator.add_person("somebody@example.com", "Somebody")
    with pytest.raises(ProviderError) as raised:
        provider.add(role_id=PROD_ROLE_ID, account_id=id_of(simulator, "somebody@example.com"))
    assert not isinstance(raised.value, ProviderUnavailable | NeedsAttention)


def test_a_deploy_owner_may_not_change_the_account_owners(simulator, provider):
    owners = role_id(simulator, "Account Owners")
    with pytest.raises(NeedsAttention, match="may not see or change"):
        provider.add(role_id=owners, account_id=id_of(simulator, JON))
    (membership,) = provider.members(owners)
    with pytest.raises(NeedsAttention, match="may not see or change"):
        provider.remove(membership)
    assert simulator.members("Account Owners") == {RITA}


def test_a_membership_removed_and_made_again_is_another_one(simulator, provider):
    (old,) = provider.members(PROD_ROLE_ID)
    simulator.remove_member("Prod", ADAM)
    simulator.add_member("Prod", ADAM)
    provider.remove(old)
    assert simulator.members("Prod") == {ADAM}


def test_sso_is_named_as_the_reason_whatever_is_asked(simulator, provider):
    (membership,) = provider.members(PROD_ROLE_ID)
    simulator.enforce_sso(True)
    for call in (
        lambda: provider.members(PROD_ROLE_ID),
        lambda: provider.add(role_id=PROD_ROLE_ID, account_id=id_of(simulator, JON)),
        lambda: provider.remove(membership),
        provider.roles_by_account,
        provider.directory,
    ):
        with pytest.raises(NeedsAttention, match="SSO allow list"):
            call()
    assert simulator.members("Prod") == {ADAM}


def test_threads_share_one_sign_in(simulator):
    threads = [threading.Thread(target=connect(simulator).members, args=(PROD_ROLE_ID,)) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert simulator.sign_ins == 1


def test_a_read_survives_one_broken_connection_and_a_change_is_sent_once(simulator, provider):
    provider.members(PROD_ROLE_ID)
    simulator.drop_calls(1, method="GET")
    assert len(provider.members(PROD_ROLE_ID)) == 1
    for method in ("POST", "DELETE"):
        simulator.drop_calls(1, method=method)
    with pytest.raises(ProviderUnavailable):
        provider.add(role_id=PROD_ROLE_ID, account_id=id_of(simulator, JON))
    with pytest.raises(ProviderUnavailable):
        provider.remove(provider.members(PROD_ROLE_ID)[0])
    assert (simulator.posts, simulator.deletes) == (1, 1)
    assert simulator.members("Prod") == {ADAM}


def test_a_slow_aptible_is_given_up(simulator, provider, monkeypatch):
    provider.members(PROD_ROLE_ID)
    monkeypatch.setattr(http, "TOTAL_SECONDS", 0.2)
    simulator.delay(60_000, times=1)
    with pytest.raises(ProviderUnavailable, match="in time"):
        provider.members(PROD_ROLE_ID)


def test_a_pause_that_is_asked_for_is_handed_on(simulator, provider):
    provider.members(PROD_ROLE_ID)
    simulator.fail(429, retry_after=12, body="json")
    with pytest.raises(ProviderUnavailable) as raised:
        provider.members(PROD_ROLE_ID)
    assert raised.value.retry_after == 12


def test_a_restarted_aptible_is_reached_again(simulator, provider):
    provider.members(PROD_ROLE_ID)
    port = int(simulator.url.rpartition(":")[2])
    simulator.stop()
    with pytest.raises(ProviderUnavailable, match="could not be reached"):
        provider.members(PROD_ROLE_ID)
    simulator.start(port=port)
    assert len(provider.members(PROD_ROLE_ID)) == 1


def test_a_password_put_right_is_found_by_the_next_check(simulator, provider):
    simulator.set_password("another")
    for _ in range(3):
        with pytest.raises(NeedsAttention):
            provider.members(PROD_ROLE_ID)
    simulator.set_password(PASSWORD)
    assert provider.check(now=NOW).ok
    assert len(provider.members(PROD_ROLE_ID)) == 1
    assert simulator.sign_ins == 2


def test_a_check_says_what_the_bot_may_do(simulator, provider):
    assert "Deploy Owner: it can change every role except the Account Owners." in report(provider, ok=True)
    simulator.add_member("Account Owners", BOT)
    assert "Account Owner: it can add people to every role" in report(provider, ok=True)
    for name in ("Account Owners", "Deploy Owners"):
        simulator.remove_member(name, BOT)
    assert "it can add nobody" in report(provider, ok=False)
    simulator.set_privileged("Everyone", BOT, True)
    assert "can add people to no other: Everyone." in report(provider, ok=True)


def test_a_check_says_what_stands_in_the_way(simulator, provider):
    simulator.enforce_sso(True)
    assert "Put the bot on the organization's SSO allow list." in report(provider, ok=False)
    simulator.clear_faults()
    simulator.require_otp(True)
    assert "Switch multi-factor authentication off for the bot." in report(provider, ok=False)
    simulator.clear_faults()
    simulator.lock_login()
    assert "has locked the bot's account" in report(provider, ok=False)
    simulator.clear_faults()
    assert "The bot is in: Example Health" in report(connect(simulator, organization_id=PROD_ROLE_ID), ok=False)
    simulator.fail(503)
    assert "trouble of its own" in report(provider, ok=False)
