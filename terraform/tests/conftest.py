"""One portal for all tests; each makes what it needs under names of its own."""

import pytest

from tests.portal import Portal


@pytest.fixture(scope="session")
def portal(tmp_path_factory):
    one = Portal(tmp_path_factory.mktemp("portal"))
    one.start()
    yield one
    one.stop()
