"""Local accounts switched off, and how often a sign-in with a provider can be begun."""

from datetime import timedelta

import pytest
from django.contrib.auth import authenticate
from django.urls import reverse
from django.utils import timezone
from social_django.models import Association, Nonce

from access.models import SignInAttempt
from access.people import sign_in
from tests import factories
from tests.portal.pages import words
from tests.portal.sign_in.ways import Way, person_in

pytestmark = pytest.mark.django_db

PASSWORD = "correct horse battery"
NO_PASSWORDS = "portal.sign_in.providers.NoPasswords"


@pytest.fixture
def way(configured, provider, client):
    return Way("github", provider, client)


@pytest.fixture
def jon(db):
    jon = factories.person("jon")
    jon.set_password(PASSWORD)
    jon.save()
    return jon


@pytest.fixture
def switched_off(settings, way):
    settings.LOCAL_ACCOUNTS = False
    settings.AUTHENTICATION_BACKENDS = [NO_PASSWORDS, *settings.AUTHENTICATION_BACKENDS[1:]]


def test_the_page_has_only_the_providers(client, switched_off):
    page = client.get("/login/")
    assert 'name="password"' not in page.content.decode()
    assert "Continue with GitHub" in words(page)
    assert "password" not in words(page)


def test_a_password_signs_nobody_in(client, switched_off, jon):
    assert client.post("/login/", {"email": "jon@example.com", "password": PASSWORD}).status_code == 405
    assert authenticate(None, username="jon@example.com", password=PASSWORD) is None
    assert person_in(client) is None


def test_a_session_that_began_with_a_password_ends(client, settings, way, jon):
    client.post("/login/", {"email": "jon@example.com", "password": PASSWORD})
    assert client.get("/").status_code == 200
    settings.LOCAL_ACCOUNTS = False
    settings.AUTHENTICATION_BACKENDS = [NO_PASSWORDS, *settings.AUTHENTICATION_BACKENDS[1:]]
    assert client.get("/")["Location"].startswith("/login/")


def test_a_provider_still_does(client, switched_off, way, jon):
    way.knows(1, "jon@example.com")
    way.sign_in()
    assert person_in(client) == jon
    assert client.get("/").status_code == 200


def begin(client):
    return client.post(reverse("social:begin", args=["github"]))


def test_one_address_begins_only_so_many_sign_ins(client, way, monkeypatch):
    monkeypatch.setattr(sign_in, "LIMIT_BEGUN", 3)
    for _time in range(3):
        assert begin(client)["Location"].startswith(way.provider.address)
    answer = begin(client)
    assert answer["Location"] == reverse("login")
    assert "Too many sign-ins were begun" in words(client.get(answer["Location"]))
    assert Nonce.objects.count() == 3
    other = client.post(reverse("social:begin", args=["github"]), REMOTE_ADDR="192.0.2.7")
    assert other["Location"].startswith(way.provider.address)


def test_what_is_begun_locks_nobody_out_of_their_password(client, way, jon):
    for _time in range(sign_in.LIMIT + 1):
        begin(client)
    assert client.post("/login/", {"email": "jon@example.com", "password": PASSWORD}).status_code == 302


def test_wrong_passwords_lock_nobody_out_of_their_provider(client, way, jon):
    for _time in range(sign_in.LIMIT + 1):
        client.post("/login/", {"email": "jon@example.com", "password": "wrong"})
    assert begin(client)["Location"].startswith(way.provider.address)


def test_what_was_begun_and_left_is_forgotten(client, way):
    long_ago = timezone.now() - timedelta(hours=2)
    stamp = int(long_ago.timestamp())
    Nonce.objects.create(server_url="somewhere", timestamp=stamp, salt="old")
    Association.objects.create(server_url="somewhere", handle="old", secret="", issued=stamp, lifetime=60)
    SignInAttempt.objects.create(email="", address="192.0.2.7", at=long_ago)
    begin(client)
    assert not Nonce.objects.filter(salt="old").exists()
    assert not Association.objects.filter(handle="old").exists()
    assert SignInAttempt.objects.count() == 1


def test_an_answer_that_was_never_begun_asks_no_provider(client, way):
    for _time in range(5):
        client.get(reverse("social:complete", args=["github"]), {"code": "made-up", "state": "made-up"})
    assert way.provider.asked == []
    assert not Nonce.objects.exists()
