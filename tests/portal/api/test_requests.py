"""Requests through the API: the same rules, refusals and views as on the pages."""

import base64
import uuid
from datetime import timedelta

import pytest
from django.utils import timezone

from access.core.states import GrantState, RequestState
from access.models import AccessRequest, AuditEvent, Decision, Flow, Grant, User
from access.requests import lists
from tests import factories
from tests.portal.api.test_auth import is_problem
from tests.portal.pages import words

BODY = {"flow": "production-access", "target": "prod", "duration": "1h", "reason": "to fix Ticket 123"}


@pytest.fixture
def me(caller, jon, flow):
    factories.mapping(jon)
    return caller(jon)


def refs(answer):
    return [one["ref"] for one in answer.json()["items"]]


def test_asking_makes_the_same_request_as_the_page(me, jon):
    answer = me.post("/requests", {**BODY, "ticket": "T-1", "reason": " two\r\nlines "})
    made = AccessRequest.objects.get()
    said = answer.json()
    assert answer.status_code == 201
    assert (said["ref"], said["state"], said["duration"], said["approved_duration"]) == (
        made.ref,
        "pending",
        3600,
        None,
    )
    assert (made.requester, made.seconds, made.reason, made.ticket) == (jon, 3600, "two\nlines", "T-1")
    assert said["url"].endswith(f"/requests/{made.ref}/")
    assert me.get(f"/requests/{made.ref.lower()}").json() == said


@pytest.mark.parametrize("written", [3600, "3600", "1h", "60m", "1H"])
def test_a_duration_is_seconds_or_words(me, written):
    assert me.post("/requests", {**BODY, "duration": written}).json()["duration"] == 3600


def test_a_later_start_is_kept_to_the_second(me):
    start = timezone.now().replace(microsecond=0) + timedelta(days=3)
    said = me.post("/requests", {**BODY, "starts_at": start.isoformat()}).json()
    assert AccessRequest.objects.get().starts_at == start
    assert said["starts_at"] == start.isoformat().replace("+00:00", "Z")


def test_the_story_goes_through_the_api_alone(me, caller, adam):
    ref = me.post("/requests", BODY).json()["ref"]
    said = caller(adam, "approve").post(f"/requests/{ref}/approve", {"comment": "Go.", "duration": "1m"}).json()
    assert (said["state"], said["approved_duration"], said["grant"]["state"]) == ("approved", 60, "scheduled")
    assert [(one["by"]["email"], one["verdict"], one["comment"], one["place"]) for one in said["decisions"]] == [
        (adam.email, "approve", "Go.", "api")
    ]
    grant = Grant.objects.get()
    factories.move(grant, GrantState.GRANTING, now=timezone.now())
    factories.move(grant, GrantState.ACTIVE, now=timezone.now())
    ended = me.post(f"/grants/{grant.ref}/end").json()
    assert (ended["state"], ended["end_reason"], ended["ended_by"]) == ("revoking", "returned", "jon@example.com")


def test_the_decision_says_that_it_came_through_the_api(me, caller, adam, sign_in):
    ref = me.post("/requests", BODY).json()["ref"]
    caller(adam).post(f"/requests/{ref}/deny", {"comment": "Not now."})
    assert Decision.objects.get().place == Decision.Place.API
    assert AuditEvent.objects.get(type="request.denied").data["place"] == "api"


def test_withdrawing_takes_no_body_or_an_empty_one(me):
    body: dict[str, str] | None
    for body in (None, {}):
        ref = me.post("/requests", BODY).json()["ref"]
        assert me.post(f"/requests/{ref}/withdraw", body).json()["state"] == "withdrawn"
    ref = me.post("/requests", BODY).json()["ref"]
    assert "comment" in is_problem(me.post(f"/requests/{ref}/withdraw", {"comment": "x"}), 400)["errors"]


def closed(flow, jon):
    flow.is_active = False
    flow.save()


def nobody_approves(flow, jon):
    factories.decided_by(flow, jon)


def without_account(flow, jon):
    User.objects.filter(pk=jon.pk).update(email="nobody@example.com")
    jon.mappings.all().delete()


