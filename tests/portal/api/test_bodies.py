"""What is wrong with a call is said at its field, and nothing that can be sent breaks anything."""

import io
import json
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from access.models import AccessRequest
from tests import factories
from tests.portal.api.conftest import ROOT
from tests.portal.api.test_auth import is_problem

RIGHT = {"flow": "production-access", "target": "prod", "duration": "1h", "reason": "to fix Ticket 123"}


@pytest.fixture
def me(caller, jon, flow):
    factories.mapping(jon)
    return caller(jon)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"flow": None}, "flow"),
        ({"flow": 1}, "flow"),
        ({"flow": ["production-access"]}, "flow"),
        ({"flow": "other"}, "flow"),
        ({"flow": "production-access\x00"}, "flow"),
        ({"target": {}}, "target"),
        ({"target": "other"}, "target"),
        ({"target": "p" * 10_000}, "target"),
        ({"duration": True}, "duration"),
        ({"duration": 3600.0}, "duration"),
        ({"duration": 0}, "duration"),
        ({"duration": -60}, "duration"),
        ({"duration": 61}, "duration"),
        ({"duration": 10**30}, "duration"),
        ({"duration": "soon"}, "duration"),
        ({"duration": ""}, "duration"),
        ({"duration": "9" * 5000}, "duration"),
        ({"duration": "٣h"}, "duration"),
        ({"duration": [3600]}, "duration"),
        ({"reason": ""}, "reason"),
        ({"reason": "  \n "}, "reason"),
        ({"reason": "x" * 10_000}, "reason"),
        ({"reason": "nul\x00"}, "reason"),
        ({"reason": 5}, "reason"),
        ({"ticket": "x" * 101}, "ticket"),
        ({"ticket": 5}, "ticket"),
        ({"starts_at": "tomorrow"}, "starts_at"),
        ({"starts_at": 1_800_000_000}, "starts_at"),
        ({"starts_at": "1800000000"}, "starts_at"),
        ({"starts_at": "2026-01-31"}, "starts_at"),
        ({"starts_at": "2026-01-31T14:30:00"}, "starts_at"),
        ({"starts_at": "2020-01-31T14:30:00Z"}, "starts_at"),
        ({"starts_at": "2150-01-31T14:30:00Z"}, "starts_at"),
        ({"starts_at": "0001-01-01T00:00:00+14:00"}, "starts_at"),
        ({"starts_at": "9999-12-31T23:59:59-14:00"}, "starts_at"),
        ({"starts_at": "2026-02-30T10:00:00Z"}, "starts_at"),
        ({"state": "approved"}, "state"),
        ({"requester": "rita@example.com"}, "requester"),
        ({"\x00": 1}, "\x00"),
    ],
)
def test_what_is_wrong_is_said_at_its_field(me, change, field):
    said = is_problem(me.post("/requests", {**RIGHT, **change}), 400)
    assert list(said["errors"]) == [field]
    assert all(one.endswith((".", "%")) or ": " in one for one in said["errors"].values())
    assert not AccessRequest.objects.exists()


@pytest.mark.parametrize("text", ["a\0b", "a\ud800b"])
@pytest.mark.parametrize("field", ["flow", "target", "reason", "ticket", "fields"])
def test_a_dry_run_says_of_a_text_what_the_call_says(me, field, text):
    body = {**RIGHT, field: {"region": [text]} if field == "fields" else text}
    said = is_problem(me.post("/requests", body), 400)["errors"]
    assert said == is_problem(me.post("/requests?dry_run=true", body), 400)["errors"]
    assert all(name.startswith(field) for name in said)


@pytest.mark.parametrize("field", sorted(RIGHT))
def test_what_is_missing_is_named(me, field):
    body = {name: value for name, value in RIGHT.items() if name != field}
    assert list(is_problem(me.post("/requests", body), 400)["errors"]) == [field]


@pytest.mark.parametrize(
    "body",
    [
        "", "{", "[]", "null", "3", '"text"', "[" * 30_000, "{}" * 2, b"\xff\xfe", b"\x00", '{"flow": 1e999}',
        '{"flow": "\\ud800"}', '{"\\ud800": 1}', '{"duration": ' + "9" * 5000 + "}", '{"a": NaN}', "<xml/>", "a=b",
    ],
)  # fmt: skip
def test_what_is_no_object_is_refused(me, body):
    is_problem(me.post("/requests", body), 400)


