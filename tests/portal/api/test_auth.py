"""Who may call: each address without a token, with one that opens nothing, of the wrong scope, by the wrong method."""

from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client
from django.utils import timezone

from access.models import AuditEvent, Token, User
from access.people import tokens
from portal.api import anonymous_limits
from portal.api.kinds import KINDS
from tests import factories
from tests.portal.api.conftest import ROOT

# Every call, and the scope that it needs.
CALLS = [
    ("GET", "/me", ""),
    ("GET", "/flows", "read"),
    ("GET", "/targets", "read"),
    ("GET", "/requests", "read"),
    ("GET", "/requests/R-AAAAA", "read"),
    ("POST", "/requests", "ask"),
    ("POST", "/requests/R-AAAAA/approve", "approve"),
    ("POST", "/requests/R-AAAAA/deny", "approve"),
    ("POST", "/requests/R-AAAAA/withdraw", "ask"),
    ("GET", "/grants", "read"),
    ("GET", "/grants/G-AAAAA", "read"),
    ("POST", "/grants/G-AAAAA/end", "end"),
    ("POST", "/grants/G-AAAAA/extend", "ask"),
    ("GET", "/access-reviews", "read"),
    ("GET", "/access-reviews/V-AAAAA", "read"),
    ("GET", "/access-reviews/V-AAAAA/rows", "read"),
    ("GET", "/audit", "audit"),
    ("GET", "/evidence", "audit"),
    ("GET", "/config/sym_target", "configure"),
    ("GET", "/config/sym_target/a-name", "configure"),
    ("PUT", "/config/sym_target/a-name", "configure"),
    ("DELETE", "/config/sym_target/a-name", "configure"),
    ("POST", "/config/dry-run", "configure"),
]
# What stands in a described path for what was called.
NAMES = {"R-AAAAA": "{ref}", "G-AAAAA": "{ref}", "V-AAAAA": "{ref}", "sym_target": "{type}", "a-name": "{name}"}
every_call = pytest.mark.parametrize(("method", "path", "scope"), CALLS)


def is_problem(answer, status):
    said = answer.json()
    assert answer.status_code == status, said
    assert answer["Content-Type"] == "application/problem+json"
    kind = next(one for one in KINDS if one.type == said["type"])
    assert said["status"] == kind.status == status
    assert said["title"]
    assert said["detail"].endswith((".", "…"))
    return said


def test_the_table_has_every_call_that_is_described():
    described = Client().get(f"{ROOT}/openapi.json").json()["paths"]
    calls = {(method.upper(), path) for path, methods in described.items() for method in methods}
    known = {(method, ROOT + "/".join(NAMES.get(word, word) for word in path.split("/"))) for method, path, _s in CALLS}
    assert calls == known


@every_call
def test_without_a_token_nobody_calls(stranger, method, path, scope):
    answer = stranger.call(method, path)
    is_problem(answer, 401)
    assert answer["WWW-Authenticate"].startswith("Bearer")


@every_call
@pytest.mark.parametrize("why", ["revoked", "expired", "deactivated", "mistyped"])
def test_a_token_that_opens_nothing_is_refused_at_once(caller, jon, method, path, scope, why):
    known = caller(jon)
    if why == "revoked":
        tokens.revoke(token=known.token, by=jon, now=timezone.now())
    elif why == "expired":
        Token.objects.update(created_at=timezone.now() - timedelta(days=2), expires_at=timezone.now())
    elif why == "deactivated":
        User.objects.filter(pk=jon.pk).update(is_active=False)
    else:
        known.text = known.text[:-1] + ("a" if known.text[-1] != "a" else "b")
    is_problem(known.call(method, path), 401)


@every_call
def test_each_call_needs_its_own_scope(caller, jon, method, path, scope):
    others = {"read", "ask", "approve", "end", "audit", "configure"} - {scope}
    answer = caller(jon, *others).call(method, path)
    if not scope:
        assert answer.status_code == 200
        return
    assert scope in is_problem(answer, 403)["detail"]


