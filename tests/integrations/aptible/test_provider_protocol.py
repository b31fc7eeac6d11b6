"""Every registered integration is what the product asks for."""

import inspect

import pytest

from integrations import registry
from integrations.aptible.provider import AptibleProvider
from integrations.base import AccessProvider
from tests.integrations.conftest import API, AUTH

METHODS = [name for name, _ in inspect.getmembers(AccessProvider, inspect.isfunction) if not name.startswith("_")]


def test_the_protocol_has_methods():
    assert set(METHODS) == {
        "members",
        "read_members",
        "roles_by_account",
        "roles_of",
        "roles",
        "add",
        "remove",
        "directory",
        "check",
        "forget_refusal",
        "operations",
        "operation",
        "cancel",
        "handle",
        "out_of_reach",
    }


@pytest.mark.parametrize("name", METHODS)
def test_a_method_has_the_signature_of_the_protocol(name):
    ours, theirs = getattr(AptibleProvider, name), getattr(AccessProvider, name)
    assert ours is not theirs
    assert inspect.signature(ours) == inspect.signature(theirs)


def test_there_is_no_other_public_method():
    public = {name for name, _ in inspect.getmembers(AptibleProvider, inspect.isfunction) if not name.startswith("_")}
    assert public == set(METHODS)


def test_the_registry_builds_it_and_building_calls_nobody(aptible):
    provider = registry.build("aptible", organization_id="o", username="u", password="p", auth_url=AUTH, api_url=API)
    assert isinstance(provider, AptibleProvider)
    assert aptible.calls == []
