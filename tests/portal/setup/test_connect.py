"""The bot signs in, and its organization is picked and read."""

import pytest

from access.models import AuditEvent, DirectoryRole, Integration, Secret
from integrations.aptible.simulator import seed
from tests.portal.pages import words

CONNECT, USE, READ = "/setup/connect/", "/setup/connect/organization/", "/setup/connect/read/"
SIGN_IN = {"email": seed.BOT, "password": seed.PASSWORD}


def test_an_empty_installation_leads_its_first_admin_to_the_set_up(olgas):
    assert "Next: Connect Aptible." in words(olgas.get("/"))
    assert olgas.get("/setup/").url == CONNECT
    assert "Go on with the set-up" in words(olgas.get("/admin/"))


def test_others_are_not_led_there(sign_in, jon):
    assert "set-up" not in words(sign_in(jon).get("/")).lower()


def test_a_sign_in_that_works_shows_the_organizations_and_is_kept_encrypted(olgas):
    page = olgas.post(CONNECT, SIGN_IN)
    assert "Signed in to Aptible as bot@example.com." in words(page)
    assert "Example Health" in words(page)
    kept = Secret.objects.get(name="aptible-bot-password")
    assert (kept.source, kept.value()) == ("stored", seed.PASSWORD)
    assert seed.PASSWORD not in kept.sealed
    assert seed.PASSWORD not in page.content.decode()
    assert list(AuditEvent.objects.values_list("type", flat=True)).count("secret.added") == 2


def test_a_sign_in_that_is_refused_is_told_and_not_kept(olgas):
    page = olgas.post(CONNECT, {**SIGN_IN, "password": "wrong one"})
    assert page.status_code == 400
    assert "Aptible does not accept the bot's e-mail and password." in words(page)
    assert 'value="bot@example.com"' in page.content.decode()
    assert "wrong one" not in page.content.decode()
    assert not Secret.objects.exists()


def test_without_a_key_nothing_is_asked_at_aptible(olgas, aptible, settings):
    settings.ENCRYPTION_KEYS = []
    page = olgas.post(CONNECT, SIGN_IN)
    assert "Set ENCRYPTION_KEYS and restart" in words(page)
    assert not aptible.calls


def test_an_aptible_that_is_away_is_one_sentence(olgas, settings):
    settings.APTIBLE_AUTH_ROOT_URL = "http://127.0.0.1:9"
    page = olgas.post(CONNECT, SIGN_IN)
    assert page.status_code == 400
    assert "Aptible" in words(page)
    assert not Secret.objects.exists()


def test_it_goes_on_where_it_was_left(olgas):
    olgas.post(CONNECT, SIGN_IN)
    assert "The sign-in of bot@example.com is kept" in words(olgas.get(CONNECT))
    assert "Example Health" in words(olgas.post(CONNECT))


def test_the_organization_that_is_picked_is_read_at_once(olgas):
    olgas.post(CONNECT, SIGN_IN)
    assert olgas.post(USE, {"organization": seed.ORGANIZATION_ID}).url == "/setup/roles/"
    integration = Integration.objects.get()
    assert (integration.name, integration.external_id) == ("example-health", seed.ORGANIZATION_ID)
    assert integration.synced_at
    assert DirectoryRole.objects.filter(name="Prod").exists()
    assert olgas.get("/setup/").url == "/setup/roles/"


def test_it_is_connected_once_however_often_it_is_pressed(connected):
    connected.post(USE, {"organization": seed.ORGANIZATION_ID})
    assert Integration.objects.count() == 1


@pytest.mark.parametrize("organization", ["", "no-such", "94a49e57-d046-4d9d-9dbf-000000000000"])
def test_an_organization_that_the_bot_does_not_see_is_refused(olgas, organization):
    olgas.post(CONNECT, SIGN_IN)
    answer = olgas.post(USE, {"organization": organization})
    assert answer.status_code == 409
    assert not Integration.objects.exists()


def test_without_a_kept_sign_in_there_is_nothing_to_pick_from(olgas):
    assert olgas.post(USE, {"organization": seed.ORGANIZATION_ID}).status_code == 409


def test_what_the_bot_may_not_do_is_said(olgas):
    olgas.post(CONNECT, SIGN_IN)
    page = olgas.post(USE, {"organization": seed.ORGANIZATION_ID}, follow=True)
    assert "Read from Aptible. Roles: 6, people: 4, environments: 2." in words(page)


@pytest.mark.parametrize("address", ["/setup/", CONNECT, "/setup/roles/", "/setup/people/", "/setup/first-access/"])
def test_only_admins_see_it(sign_in, jon, address):
    assert sign_in(jon).get(address).status_code == 403


@pytest.mark.parametrize("address", [CONNECT, USE, READ, "/setup/roles/", "/setup/people/", "/setup/test-message/"])
def test_only_admins_change_anything(sign_in, jon, address):
    assert sign_in(jon).post(address, SIGN_IN).status_code == 403
    assert not Secret.objects.exists()