@every_call
def test_its_scope_alone_is_enough(caller, olga, method, path, scope):
    answer = caller(olga, scope or "read").call(method, path)
    assert answer.status_code in (200, 400, 404), answer.content


@every_call
@pytest.mark.parametrize("wrong", ["DELETE", "PUT", "PATCH"])
def test_other_methods_are_refused(caller, jon, method, path, scope, wrong):
    if (wrong, path, scope) in CALLS:
        return
    answer = caller(jon).call(wrong, path)
    is_problem(answer, 405)
    assert method in answer["Allow"]


@every_call
def test_a_session_opens_nothing(sign_in, olga, method, path, scope):
    answer = sign_in(olga).generic(method, ROOT + path)
    is_problem(answer, 401)


@pytest.mark.parametrize(
    "header", ["", "Bearer", "Bearer ", "Basic abc", "Token {}", "{}", "Bearer {} {}", "Bearer \udcff"]
)
def test_other_headers_are_no_token(caller, jon, header):
    text = caller(jon).text
    answer = Client().get(f"{ROOT}/me", headers={"Authorization": header.format(text, text)})
    is_problem(answer, 401)


def test_the_kind_of_a_header_is_read_in_any_case(caller, jon):
    assert Client().get(f"{ROOT}/me", headers={"Authorization": f"bEARER {caller(jon).text}"}).status_code == 200


def test_a_token_is_never_more_than_its_person(caller, rita, flow, now):
    asked = factories.request_at(now=now)
    assert caller(rita).get(f"/requests/{asked.ref}").status_code == 404
    is_problem(caller(rita).get("/audit"), 403)


def test_me_tells_whom_it_acts_as_and_what_it_may(caller, jon):
    known = caller(jon, "read")
    said = known.get("/me").json()
    assert (said["email"], said["is_bot"]) == ("jon@example.com", False)
    assert said["token"]["ref"] == known.token.ref
    assert said["token"]["scopes"] == ["read"]
    assert known.text not in str(said)


def test_the_log_names_the_token_that_asked(caller, jon, flow):
    factories.mapping(jon)
    known = caller(jon)
    body = {"flow": "production-access", "target": "prod", "duration": 3600, "reason": "to fix Ticket 123"}
    made = known.post("/requests", body).json()
    event = AuditEvent.objects.get(type="request.asked")
    assert (event.request_ref, event.actor, event.data["through"]) == (made["ref"], jon.email, known.token.ref)


def test_too_many_calls_have_to_wait(caller, jon, monkeypatch):
    monkeypatch.setattr("access.people.api_calls.READS", 2)
    at = datetime(2040, 1, 5, 12, 0, 20, tzinfo=UTC)
    known = caller(jon)
    Token.objects.update(expires_at=at + timedelta(days=1))
    monkeypatch.setattr("portal.api.auth.timezone.now", lambda: at)
    answers = [known.get("/me") for _one in range(3)]
    assert [one.status_code for one in answers] == [200, 200, 429]
    is_problem(answers[2], 429)
    assert answers[2]["Retry-After"] == "40"
    assert [one["RateLimit-Remaining"] for one in answers] == ["1", "0", "0"]
    assert {one["RateLimit-Limit"] for one in answers} == {"2"}


def test_strangers_are_slowed_down_and_nobody_else(caller, stranger, jon, monkeypatch):
    monkeypatch.setattr("portal.api.anonymous_limits.time.time", lambda: 1_700_000_045.0)
    monkeypatch.setattr(anonymous_limits, "LIMIT", 3)
    assert [stranger.get("/me").status_code for _one in range(4)] == [401, 401, 401, 429]
    assert caller(jon).get("/me").status_code == 200


def test_the_description_is_open_and_asks_nobody_elsewhere(db):
    answer = Client().get(f"{ROOT}/openapi.json")
    said = answer.json()
    assert answer.status_code == 200
    assert said["components"]["securitySchemes"] == {"Bearer": {"type": "http", "scheme": "bearer"}}
    assert Client().get(f"{ROOT}/docs").status_code == 404
