"""Python looks for garbage in what a command makes, and not in the code that was loaded for it."""

import gc

import pytest

from portal import garbage_collection
from portal.main import _CommandLine


@pytest.fixture(autouse=True)
def as_it_was():
    yield
    gc.enable()


def test_it_pauses_while_code_is_loaded_and_goes_on_with_the_command():
    garbage_collection.pause()
    assert not gc.isenabled()
    _CommandLine(["manage.py"]).fetch_command("check")
    assert gc.isenabled()


def test_what_was_loaded_is_not_looked_at_again():
    gc.unfreeze()
    garbage_collection.pause()
    garbage_collection.resume()
    assert gc.get_freeze_count() > 10_000
