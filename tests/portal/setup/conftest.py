"""An empty installation with an Aptible on this machine, and its first admin."""

from collections.abc import Callable

import pytest
from cryptography.fernet import Fernet
from django.test import Client

from access.models import Secret, User
from integrations.aptible.simulator import seed


@pytest.fixture
def first_admin(db, aptible, settings) -> User:
    settings.ENCRYPTION_KEYS = [Fernet.generate_key().decode()]
    return User.objects.create_superuser("olga@example.com", name="Olga Brandt")


@pytest.fixture
def olgas(sign_in: Callable[..., Client], first_admin) -> Client:
    return sign_in(first_admin)


@pytest.fixture
def connected(olgas: Client) -> Client:
    """The bot is signed in, and the organization is read."""
    olgas.post("/setup/connect/", {"email": seed.BOT, "password": seed.PASSWORD})
    assert Secret.objects.count() == 2
    olgas.post("/setup/connect/organization/", {"organization": seed.ORGANIZATION_ID})
    return olgas
