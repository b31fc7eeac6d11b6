"""One portal for all tests."""

import pytest

from tests.running_portal import Portal


@pytest.fixture(scope="session")
def portal(tmp_path_factory):
    one = Portal(tmp_path_factory.mktemp("portal"))
    one.start()
    yield one
    one.stop()
