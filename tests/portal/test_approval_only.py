"""Approvals that give no access, on every page that tells of requests."""

import uuid

import pytest

from access.core.states import RequestState
from access.models import AccessRequest, Flow, Grant
from tests import factories
from tests.portal.pages import HTMX, is_off, queries, words

ASK = "/ask/"


@pytest.fixture
def deploy(db):
    return factories.approval_flow(pending_timeout=3600)


@pytest.fixture
def web(sign_in, deploy, jon):
    return sign_in(jon)


@pytest.fixture
def typed(deploy):
    return {"flow": "deploy", "reason": "Version 1.2", "ticket": "", "submission": str(uuid.uuid4())}


def test_the_form_asks_neither_what_nor_for_how_long(web):
    page = web.get(f"{ASK}?flow=deploy")
    told = words(page)
    assert "An approval is all that you ask for here: it gives no access." in told
    assert "An approval of Deploy, needs 1 approval." in told
    assert "Needs this person: Adam Novak." in told
    assert not is_off(page)
    for field in ("target", "duration", "starts_at"):
        assert f'name="{field}"' not in page.content.decode()


def test_nobody_needs_an_account_at_aptible_for_it(sign_in, deploy):
    page = sign_in(factories.person("mallory")).get(f"{ASK}?flow=deploy")
    assert "No account" not in words(page)


def test_what_is_typed_becomes_a_request_without_a_target(web, typed):
    answer = web.post(ASK, typed)
    asked = AccessRequest.objects.get()
    assert answer.url == f"/requests/{asked.ref}/"
    assert (asked.target, asked.seconds, asked.state) == (None, 0, "pending")
    told = words(web.get(answer.url))
    assert "You ask for an approval of Deploy." in told
    assert "Approval only: it gives no access." in told


def test_what_is_wrong_is_said_and_what_was_typed_is_kept(web, typed):
    answer = web.post(ASK, typed | {"reason": "", "ticket": "OPS-1"})
    assert answer.status_code == 422
    assert "One thing needs your attention" in words(answer)
    assert 'value="OPS-1"' in answer.content.decode()


def test_an_old_form_that_still_names_a_target_is_refused_in_words(web, typed, flow):
    answer = web.post(ASK, typed | {"target": "prod", "duration": "3600"})
    assert answer.status_code == 422
    assert "Deploy gives no access, so there is no target." in words(answer)
    assert not AccessRequest.objects.exists()


def test_a_flow_that_gives_access_is_found_by_its_target_beside_it(web, flow, jon):
    factories.mapping(jon)
    assert "Prod for 1 h from confirmed access" in words(web.get(f"{ASK}?target=prod"))


def test_an_approver_decides_it_in_place(sign_in, deploy, adam, now):
    asked = factories.request_at(in_flow=deploy, now=now)
    web = sign_in(adam)
    told = words(web.get("/review/"))
    assert "Jon Reyes · Deploy approval only" in told
    told = words(web.get(f"/requests/{asked.ref}/row/"))
    assert "Approval only: it gives no access." in told
    assert "Give it for" not in told
    answer = web.post(f"/requests/{asked.ref}/approve/", {"comment": ""}, headers=HTMX)
    assert "You approved it. That is all it needed." in words(answer)
    assert not Grant.objects.exists()


def test_the_request_says_that_the_approval_is_all(sign_in, deploy, jon, now):
    asked = factories.request_at(in_flow=deploy, state=RequestState.APPROVED, now=now)
    page = sign_in(jon).get(f"/requests/{asked.ref}/")
    assert "The approval is all that was asked for: it gives no access, and nothing has to end." in words(page)
    assert f'href="{ASK}?flow=deploy&amp;reason=' in page.content.decode()


def test_the_lists_name_the_flow(web, deploy, now):
    asked = factories.request_at(in_flow=deploy, state=RequestState.APPROVED, now=now)
    told = f"Deploy approval only {asked.ref} to fix Ticket 123 Approved"
    for address in ("/", "/requests/?target=flow:deploy&state=approved"):
        assert told in words(web.get(address))
    row = b"".join(web.get("/requests/?format=csv").streaming_content).decode().splitlines()[1].split(",")
    assert row[1:8] == ["approved", "Jon Reyes", "jon@example.com", "deploy", "", "", ""]


def test_a_page_takes_no_more_queries_with_approvals_on_it(sign_in, deploy, flow, adam, jon, now):
    factories.request_at(now=now)
    factories.request_at(in_flow=deploy, now=now)
    browsers = {"/review/": sign_in(adam), "/": sign_in(jon), "/requests/": sign_in(jon)}
    before = {address: queries(browser, address) for address, browser in browsers.items()}
    for _ in range(3):
        factories.request_at(in_flow=deploy, now=now)
    assert {address: queries(browser, address) for address, browser in browsers.items()} == before


def test_a_flow_that_gave_access_before_keeps_what_was_asked_then(web, flow, now):
    asked = factories.request_at(now=now)
    Flow.objects.filter(pk=flow.pk).update(strategy=None)
    assert "You ask for Prod for 1 h." in words(web.get(f"/requests/{asked.ref}/"))
