"""The provider's own classes against a portal that runs: what Terraform would call, without Terraform."""

import concurrent.futures
import json

import pytest
from tf.gen import tfplugin_pb2 as protocol
from tf.iface import (
    CreateContext,
    DeleteContext,
    ImportContext,
    PlanContext,
    ReadContext,
    ReadDataContext,
    UpdateContext,
)
from tf.provider import ProviderServicer
from tf.types import Unknown
from tf.utils import Diagnostics
from usher_client.api import Client
from usher_provider import data, resource, shapes, values
from usher_provider.provider import UsherProvider
from usher_provider.resource import UsherResource

RESOURCES = {one.type_: one for one in resource.classes()}
DATA = {one.type_: one for one in data.classes()}


class Kept:
    """One resource as Terraform would hold it."""

    def __init__(self, provider, type_, **said):
        self.type, self.one = type_, RESOURCES[type_](provider)
        self.said, self.state = said, None

    def _context(self, kind, **more):
        self.told = Diagnostics()
        return kind(diagnostics=self.told, type_name=self.type, **more)

    def planned(self, **more):
        self.said |= more
        return values.complete(self.type, self.said)

    def create(self):
        self.state = self.one.create(
            self._context(CreateContext), {**self.planned(), "id": Unknown, "applied": Unknown}
        )
        return self

    def read(self):
        self.state = self.one.read(self._context(ReadContext), self.state)
        return self

    def update(self, **more):
        planned = {**self.planned(**more), "id": self.state["id"], "applied": self.state["applied"]}
        planned = self.one.plan(self._context(PlanContext, changed_fields=set()), self.state, planned)
        self.state = self.one.update(self._context(UpdateContext), self.state, planned)
        return self

    def delete(self):
        left = self.one.delete(self._context(DeleteContext), self.state)
        self.state = left
        return self

    def adopt(self, id_):
        self.state = self.one.import_(self._context(ImportContext), id_)
        return self

    @property
    def is_clean(self):
        """Whether a plan would change nothing: what is held is what was said."""
        return {name: self.state[name] for name in self.planned() if name not in ("id", "applied")} == {
            name: value for name, value in self.planned().items() if name not in ("id", "applied")
        }

    @property
    def errors(self):
        return [one.detail for one in self.told.diagnostics if one.severity == "error"]


@pytest.fixture(scope="module")
def token(portal):
    return portal.token("olga@example.com", "read", "configure")


@pytest.fixture(scope="module")
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


def target(kept, name="py-db", **more):
    settings = {"role_id": f"Role-{name}", "owner_role_is_meant": "true"}
    said = {"type": "aptible_role", "name": name, "integration_id": "py", "settings": settings, **more}
    return kept("sym_target", **said)


def flow(kept, strategy, **more):
    said = {
        "name": "py-flow", "durations": ["90m", "3600"],
        "params": [{"strategy_id": strategy, "allow_revoke": True, "prompt_field": [
            {"name": "count", "type": "int", "allowed_values": ["1", "2"], "default": "1"},
            {"name": "why", "type": "string", "shown_if": {"field": "count", "values": ["2"]}},
        ]}],
        "stage": [
            {"label": "B", "people": ["RITA@example.com", "adam@example.com"], "needed": 1},
            {"label": "A", "pool": [{"people": ["adam@example.com"]}, {"people": ["olga@example.com"], "after": "1h"}]},
        ],
        "fast_track": [{"reason": "Small.", "risk_at_most": "low"}],
        "break_glass": [{"at_most": "30m"}],
        **more,
    }  # fmt: skip
    return kept("sym_flow", **said)


def test_a_row_is_made_and_stays_as_it_was_written(kept, integration):
    one = target(kept, max_duration="90m").create()
    assert (one.errors, one.state["id"]) == ([], "py-db")
    assert one.read().is_clean
    assert integration.read().is_clean


def test_a_flow_with_all_of_its_blocks_is_clean_after_an_apply(kept, integration, client):
    target(kept).create()
    kept("sym_strategy", type="aptible", name="py", integration_id="py", targets=["py-db"]).create()
    one = flow(kept, "py").create()
    assert one.errors == []
    assert one.read().is_clean
    has = client.get("/config/sym_flow/py-flow").body["arguments"]
    assert has["durations"] == [3600, 5400]
    assert [stage["label"] for stage in has["stage"]] == ["B", "A"]
    assert [question["allowed_values"] for question in has["params"]["prompt_field"]] == [[1, 2], None]
    assert one.update(label="Of Python").read().is_clean
    assert client.get("/config/sym_flow/py-flow").body["arguments"]["label"] == "Of Python"


