"""A write that waits for SQLite's lock in vain is told in words, with when to try again."""

import sqlite3

import pytest
from django.db import OperationalError

from tests.portal.pages import words

pytestmark = pytest.mark.django_db
SENTENCE = "The database is busy with something else. Nothing was changed. Try again in a few seconds."


def locked(code=sqlite3.SQLITE_BUSY):
    cause = sqlite3.OperationalError("database is locked")
    cause.sqlite_errorcode = code
    error = OperationalError("database is locked")
    error.__cause__ = cause
    return error


@pytest.fixture
def fail(monkeypatch, client):
    client.raise_request_exception = False

    def fail(error):
        def broken(*_args, **_kwargs):
            raise error

        monkeypatch.setattr("access.alerts.home.home", broken)

    return fail


@pytest.mark.parametrize("code", [sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_BUSY_SNAPSHOT])
def test_a_page_says_when_to_try_again(client, jon, fail, code):
    client.force_login(jon, backend="django.contrib.auth.backends.ModelBackend")
    fail(locked(code))
    answer = client.get("/")
    assert (answer.status_code, answer["Retry-After"]) == (503, "5")
    assert SENTENCE in words(answer)


def test_another_failure_of_the_database_is_none_of_this(client, jon, fail):
    client.force_login(jon, backend="django.contrib.auth.backends.ModelBackend")
    fail(locked(sqlite3.SQLITE_CORRUPT))
    assert client.get("/").status_code == 500
