"""An admin's browser, and who may press the buttons on a row's page."""

import pytest
from django.test import Client

from access.models import User


@pytest.fixture
def admin(client: Client, olga: User) -> Client:
    client.force_login(olga)
    return client