def test_what_somebody_else_changed_is_seen_and_nothing_else(kept, integration, client):
    one = target(kept, max_duration="90m").create()
    said = client.get("/config/sym_target/py-db").body["arguments"]
    client.call("PUT", "/config/sym_target/py-db", {**said, "risk": "high"})
    one.read()
    assert (one.state["risk"], one.state["max_duration"], one.is_clean) == ("high", "90m", False)
    assert one.update().read().is_clean
    assert client.get("/config/sym_target/py-db").body["arguments"]["risk"] == "medium"


@pytest.mark.parametrize("verb", ["update", "delete"])
def test_what_changes_between_plan_and_apply_is_not_overwritten(kept, integration, client, verb):
    one = target(kept).create()
    said = client.get("/config/sym_target/py-db").body["arguments"]
    client.call("PUT", "/config/sym_target/py-db", {**said, "risk": "high"})
    before = one.state
    getattr(one, verb)()
    assert one.errors == ["It has changed since the plan was made. Plan again, and decide anew."]
    assert one.state == before
    assert client.get("/config/sym_target/py-db").body["arguments"]["risk"] == "high"


def test_what_is_gone_is_made_anew(kept, integration, client):
    one = target(kept).create()
    client.call("DELETE", "/config/sym_target/py-db")
    assert one.read().state is None


def test_what_is_there_is_imported_not_made(kept, integration):
    first, second = target(kept, max_duration="90m").create(), target(kept, max_duration="90m")
    assert second.create().state is None
    assert second.errors == ["py-db is here already. Import it to keep it."]
    second.adopt("aptible_role:PY-DB").read()
    assert (second.state["id"], second.state["max_duration"], second.state["settings"]["role_id"]) == (
        "py-db", "90m", "role-py-db",
    )  # fmt: skip
    assert second.update().read().is_clean
    second.state = None
    assert first.read().state


def test_an_import_of_nothing_says_so(kept):
    assert kept("sym_target").adopt("nothing").errors == ["There is no sym_target “nothing” here."]
    assert "nothing to import" in kept("sym_environment").adopt("main").errors[0]


def test_a_target_that_a_strategy_still_lists_can_go_in_the_same_apply(kept, integration):
    first, second = target(kept).create(), target(kept, "py-two").create()
    strategy = kept(
        "sym_strategy", type="aptible", name="py", integration_id="py", targets=["py-db", "py-two"]
    ).create()
    assert second.delete().errors == []
    assert strategy.update(targets=["py-db"]).errors == []
    assert strategy.read().is_clean
    assert first.read().is_clean


def test_what_is_used_says_by_whom(kept, integration):
    target(kept).create()
    integration.delete()
    assert integration.state
    assert integration.errors == ["py is used by sym_target py-db. Take it out there first."]


def test_a_refusal_points_at_the_argument(kept, integration):
    one = target(kept, risk="none").create()
    assert one.state is None
    assert [(each.path, each.detail) for each in one.told.diagnostics] == [
        (["risk"], "risk: A risk is low, medium or high.")
    ]
    bad = flow(kept, "", stage=[{"people": ["nobody@example.com"], "needed": 1}, {"needed": None, "label": ["x"]}])
    assert bad.create().errors


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


def test_a_plan_keeps_what_nothing_changes(kept, integration):
    one = target(kept).create()
    context = PlanContext(Diagnostics(), "sym_target", set())
    assert one.one.plan(context, one.state, dict(one.state))["applied"] == one.state["applied"]
    assert one.one.plan(context, one.state, {**one.state, "risk": "low"})["applied"] is Unknown


def test_a_state_of_an_older_version_gets_what_has_come_since(kept):
    old = {"id": "x", "name": "x", "stage": [{"label": "A"}], "gone": 1}
    found = RESOURCES["sym_flow"](None).upgrade(None, 0, old)
    assert set(found) == {"id", "applied", *shapes.SHAPES["sym_flow"].arguments, *shapes.SHAPES["sym_flow"].sections}
    assert found["stage"][0] == {
        "label": "A", "needed": None, "people": None, "groups": None, "managers": None, "pool": [],
    }  # fmt: skip


def test_ten_threads_at_once_make_ten_rows(provider, kept, integration):
    many = [target(kept, f"py-{number}") for number in range(10)]
    with concurrent.futures.ThreadPoolExecutor(10) as pool:
        list(pool.map(Kept.create, many))
    assert [one.errors for one in many] == [[]] * 10
    assert all(one.read().is_clean for one in many)


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
    assert issubclass(RESOURCES["sym_flow"], UsherResource)
