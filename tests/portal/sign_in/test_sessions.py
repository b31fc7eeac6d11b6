"""Whom a client's session signs in: whoever began it, for as long as it runs and they may."""

from datetime import timedelta

import pytest
from django.conf import settings as django_settings
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends import db
from django.contrib.sessions.models import Session
from django.test import Client
from django.utils import timezone

from access.models import User
from portal.sign_in.sessions import SessionStore

pytestmark = pytest.mark.django_db


@pytest.fixture
def client(sign_in, jon) -> Client:
    made: Client = sign_in(jon)
    return made


def cookie(client):
    return client.cookies[django_settings.SESSION_COOKIE_NAME]


def is_in(client: Client) -> bool:
    return client.get("/account/").status_code == 200


def test_a_session_lets_in_whoever_began_it(client, jon):
    answer = client.get("/account/")
    assert (answer.status_code, answer.context["user"]) == (200, jon)


def test_one_that_is_over_lets_nobody_in(client):
    Session.objects.update(expire_date=timezone.now() - timedelta(seconds=1))
    assert not is_in(client)


def test_whoever_was_switched_off_is_not_let_in(client):
    User.objects.update(is_active=False)
    assert not is_in(client)


def test_whoever_is_gone_is_not_let_in(client):
    User.objects.all().delete()
    assert not is_in(client)


@pytest.mark.parametrize("password", ["another-one-of-12", None])
def test_another_password_or_none_ends_it(client, jon, password):
    jon.set_password(password)
    jon.save()
    assert not is_in(client)
    assert not Session.objects.exists()


def test_one_of_the_key_before_goes_on_under_a_key_of_its_own(client, settings):
    before = cookie(client).value
    settings.SECRET_KEY_FALLBACKS, settings.SECRET_KEY = [settings.SECRET_KEY], "another-key-for-all-that-is-signed"
    assert is_in(client)
    assert cookie(client).value != before
    settings.SECRET_KEY_FALLBACKS = []
    assert is_in(client)


def test_one_of_a_key_that_is_gone_lets_nobody_in(client, settings):
    settings.SECRET_KEY = "another-key-for-all-that-is-signed"
    assert not is_in(client)


def test_what_was_bent_in_the_database_lets_nobody_in(client):
    row = Session.objects.get()
    Session.objects.update(session_data=row.session_data[:-1] + ("a" if row.session_data[-1] != "a" else "b"))
    assert not is_in(client)


@pytest.mark.parametrize("named", ["a" * 32, "short", ""])
def test_a_browser_does_not_choose_the_key_of_its_session(named, jon):
    store = SessionStore(named)
    assert store.get(SESSION_KEY) is None
    store[SESSION_KEY] = str(jon.pk)
    store.save()
    assert store.session_key not in (named, None)


def test_each_reads_what_the_other_has_written():
    """During an upgrade processes of the release before run on, and when it is taken back."""
    for writer, reader in ((db.SessionStore, SessionStore), (SessionStore, db.SessionStore)):
        written = writer()
        written["word"] = "kept"
        written.save()
        assert reader(written.session_key)["word"] == "kept"
