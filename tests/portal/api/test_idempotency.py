"""The same call twice, the same answer."""

from datetime import timedelta

import pytest
from django.db import connection

from access.models import AccessRequest, Decision
from tests import factories
from tests.at_once import at_once
from tests.portal.api.test_auth import is_problem

BODY = {"flow": "production-access", "target": "prod", "duration": "1h", "reason": "to fix Ticket 123"}


@pytest.fixture
def me(caller, jon, flow):
    factories.mapping(jon)
    return caller(jon)


def test_the_same_key_asks_once(me):
    first = me.post("/requests", BODY, **{"Idempotency-Key": "k-1"})
    again = me.post("/requests", BODY, **{"Idempotency-Key": "k-1"})
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.content == again.content
    assert again["Idempotency-Replayed"] == "true"
    assert AccessRequest.objects.count() == 1
    other = me.post("/requests", BODY, **{"Idempotency-Key": "k-2"})
    assert other.json()["ref"] != first.json()["ref"]


def test_a_key_belongs_to_its_call(me):
    me.post("/requests", BODY, **{"Idempotency-Key": "k-1"})
    for path, body in (("/requests", {**BODY, "reason": "another"}), ("/requests?dry_run=true", BODY)):
        is_problem(me.post(path, body, **{"Idempotency-Key": "k-1"}), 422)
    assert AccessRequest.objects.count() == 1


@pytest.mark.parametrize("key", ["", "x" * 201, "tab\there", "ümlaut"])
def test_a_key_is_plain_and_short(me, key):
    is_problem(me.post("/requests", BODY, **{"Idempotency-Key": key}), 400)


def test_a_refusal_frees_the_key(me, flow):
    flow.is_active = False
    flow.save()
    is_problem(me.post("/requests", BODY, **{"Idempotency-Key": "k-1"}), 400)
    flow.is_active = True
    flow.save()
    assert me.post("/requests", BODY, **{"Idempotency-Key": "k-1"}).status_code == 201


def test_a_call_that_was_cut_off_finds_its_own_work(me, monkeypatch):
    """It asked, and broke before it could answer. Sent again later, it answers with what it has made."""
    with monkeypatch.context() as patch:
        patch.setattr("portal.api.requests.schemas.request", factories.breaks)
        with pytest.raises(RuntimeError):
            me.post("/requests", BODY, **{"Idempotency-Key": "k-1"})
    made = AccessRequest.objects.get()
    is_problem(me.post("/requests", BODY, **{"Idempotency-Key": "k-1"}), 409)
    monkeypatch.setattr("access.people.api_calls.GIVEN_UP", timedelta(0))
    assert me.post("/requests", BODY, **{"Idempotency-Key": "k-1"}).json()["ref"] == made.ref
    assert AccessRequest.objects.count() == 1


def test_an_approval_with_a_key_can_be_sent_twice(caller, adam, flow, now):
    asked = factories.request_at(now=now)
    api = caller(adam)
    answers = [api.post(f"/requests/{asked.ref}/approve", **{"Idempotency-Key": "k"}) for _one in range(2)]
    assert [one.status_code for one in answers] == [200, 200]
    assert Decision.objects.count() == 1


def test_a_key_belongs_to_its_token(me, caller, rita, flow):
    """Nobody is answered what somebody else was, by guessing the key."""
    factories.mapping(rita)
    mine = me.post("/requests", BODY, **{"Idempotency-Key": "k-1"}).json()
    theirs = caller(rita).post("/requests", BODY, **{"Idempotency-Key": "k-1"}).json()
    assert (mine["requester"]["email"], theirs["requester"]["email"]) == ("jon@example.com", "rita@example.com")
    is_problem(caller(rita, "read").post("/requests", BODY, **{"Idempotency-Key": "k-1"}), 403)


@pytest.mark.races
@pytest.mark.django_db(transaction=True)
def test_many_calls_with_one_key_at_once_ask_once(me):
    if connection.vendor != "postgresql":
        pytest.skip("Races need PostgreSQL: run the suite with DATABASE_URL set.")
    for number in range(3):
        answers = at_once(*[lambda key=f"k-{number}": me.post("/requests", BODY, **{"Idempotency-Key": key})] * 8)
        assert {one.status_code for one in answers} <= {201, 409}
        assert len({one.json()["ref"] for one in answers if one.status_code == 201}) == 1
    assert AccessRequest.objects.count() == 3
