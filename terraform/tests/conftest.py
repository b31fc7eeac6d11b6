"""One portal for all tests; each makes what it needs under names of its own."""

import itertools

import pytest
from running_portal import Portal
from usher_client.api import Client
from usher_provider.provider import UsherProvider

from tests.kept import Kept


@pytest.fixture(scope="session")
def portal(tmp_path_factory):
    one = Portal(tmp_path_factory.mktemp("portal"))
    one.start()
    yield one
    one.stop()


@pytest.fixture(scope="session")
def tokens(portal):
    """Several in turn: each may change so many rows in a minute, and with one alone the tests wait for the next."""
    return itertools.cycle([portal.token("olga@example.com", "read", "configure") for _number in range(4)])


@pytest.fixture
def token(tokens):
    return next(tokens)


@pytest.fixture
def client(portal, token):
    return Client(portal.url, token)


@pytest.fixture
def provider(client):
    made = UsherProvider()
    made.client = client
    return made


@pytest.fixture
def kept(provider):
    """Make resources, and take away afterwards what is left of them, the last first."""
    made = []

    def keep(type_, **said):
        made.append(Kept(provider, type_, **said))
        return made[-1]

    yield keep
    for one in reversed(made):
        if one.state and not one.one._is_local(one.state):
            one.read()
            if one.state:
                assert one.delete().state is None, one.errors


@pytest.fixture
def integration(kept):
    kept("sym_secret", source_id="env", path="PY_BOT").create()
    settings = {"username_secret": "py_bot", "password_secret": "py_bot", "sync_every": "2h"}
    made = kept("sym_integration", type="aptible", name="Py", external_id="PY-ORG", settings=settings).create()
    assert not made.errors
    return made
