"""Flows, targets, grants and the log through the API."""

from datetime import datetime, timedelta

import pytest
from django.utils import timezone

from access.audit import digest, log
from access.core.states import GrantState
from access.grants import active
from access.models import AuditEvent, Grant, User
from tests import chain, factories
from tests.portal.api.test_auth import is_problem


def items(answer):
    return answer.json()["items"]


def test_flows_and_targets_tell_what_can_be_asked_for(caller, jon, flow):
    [told] = items(caller(jon).get("/flows"))
    assert (told["name"], told["targets"]) == ("production-access", ["prod"])
    assert told["durations"] == [60, 3600, 4 * 3600, 8 * 3600]
    [target] = items(caller(jon).get("/targets"))
    assert (target["name"], target["flows"]) == ("prod", ["production-access"])
    assert target["opens"] == [{"environment": "prod", "permissions": ["Deployment", "Tunnel"]}]


def test_a_closed_flow_is_not_listed(caller, jon, flow):
    flow.is_active = False
    flow.save()
    assert items(caller(jon).get("/flows")) == items(caller(jon).get("/targets")) == []


@pytest.mark.parametrize("path", ["/flows", "/targets"])
def test_they_take_as_many_queries_at_any_size(caller, jon, flow, path, django_assert_max_num_queries):
    api = caller(jon)
    for number in range(6):
        target = factories.target(f"t-{number}", f"T {number}", f"role-{number}")
        factories.flow(f"flow-{number}").strategy.targets.add(target)
    with django_assert_max_num_queries(7):
        assert len(items(api.get(path))) == 7


@pytest.mark.parametrize("who", ["jon", "adam", "rita", "olga"])
def test_everybody_sees_the_access_that_the_pages_show_them(caller, flow, olga, rita, now, who):
    factories.grant(now=now)
    factories.grant(now=now, person=rita, state=GrantState.ENDED)
    person = factories.person(who)
    visible = set(active.ever_visible_to(person, now=timezone.now()).values_list("ref", flat=True))
    api = caller(person)
    assert {one["ref"] for one in items(api.get("/grants"))} == visible
    for ref in Grant.objects.values_list("ref", flat=True):
        assert api.get(f"/grants/{ref}").status_code == (200 if ref in visible else 404)
        if ref not in visible:
            is_problem(api.post(f"/grants/{ref}/end"), 404)


@pytest.mark.parametrize("state", GrantState.values)
def test_grants_are_narrowed_to_a_state(caller, olga, flow, rita, now, state):
    factories.grant(now=now, state=state)
    factories.grant(now=now, person=rita, state="ended" if state != "ended" else "active")
    [told] = items(caller(olga).get(f"/grants?state={state}"))
    assert (told["state"], told["person"]["email"]) == (state, "jon@example.com")


def test_grants_are_narrowed_to_a_person_and_a_target(caller, olga, flow, rita, now):
    factories.grant(now=now)
    factories.grant(now=now, person=rita)
    assert [one["person"]["email"] for one in items(caller(olga).get("/grants?person=rita@example.com"))] == [
        rita.email
    ]
    assert items(caller(olga).get("/grants?target=other")) == []


@pytest.mark.parametrize(
    ("who", "state", "status"),
    [
        ("jon", "active", 200),
        ("jon", "granting", 200),
        ("jon", "scheduled", 200),
        ("jon", "revoking", 409),
        ("jon", "ended", 409),
        ("adam", "active", 200),
        ("olga", "active", 200),
        ("rita", "active", 404),
    ],
)
def test_access_is_ended_by_those_who_may(caller, flow, olga, now, who, state, status):
    held = factories.grant(now=now, state=state)
    answer = caller(factories.person(who)).post(f"/grants/{held.ref}/end", {"comment": "Over."})
    assert answer.status_code == status, answer.content
    if status == 200:
        assert answer.json()["state"] == ("ended" if state == "scheduled" else "revoking")


@pytest.mark.parametrize(
    ("who", "free", "status"), [("jon", 900, 200), ("jon", 0, 403), ("adam", 900, 403), ("rita", 900, 404)]
)
def test_access_is_extended_once_where_the_flow_allows_it(caller, flow, now, who, free, status):
    flow.free_extension = free
    flow.save()
    held = factories.grant(now=now)
    api = caller(factories.person(who))
    answer = api.post(f"/grants/{held.ref}/extend")
    assert answer.status_code == status, answer.content
    if status == 200:
        later = held.ends_at + timedelta(seconds=free)
        assert answer.json()["ends_at"] == later.isoformat().replace("+00:00", "Z")
        is_problem(api.post(f"/grants/{held.ref}/extend"), 409)