@pytest.mark.parametrize("blocked", [closed, nobody_approves, without_account])
def test_asking_is_refused_in_the_words_of_the_page(me, jon, flow, sign_in, blocked):
    blocked(flow, jon)
    said = is_problem(me.post("/requests", BODY), 400)
    typed = {**BODY, "starts": "now", "submission": uuid.uuid4()}
    page = sign_in(jon).post("/ask/", typed)
    if page.context["page"] is None:  # without a flow there is no form at all
        assert list(said["errors"]) == ["flow"]
    else:
        assert all(sentence in words(page) for sentence in said["errors"].values())
    assert not AccessRequest.objects.exists()


@pytest.mark.parametrize(
    ("who", "act", "state", "status"),
    [
        ("adam", "approve", "pending", 200),
        ("adam", "approve", "denied", 409),
        ("adam", "approve", "withdrawn", 409),
        ("adam", "approve", "lapsed", 409),
        ("adam", "deny", "approved", 409),
        ("adam", "deny", "pending", 200),
        ("adam", "withdraw", "pending", 403),
        ("jon", "approve", "pending", 403),
        ("jon", "deny", "pending", 403),
        ("jon", "withdraw", "pending", 200),
        ("jon", "withdraw", "approved", 409),
        ("olga", "approve", "pending", 403),
        ("olga", "withdraw", "pending", 403),
        ("rita", "approve", "pending", 404),
        ("rita", "deny", "pending", 404),
        ("rita", "withdraw", "pending", 404),
    ],
)
def test_each_act_has_the_answer_and_the_words_of_the_page(caller, flow, olga, now, sign_in, who, act, state, status):
    asked = factories.request_at(state=state, now=now)
    person = factories.person(who)
    answer = caller(person).post(f"/requests/{asked.ref}/{act}", {"comment": "Because."} if act != "withdraw" else None)
    assert answer.status_code == status, answer.content
    if status in (403, 409):
        page = sign_in(person).post(f"/requests/{asked.ref}/{act}/", {"comment": "Because."})
        assert page.status_code == status
        assert is_problem(answer, status)["detail"] in words(page)


def test_a_denial_says_why(caller, adam, flow, now):
    asked = factories.request_at(now=now)
    for body in (None, {}, {"comment": " "}):
        said = is_problem(caller(adam).post(f"/requests/{asked.ref}/deny", body), 400)
        assert list(said["errors"]) == ["comment"]


def test_what_a_passkey_signs_is_approved_on_its_page_alone(caller, adam, jon, flow, now):
    Flow.objects.update(approve_with_passkey=True, break_glass=True)
    asked = factories.request_at(now=now)
    said = is_problem(caller(adam).post(f"/requests/{asked.ref}/approve"), 403)["detail"]
    assert "signed with a passkey" in said
    assert f"/requests/{asked.ref}/" in said
    body = {"flow": flow.name, "target": "prod", "duration": "1h", "reason": "It is down.", "ticket": "INC-1"}
    said = is_problem(caller(jon).post("/requests", {**body, "break_glass": True}), 403)["detail"]
    assert "/ask/break-glass/" in said
    assert not Decision.objects.exists()
    assert caller(adam).post(f"/requests/{asked.ref}/deny", {"comment": "No."}).status_code == 200


def test_an_approver_may_only_shorten(caller, adam, flow, now):
    asked = factories.request_at(now=now)
    said = is_problem(caller(adam).post(f"/requests/{asked.ref}/approve", {"duration": "8h"}), 400)
    assert list(said["errors"]) == ["duration"]
    assert not Decision.objects.exists()


@pytest.mark.parametrize("who", ["jon", "adam", "rita", "olga"])
def test_everybody_sees_what_the_page_shows_them(caller, flow, olga, rita, now, who):
    factories.request_at(now=now)
    factories.request_at(now=now, requester=rita)
    person = factories.person(who)
    visible = set(lists.visible_to(person, now=timezone.now()).values_list("ref", flat=True))
    api = caller(person)
    assert set(refs(api.get("/requests"))) == visible
    for ref in AccessRequest.objects.values_list("ref", flat=True):
        assert api.get(f"/requests/{ref}").status_code == (200 if ref in visible else 404)


