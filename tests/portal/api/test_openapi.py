"""The API's own description, held to the specification and used by others' tools as it is."""

import functools
import importlib
import subprocess
import sys
from http import HTTPStatus
from pathlib import Path

import httpx
import pytest
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections
from django.test import Client
from openapi_schema_validator import OAS31Validator
from openapi_spec_validator import validate

from access.core.states import GrantState
from access.models import Grant
from portal.api import openapi, openapi_tidy
from portal.api.examples import EXAMPLES
from portal.api.kinds import BY_NAME, KINDS
from portal.api.server import api
from tests import factories
from tests.portal.api.conftest import PERSONS, ROOT

ASK = {"flow": "production-access", "target": "prod", "duration": "1h", "reason": "to fix Ticket 123"}


@functools.cache
def described():
    return Client().get(f"{ROOT}/openapi.json").json()


def operations():
    return [operation for _method, operation in openapi_tidy.operations(described())]


def test_it_is_what_the_specification_demands():
    validate(described())


def test_every_example_is_whole_and_fits_its_schema():
    schemas = described()["components"]["schemas"]
    assert set(EXAMPLES) <= set(schemas)
    for name, example in EXAMPLES.items():
        schema = {"$ref": f"#/components/schemas/{name}", "components": {"schemas": schemas}}
        OAS31Validator(schema, format_checker=OAS31Validator.FORMAT_CHECKER).validate(example)
        assert set(example) == set(schemas[name].get("properties", {})), name


def test_bodies_that_can_be_left_out_are_not_called_null():
    bodies = {one["operationId"]: one["requestBody"] for one in operations() if "requestBody" in one}
    needed = {name for name, body in bodies.items() if body["required"]}
    assert needed == {"ask", "put_config", "judge_config"}
    assert "null" not in str([body["content"] for body in bodies.values()])
    assert "null" not in str([one["parameters"] for one in operations()])


def test_it_says_where_it_is_and_what_its_parts_are_about(settings):
    assert [one["url"] for one in described()["servers"]] == [settings.BASE_URL]
    used = {tag for one in operations() for tag in one["tags"]} | {"Webhooks"}
    assert used == {one["name"] for one in described()["tags"]} == set(openapi.TAGS)
    assert all(one["description"] for one in operations())


def test_it_is_put_together_once_for_the_address_of_the_portal(settings):
    one = api.get_openapi_schema()
    assert api.get_openapi_schema() is one
    settings.BASE_URL = "https://elsewhere.example.com"
    assert api.get_openapi_schema()["servers"][0]["url"] == settings.BASE_URL
    assert api.get_openapi_schema() is not one


def test_limits_pauses_and_links_are_described_where_they_come():
    for one in operations():
        for status, answer in one["responses"].items():
            headers = set(answer.get("headers", {}))
            assert ("Retry-After" in headers) == (status == "429")
            assert ("RateLimit-Remaining" in headers) == (status != "401")
        is_list = any(named["name"] == "cursor" for named in one["parameters"])
        assert ("Link" in one["responses"]["200"]["headers"]) == is_list


def test_every_refusal_that_is_described_has_a_kind_of_its_own():
    types = {kind.type for kind in KINDS}
    assert len(types) == len(KINDS)
    for one in operations():
        for status, answer in one["responses"].items():
            if int(status) >= HTTPStatus.BAD_REQUEST:
                assert answer["content"]["application/problem+json"]["example"]["type"] in types


def test_each_kind_has_a_place_on_the_page_and_in_the_documents():
    page = Client().get("/problems/").content.decode()
    text = Path("docs/api.md").read_text()
    for kind in KINDS:
        assert f'id="{kind.name}"' in page
        assert f"`{kind.name}`" in text


@pytest.mark.django_db
def test_refusals_that_share_a_status_are_told_apart(caller, adam, jon, flow, stranger):
    factories.mapping(jon)
    me = caller(jon, "read", "ask")
    ref = me.post("/requests", ASK).json()["ref"]
    for answer, name in (
        (me.post(f"/requests/{ref}/approve"), "missing-scope"),
        (caller(jon).post(f"/requests/{ref}/approve"), "not-allowed"),
        (me.get("/requests/R-22222"), "not-found"),
        (me.post("/requests", {}), "wrong-input"),
        (me.call("PUT", "/requests"), "wrong-method"),
        (stranger.get("/me"), "no-token"),
    ):
        told = answer.json()
        assert (told["type"], told["title"]) == (BY_NAME[name].type, str(BY_NAME[name].title))


