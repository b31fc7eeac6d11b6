"""Addresses that the database takes for others: each way to write one is the same account, and counted as such."""

import pytest
from django.db import connection
from django.test import Client

from tests import factories
from tests.portal.sign_in.test_login import PASSWORD, enter, guess, person_in

pytestmark = pytest.mark.django_db


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite takes no letter for another.")
def test_letters_that_the_database_takes_for_others_begin_no_new_count(client, db):
    """PostgreSQL compares in capitals, and so do some foreign letters equal plain ones."""
    issi = factories.person("issi")
    issi.set_password(PASSWORD)
    issi.save()
    alike = [f"{one}ss{two}@example.com" for one in "i\u0131" for two in "i\u0131"]
    alike += [one.replace("ss", "\u017fs") for one in alike]
    for number in range(10):
        guess(Client(REMOTE_ADDR=f"192.0.2.{number}"), 1, email=alike[number % len(alike)])
    for name in alike:
        assert enter(client, email=name).status_code != 302
    assert person_in(client) is None