@pytest.fixture
def several(flow, rita, now):
    """One of each kind, the newest first."""
    other = factories.flow("staging-access", label="Staging")
    staging = factories.target("staging", "Staging", "role-staging")
    other.strategy.targets.add(staging)
    made = [
        factories.request_at(now=now - timedelta(days=3), state=RequestState.DENIED),
        factories.request_at(now=now - timedelta(days=2), state=RequestState.APPROVED),
        factories.request_at(now=now - timedelta(days=1), in_flow=other, for_target=staging),
        factories.request_at(now=now, requester=rita),
    ]
    return [one.ref for one in reversed(made)]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", [0, 1, 2, 3]),
        ("state=pending", [0, 1]),
        ("state=denied", [3]),
        ("state=approved", [2]),
        ("state=scheduled", [2]),
        ("state=lapsed", []),
        ("target=staging", [1]),
        ("flow=staging-access", [1]),
        ("requester=RITA@example.com", [0]),
        ("requester=rita", []),
        ("state=pending&requester=jon@example.com", [1]),
        ("since={1}", [0, 1]),
        ("until={1}", [2, 3]),
        ("since={2}&until={1}", [2]),
    ],
)
def test_a_list_is_narrowed(caller, adam, several, now, query, found):
    days = [(now - timedelta(days=one)).isoformat().replace("+00:00", "Z") for one in range(4)]
    answer = caller(adam).get(f"/requests?{query.format(*days)}")
    assert refs(answer) == [several[one] for one in found]


def test_a_cursor_goes_on_after_the_last_row_whatever_came_in_between(caller, adam, several, now):
    api = caller(adam)
    first = api.get("/requests?limit=2").json()
    newer = factories.request_at(now=now)
    second = api.get(f"/requests?limit=2&cursor={first['next_cursor']}").json()
    assert [one["ref"] for one in first["items"] + second["items"]] == several
    assert second["next_cursor"] is None
    assert refs(api.get("/requests"))[0] == newer.ref
    assert base64.urlsafe_b64decode(first["next_cursor"] + "==").decode().partition(":")[0] == several[1]


def test_a_list_and_one_request_are_told_alike(caller, adam, several):
    api = caller(adam)
    for one in api.get("/requests").json()["items"]:
        assert api.get(f"/requests/{one['ref']}").json() == one


def test_what_has_not_changed_is_not_sent_again(caller, adam, several, now):
    api = caller(adam)
    first = api.get("/requests")
    again = api.get("/requests", **{"If-None-Match": first["ETag"]})
    assert (again.status_code, again.content, again["ETag"]) == (304, b"", first["ETag"])
    factories.request_at(now=now)
    assert api.get("/requests", **{"If-None-Match": first["ETag"]}).status_code == 200


def test_a_dry_run_says_who_would_decide_and_writes_nothing(me, adam):
    answer = me.post("/requests?dry_run=true", BODY)
    said = answer.json()
    assert answer.status_code == 200
    assert (said["blocked"], said["approvals_needed"]) == ({}, 1)
    assert said["stages"][0]["at_once"] == [{"email": adam.email, "name": "Adam Novak"}]
    assert not AccessRequest.objects.exists()


@pytest.mark.parametrize("blocked", [nobody_approves, without_account])
def test_a_dry_run_says_what_asking_would_say(me, jon, flow, blocked):
    blocked(flow, jon)
    body = {**BODY, "duration": 61, "reason": ""}
    said = me.post("/requests?dry_run=1", body).json()
    assert said["blocked"] == is_problem(me.post("/requests", body), 400)["errors"]
    assert {"duration", "reason"} < set(said["blocked"])


def test_a_list_takes_as_many_queries_at_any_size(caller, adam, flow, now, django_assert_num_queries):
    api = caller(adam)
    api.get("/requests")
    for one in range(2):
        factories.request_at(now=now, state=RequestState.APPROVED, requester=factories.person("jon" if one else "rita"))
    # The token, its count, how requests come to this person, which are the newest, those, and who decided.
    with django_assert_num_queries(5):
        assert len(api.get("/requests").json()["items"]) == 2
    for _one in range(5):
        factories.request_at(now=now, state=RequestState.DENIED)
    with django_assert_num_queries(5):
        assert len(api.get("/requests").json()["items"]) == 7
