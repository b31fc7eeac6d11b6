"""The server of the tests answers while somebody else is at its database, as in production."""

import pytest
import requests
from django.conf import settings as django_settings
from django.db import connection
from django.test import Client

from access.models import User

pytestmark = pytest.mark.django_db(transaction=True)


def test_one_writes_while_another_still_reads(live_server, jon, adam, rita):
    client = Client()
    client.force_login(jon, backend="django.contrib.auth.backends.ModelBackend")
    session = client.cookies[django_settings.SESSION_COOKIE_NAME].value
    cookies = {django_settings.SESSION_COOKIE_NAME: session, "usher_zone": "Europe/Berlin"}
    with connection.cursor() as reading:
        reading.execute(f"SELECT * FROM {User._meta.db_table}")  # noqa: S608  our own table
        reading.fetchone()
        answer = requests.get(f"{live_server.url}/account/", cookies=cookies, timeout=60)
    jon.refresh_from_db()
    assert (answer.status_code, jon.browser_zone) == (200, "Europe/Berlin")