def test_a_grant_tells_its_times_and_its_requests(caller, jon, flow, now):
    held = factories.grant(now=now)
    told = caller(jon).get(f"/grants/{held.ref}").json()
    assert told["requests"] == [held.requests.get().ref]
    assert told["ends_at"] == held.ends_at.isoformat().replace("+00:00", "Z")
    assert told["due_to_end_at"] == told["ends_at"]
    assert told["trouble"] == ""


def test_grants_take_as_many_queries_at_any_size(caller, olga, flow, now, django_assert_num_queries):
    api = caller(olga)
    api.get("/grants")
    factories.grant(now=now)
    with django_assert_num_queries(4):  # the token, its count, the grants, their requests
        assert len(items(api.get("/grants"))) == 1
    for number in range(4):
        person = factories.person(f"p{number}")
        factories.mapping(person, account_id=f"account-{number}")
        factories.grant(now=now, person=person)
    with django_assert_num_queries(4):
        assert len(items(api.get("/grants"))) == 5


@pytest.mark.parametrize(("who", "status"), [("jon", 403), ("adam", 403), ("olga", 200), ("audra", 200)])
def test_the_log_is_for_auditors_and_admins(caller, flow, olga, who, status):
    person = factories.person(who)
    User.objects.filter(email="audra@example.com").update(is_auditor=True)
    assert caller(person).get("/audit").status_code == status


def test_the_log_can_be_followed(caller, olga, now):
    for number in range(5):
        log.append("integration.synced", actor="usher", now=now, subject=f"integration:{number}")
    api = caller(olga)
    sealed = [one.seq for one in chain.sealed()]
    first = api.get("/audit?limit=3").json()
    second = api.get(f"/audit?limit=100&cursor={first['next_cursor']}").json()
    told = first["items"] + second["items"]
    assert [one["seq"] for one in told] == sealed
    nothing = api.get(f"/audit?cursor={second['next_cursor']}").json()
    assert nothing == {"items": [], "next_cursor": second["next_cursor"]}
    log.append("integration.synced", actor="usher", now=now, subject="integration:new")
    chain.sealed()
    assert [one["subject"] for one in items(api.get(f"/audit?cursor={nothing['next_cursor']}"))] == ["integration:new"]


def test_an_event_is_told_so_that_its_hash_can_be_computed(caller, olga):
    log.append("mapping.set", actor="usher", now=timezone.now(), subject="person:jon", data={"account_id": "ü"})
    api = caller(olga)
    chain.sealed()
    told = items(api.get("/audit"))[0]
    event = AuditEvent(
        at=datetime.fromisoformat(told["at"]), actor=told["actor"], type=told["type"], actor_id=told["actor_id"],
        actor_name=told["actor_name"], person_id=told["person_id"],
        request_ref=told["request"], grant_ref=told["grant"], subject=told["subject"], data=told["data"],
    )  # fmt: skip
    facts = digest.facts_of(event)
    assert digest.hash_of(told["format"], told["seq"], told["previous"], facts) == told["hash"]


def test_the_log_is_narrowed(caller, olga, flow, now):
    asked = factories.request_at(now=now - timedelta(days=1))
    api = caller(olga)
    chain.sealed()
    assert {one["request"] for one in items(api.get(f"/audit?request={asked.ref.lower()}"))} == {asked.ref}
    assert {one["type"] for one in items(api.get("/audit?type=request.asked"))} == {"request.asked"}
    moment = now.isoformat().replace("+00:00", "Z")
    assert [one["type"] for one in items(api.get(f"/audit?since={moment}"))] == ["token.issued"]
    assert "request.asked" in {one["type"] for one in items(api.get(f"/audit?until={moment}&actor=jon@example.com"))}


def test_the_log_takes_as_many_queries_at_any_size(caller, olga, now, django_assert_num_queries):
    api = caller(olga)
    api.get("/audit")
    for _one in range(20):
        log.append("integration.synced", actor="usher", now=now, subject="integration:x")
    chain.sealed()
    with django_assert_num_queries(3):
        api.get("/audit")