@pytest.mark.parametrize(
    "kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "a/b; charset=x"]
)
def test_a_body_of_another_type_is_refused(me, kind):
    headers = {"Authorization": f"Bearer {me.text}"}
    answer = Client().generic("POST", f"{ROOT}/requests", json.dumps(RIGHT), content_type=kind, headers=headers)
    is_problem(answer, 415)


@pytest.mark.parametrize("path", ["/requests", "/requests/R-AAAAA/deny", "/nowhere"])
def test_a_huge_body_is_refused_before_it_is_read(me, path):
    is_problem(me.post(path, {"reason": "x" * 70_000}), 413)


def test_a_body_in_chunks_is_refused_as_nothing_of_it_would_be_read(caller, flow, adam):
    """An approval that shortens would otherwise approve all that was asked for."""
    asked = factories.request_at(now=timezone.now(), seconds=4 * 3600)
    token = caller(adam, "approve").text
    read: dict[str, Any] = {"wsgi.input": io.BytesIO(json.dumps({"duration": "1h"}).encode())}
    answer = Client().generic(
        "POST", f"{ROOT}/requests/{asked.ref}/approve", "", content_type="application/json",
        headers={"Authorization": f"Bearer {token}", "Transfer-Encoding": "chunked"},
        **read,
    )  # fmt: skip
    is_problem(answer, 400)
    assert "not in chunks" in answer.json()["detail"]
    asked.refresh_from_db()
    assert asked.state == "pending"


def test_a_length_that_is_none_is_refused(me):
    answer = Client().generic("POST", f"{ROOT}/requests", "{}", content_type="application/json", CONTENT_LENGTH="many")
    is_problem(answer, 400)


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("state=open", "state"),
        ("stat=pending", "stat"),
        ("limit=0", "limit"),
        ("limit=101", "limit"),
        ("limit=ten", "limit"),
        ("limit=" + "9" * 5000, "limit"),
        ("since=yesterday", "since"),
        ("since=5", "since"),
        ("until=0001-01-01T00:00:00%2B14:00", "until"),
        ("cursor=nonsense", "cursor"),
        ("cursor=UkFBQQ", "cursor"),
        ("cursor=%FF", "cursor"),
        ("cursor=" + "A" * 500, "cursor"),
        ("target=%00", "target"),
        ("requester=%00", "requester"),
        ("%00=1", "\x00"),
    ],
)
def test_a_list_says_which_filter_is_wrong(me, query, field):
    assert list(is_problem(me.get(f"/requests?{query}"), 400)["errors"]) == [field]


@pytest.mark.parametrize(
    "path",
    [
        "/audit?cursor=LTU",
        "/audit?cursor=OTk5OTk5OTk5OTk5OTk5OTk5OTk5OTk5",
        "/grants?state=pending",
        "/grants?cursor=x",
    ],
)
def test_other_lists_do_so_too(caller, olga, path):
    is_problem(caller(olga).get(path), 400)


@pytest.mark.parametrize(
    "path", ["/", "/nowhere", "/requests/", "/requests/R%00", "/requests/a/b/c", "/requests/" + "R" * 900]
)
def test_an_address_that_is_none_is_a_problem_not_a_page(me, path):
    is_problem(me.get(path), 404)


def test_what_breaks_is_a_problem_too(me, monkeypatch):
    monkeypatch.setattr("portal.api.me.choices.flows", factories.breaks)
    client = Client(raise_request_exception=False)
    answer = client.get(f"{ROOT}/flows", headers={"Authorization": f"Bearer {me.text}"})
    is_problem(answer, 500)
    assert "breaks" not in answer.content.decode()


def test_refusals_keep_the_headers_that_guard_pages(me):
    for answer in (me.get("/nowhere"), me.post("/requests", "{"), me.call("DELETE", "/me")):
        assert answer["X-Content-Type-Options"] == "nosniff"
        assert answer["Cache-Control"] == "private, no-store"
