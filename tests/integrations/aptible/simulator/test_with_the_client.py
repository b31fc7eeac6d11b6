"""The client that talks to Aptible, talking to the simulator."""

from datetime import UTC, datetime

import pytest

from integrations.aptible import client
from integrations.aptible.provider import AptibleProvider
from integrations.aptible.simulator import Simulator
from integrations.base import NeedsAttention, ProviderError, ProviderUnavailable, RoleGone
from tests.integrations.aptible.simulator.conftest import ADAM, BOT, JON, ORGANIZATION, PASSWORD, PROD


@pytest.fixture
def provider(simulator) -> AptibleProvider:
    return AptibleProvider(
        organization_id=ORGANIZATION,
        username=BOT,
        password=PASSWORD,
        auth_url=simulator.auth_url,
        api_url=simulator.api_url,
    )


@pytest.fixture
def jon(simulator: Simulator) -> str:
    return simulator.parts.state.person(JON).id


def test_in_and_out(simulator, provider, jon):
    provider.add(role_id=PROD, account_id=jon)
    assert simulator.members("Prod") == {ADAM, JON}

    (membership,) = (item for item in provider.members(PROD) if item.account_id == jon)
    provider.remove(membership)
    provider.remove(membership)

    assert simulator.members("Prod") == {ADAM}
    assert (simulator.sign_ins, simulator.posts, simulator.deletes) == (1, 1, 2)


@pytest.mark.parametrize("switches", [{}, {"auth_page_size": 2}, {"uppercase_ids": True}])
def test_the_directory(simulator, provider, switches):
    simulator.switch(**switches)

    directory = provider.directory()

    assert (len(directory.roles), len(directory.people), len(directory.memberships)) == (6, 4, 11)
    assert (len(directory.environments), len(directory.permissions)) == (2, 7)
    assert PROD in {role.id for role in directory.roles}


def test_numbers_for_people(simulator, provider):
    simulator.switch(numeric_user_ids=True, post_without_body=True)
    jon = next(person.id for person in provider.directory().people if person.email == JON)

    provider.add(role_id=PROD, account_id=jon)

    assert simulator.members("Prod") == {ADAM, JON}


@pytest.mark.parametrize("spoil", ["expire_tokens", "revoke_tokens"])
def test_a_dead_token_is_renewed_once(simulator, provider, spoil):
    provider.members(PROD)
    getattr(simulator, spoil)()

    assert len(provider.members(PROD)) == 1
    assert simulator.sign_ins == 2


def test_a_lost_answer_is_never_posted_again_by_itself(simulator, provider, jon):
    simulator.drop_answers(1)

    with pytest.raises(ProviderUnavailable):
        provider.add(role_id=PROD, account_id=jon)

    assert simulator.posts == 1
    assert jon in {member.account_id for member in provider.members(PROD)}


@pytest.mark.parametrize("body", ["empty", "html", "json"])
def test_a_broken_aptible_is_unavailable(simulator, provider, body):
    simulator.fail(502, body=body, path="/auth/roles/*")

    with pytest.raises(ProviderUnavailable):
        provider.members(PROD)


def test_a_deleted_role_is_gone(simulator, provider):
    simulator.delete_role("Prod")

    with pytest.raises(RoleGone):
        provider.members(PROD)


@pytest.mark.parametrize("name", ["sso_enforced", "login_locked", "otp_required"])
def test_what_only_a_person_can_put_right(simulator, provider, name):
    simulator.switch(**{name: True})

    with pytest.raises(NeedsAttention):
        provider.members(PROD)


def test_a_wrong_password_is_tried_once(simulator, provider):
    simulator.set_password("another")

    for _ in range(3):
        with pytest.raises(NeedsAttention):
            provider.members(PROD)

    assert simulator.sign_ins == 1


def test_the_connection_is_fine(provider):
    assert provider.check(now=datetime.now(UTC)).ok


def test_a_sync_asks_for_its_lists_as_aptible_s_own_clients_do(simulator, provider):
    simulator.switch(strict_lists=True)
    directory = provider.directory()
    assert directory.environments
    assert directory.permissions


def test_a_client_that_asks_for_secrets_is_refused_where_that_is_looked_at(simulator, provider, monkeypatch):
    simulator.switch(strict_lists=True)
    monkeypatch.setattr(client, "NO_SECRETS", {})
    with pytest.raises(ProviderError, match="unprocessable_entity"):
        provider.directory()
