"""A provider to sign in with, on this machine, and each way to do so."""

import pytest

from tests.portal.sign_in import stand_in
from tests.portal.sign_in.ways import CLASSES, Way, configure


@pytest.fixture(scope="module")
def provider():
    with stand_in.running() as running:
        yield running


@pytest.fixture
def configured(settings, monkeypatch, provider):
    """The portal signs in with it, and it knows nobody yet."""
    provider.forget()
    configure(settings, monkeypatch, provider)


@pytest.fixture(params=CLASSES)
def way(request, provider, client):
    return Way(request.param, provider, client)
