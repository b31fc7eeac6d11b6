"""How many statements a write asks, and that what it answers is what is written then."""

import json

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from access.core.states import GrantState
from access.models import AuditEvent, FastTrackRule, Grant, PromptField
from access.requests import detail, lists
from tests import factories
from tests.portal.api.test_requests import BODY

ASK, APPROVE, DENY, END, END_OF_OWN, END_OF_OTHERS = 15, 12, 9, 7, 8, 10
AROUND = ("BEGIN", "SAVEPOINT", "RELEASE", "COMMIT")


@pytest.fixture
def callers(caller, jon, adam, rita, olga, flow):
    """Each has called once in this minute. Adam is asked by name and in a group."""
    factories.mapping(jon)
    flow.stages.get().pools.get().groups.add(factories.group("Leads", adam, rita))
    found = {name: caller(one) for name, one in {"jon": jon, "adam": adam, "olga": olga}.items()}
    for one in found.values():
        one.get("/me")
    return found


@pytest.fixture
def asks(callers):
    """Call as somebody, and tell what was answered and how many statements that took."""

    def asks(who, path, body=None):
        with CaptureQueriesContext(connection) as seen:
            answer = callers[who].post(path, body or {})
        assert answer.status_code in (200, 201), answer.content
        told = [one["sql"] for one in seen.captured_queries]
        real = [one for one in told if not one.startswith(AROUND)]
        assert len(told) - len(real) <= 2, "One transaction, and no savepoint in it."
        return answer.json(), len(real)

    return asks


def as_read(callers, who, said, kind):
    return json.loads(callers[who].get(f"/{kind}/{said['ref']}").content) == said


def test_asking(asks, callers):
    said, number = asks("jon", "/requests", BODY)
    assert number <= ASK
    assert as_read(callers, "jon", said, "requests")


def test_what_a_flow_asks_names_and_gives_at_once_is_read_where_there_is_any(callers, asks, jon, flow):
    PromptField.objects.create(flow=flow, name="why_now", label="Why now?")
    flow.requesters.add(engineers := factories.group("Engineers", jon))
    FastTrackRule.objects.create(flow=flow, effect=FastTrackRule.Effect.APPROVE, reason="Theirs.", in_group=engineers)
    assert "fields.why_now" in callers["jon"].post("/requests", BODY).content.decode()
    said, _number = asks("jon", "/requests", {**BODY, "fields": {"why_now": "Now."}})
    assert said["state"] == "approved"
    told = AuditEvent.objects.get(request_ref=said["ref"], type="request.asked").data
    assert (told["open_to"], "Now." in str(told["answers"])) == ([engineers.name], True)


def test_approving(asks, callers):
    ref = asks("jon", "/requests", BODY)[0]["ref"]
    said, number = asks("adam", f"/requests/{ref}/approve", {"duration": "1m"})
    assert number <= APPROVE + 1  # the duration that was shortened
    assert as_read(callers, "adam", said, "requests")
    types = AuditEvent.objects.filter(request_ref=ref).order_by("id").values_list("type", flat=True)
    assert list(types) == ["request.asked", "request.approved", "grant.scheduled"]
    assert asks("adam", f"/requests/{asks('jon', '/requests', BODY)[0]['ref']}/approve")[1] <= APPROVE


def test_denying(asks, callers):
    ref = asks("jon", "/requests", BODY)[0]["ref"]
    said, number = asks("adam", f"/requests/{ref}/deny", {"comment": "Not now."})
    assert number <= DENY
    assert as_read(callers, "adam", said, "requests")


@pytest.mark.parametrize(("who", "most"), [("jon", END_OF_OWN), ("olga", END), ("adam", END_OF_OTHERS)])
def test_ending(who, most, asks, callers, now):
    grant = factories.grant(state=GrantState.ACTIVE, now=now)
    said, number = asks(who, f"/grants/{grant.ref}/end")
    assert number <= most
    assert Grant.objects.get(pk=grant.pk).state == GrantState.REVOKING
    assert as_read(callers, who, said, "grants")


def test_what_is_looked_for_by_its_reference_is_what_the_lists_show(flow, adam, rita, olga, jon, now):
    """The statement that is written out by hand, beside the rule."""
    factories.stage(flow, factories.group("Leads", rita))
    manager = factories.person("manager")
    type(jon).objects.filter(pk=jon.pk).update(manager=manager)
    factories.stage(flow, managers=True)
    asked = factories.request_at(now=now)
    away = factories.person("away")
    factories.delegation(manager, away, now=now)
    everybody = [jon, adam, rita, olga, manager, away, factories.person("nobody")]
    seen = {one: detail.known(asked.ref.lower(), reader=one, now=now) for one in everybody}
    assert seen == {one: lists.visible_to(one, now=now).first() for one in everybody}
    assert [one.email for one, found in seen.items() if not found] == ["nobody@example.com"]