@pytest.fixture
def client(tmp_path, monkeypatch):
    """The module of a client made anew from the description; nothing of it is kept."""
    (tmp_path / "openapi.json").write_bytes(Client().get(f"{ROOT}/openapi.json").content)
    (tmp_path / "how.yaml").write_text("post_hooks: []\n")
    made = subprocess.run(  # noqa: S603
        [sys.executable, "-m", "openapi_python_client", "generate", "--path", tmp_path / "openapi.json",
         "--output-path", tmp_path / "made_client", "--meta", "none", "--config", tmp_path / "how.yaml",
         "--fail-on-warning"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert made.returncode == 0, made.stdout + made.stderr
    monkeypatch.syspath_prepend(tmp_path)
    yield importlib.import_module("made_client")
    for name in [one for one in sys.modules if one.split(".")[0] == "made_client"]:
        del sys.modules[name]


@pytest.fixture
def calls(client, caller):
    """Call an operation of the client as somebody, in this process."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)

    def call(person, part, name, *args, **kwargs):
        as_them = client.AuthenticatedClient(
            base_url="http://testserver",
            token=caller(person, *PERSONS).text,
            httpx_args={"transport": httpx.WSGITransport(app=get_wsgi_application())},
        )
        module = importlib.import_module(f"made_client.api.{part}.{name}")
        return module.sync_detailed(*args, client=as_them, **kwargs)

    yield call
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


def test_a_client_made_of_it_tells_the_whole_story(client, calls, jon, adam, flow):
    factories.mapping(jon)
    models = importlib.import_module("made_client.models")
    offered = calls(jon, "what_there_is", "list_targets").parsed
    assert [one.name for one in offered.items] == ["prod"]
    body = models.Ask.from_dict(ASK)
    outlook = calls(jon, "requests", "ask", body=body, dry_run=True).parsed
    assert isinstance(outlook, models.Outlook)
    assert outlook.blocked.additional_properties == {}

    asked = calls(jon, "requests", "ask", body=body, idempotency_key="story-1")
    again = calls(jon, "requests", "ask", body=body, idempotency_key="story-2").parsed
    assert (asked.status_code, asked.parsed.state) == (HTTPStatus.CREATED, "pending")
    assert calls(jon, "requests", "withdraw", again.ref).parsed.state == "withdrawn"

    refused = calls(adam, "requests", "deny", asked.parsed.ref).parsed
    assert isinstance(refused, models.Problem)
    assert refused.type_.endswith("#wrong-input")
    assert refused.errors.additional_properties["comment"]

    approved = calls(adam, "requests", "approve", asked.parsed.ref).parsed  # with the body left out
    assert (approved.state, approved.decisions[0].by.name) == ("approved", adam.name)
    grant = Grant.objects.get()
    assert calls(jon, "access", "list_grants", state="scheduled", limit=1).parsed.items[0].ref == grant.ref
    assert calls(jon, "access", "end_grant", grant.ref).parsed.state == GrantState.ENDED
    listed = calls(jon, "requests", "list_requests", limit=1).parsed
    rest = calls(jon, "requests", "list_requests", limit=1, cursor=listed.next_cursor).parsed
    assert {listed.items[0].ref, rest.items[0].ref} == {asked.parsed.ref, again.ref}


@pytest.mark.django_db
def test_a_link_leads_through_a_list_as_the_cursor_does(caller, jon, flow, now, settings):
    for _number in range(3):
        factories.request_at(now=now)
    me, address, seen = caller(jon), "/requests?state=pending&limit=2", []
    while address:
        answer = me.get(address)
        seen += [one["ref"] for one in answer.json()["items"]]
        assert bool(answer.json()["next_cursor"]) == answer.has_header("Link")
        link = answer.headers.get("Link", "")
        address = link.removeprefix(f"<{settings.BASE_URL}{ROOT}").removesuffix('>; rel="next"')
    assert len(seen) == len(set(seen)) == 3
