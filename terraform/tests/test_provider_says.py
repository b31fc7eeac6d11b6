"""What the provider says of itself: schema, warnings, older states, data sources, and which portal it is for."""

import json

import pytest
from tf.gen import tfplugin_pb2 as protocol
from tf.iface import ReadDataContext
from tf.provider import ProviderServicer
from tf.types import Unknown
from tf.utils import Diagnostics
from usher_provider import data, shapes, values
from usher_provider.provider import UsherProvider

from tests.kept import RESOURCES, target

DATA = {one.type_: one for one in data.classes()}


def test_what_changes_nothing_is_told_and_kept_by_terraform_alone(kept):
    for type_, said in {
        "sym_environment": {"name": "main"}, "sym_error_logger": {"integration_id": "x", "destination": "#errors"},
        "sym_secrets": {"type": "env", "name": "env"}, "sym_runtime": {"name": "r"},
        "sym_integration": {"type": "slack", "name": "chat", "external_id": "T1"},
    }.items():  # fmt: skip
        one = kept(type_, **said).create()
        assert one.state["id"]
        assert one.read().is_clean
        told = Diagnostics()
        one.one.validate(told, type_, values.complete(type_, said))
        assert told.has_warnings() == (type_ != "sym_secrets")
        assert one.delete().state is None


def test_what_is_wrong_with_settings_is_told_before_a_plan(kept):
    told = Diagnostics()
    said = {"type": "aptible_role", "name": "x", "settings": {"rol_id": "1"}}
    target(kept).one.validate(told, "sym_target", values.complete("sym_target", said))
    assert [one.path for one in told.diagnostics] == [["settings", ("rol_id",)]]


def test_a_state_that_kept_what_was_applied_goes_on_with_it(provider, kept, integration):
    one = target(kept, max_duration="90m").create()
    applied, one.private = one.private, ""
    one.said["max_duration"] = one.state["max_duration"] = "5400"
    assert "applied" not in one.one.upgrade(None, 0, {**one.state, "applied": applied})
    assert one.read().is_clean
    assert one.private == applied


def test_a_state_of_an_older_version_gets_what_has_come_since(kept):
    old = {"id": "x", "name": "x", "stage": [{"label": "A"}], "gone": 1}
    found = RESOURCES["sym_flow"](UsherProvider()).upgrade(None, 0, old)
    assert set(found) == {"id", *shapes.SHAPES["sym_flow"].arguments, *shapes.SHAPES["sym_flow"].sections}
    assert found["stage"][0] == {
        "label": "A", "needed": None, "people": None, "groups": None, "managers": None, "requesters": None, "pool": [],
    }  # fmt: skip


def test_data_sources_tell_what_is_there(provider, kept, integration):
    target(kept, max_duration="90m").create()
    told = Diagnostics()
    read = DATA["sym_target"](provider).read
    found = read(ReadDataContext(told, "sym_target"), {"name": "PY-DB", "type": None})
    assert (found["id"], found["max_duration"], json.loads(found["json"])["risk"]) == ("py-db", "90m", "medium")
    assert read(ReadDataContext(told, "sym_target"), {"name": "none"}) is None
    assert told.has_errors()


def test_no_state_has_a_secret_and_no_message_the_token(kept, integration, token):
    one = target(kept, risk="none").create()
    assert token not in str(one.told)
    assert "sensitive: true" in str(
        next(each for each in RESOURCES["sym_secret"].get_schema().to_pb().block.attributes if each.name == "path")
    )


@pytest.mark.parametrize(
    ("config", "environment", "word"),
    [
        ({}, {}, "is not the address"),
        ({"endpoint": "http://usher.example.com", "token": "usher_x"}, {}, "https://"),
        ({"endpoint": "https://usher.example.com"}, {}, "There is no token."),
        ({"endpoint": Unknown, "token": "usher_x"}, {}, "have to be known"),
        ({}, {"USHER_URL": "https://usher.example.com", "USHER_TOKEN": "usher_x"}, ""),
    ],
)
def test_it_says_what_it_needs_to_reach_a_portal(monkeypatch, config, environment, word):
    for name in ("USHER_URL", "USHER_TOKEN", "USHER_TOKEN_FILE"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    told = Diagnostics()
    UsherProvider().configure_provider(told, config)
    assert [one.detail for one in told.diagnostics if word not in one.detail] == []
    assert told.has_errors() == bool(word)


def test_the_schema_has_every_type_of_the_table():
    made = ProviderServicer(UsherProvider()).GetProviderSchema(protocol.GetProviderSchema.Request(), None)
    assert set(made.resource_schemas) == set(shapes.SHAPES)
    assert {"sym_integration", "sym_runtime", "sym_environment", "sym_secrets"} < set(made.data_source_schemas)
    stages = next(one for one in made.resource_schemas["sym_flow"].block.block_types if one.type_name == "stage")
    assert stages.nesting == protocol.Schema.NestedBlock.NestingMode.LIST
