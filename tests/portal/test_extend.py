"""Extend at one press: for the holder, where the flow allows it, once."""

import pytest

from access.core.states import GrantState
from access.models import Flow, Grant
from tests import factories
from tests.portal.pages import queries, words

pytestmark = pytest.mark.django_db
HALF = 1800


@pytest.fixture
def grant(flow, now):
    Flow.objects.update(free_extension=HALF)
    return factories.grant(now=now)


@pytest.fixture
def address(grant):
    return f"/grants/{grant.ref}/extend/"


def pages(grant):
    return ["/", f"/requests/{grant.requests.get().ref}/", "/active/"]


def test_the_button_is_on_home_on_the_request_and_on_the_active_page(sign_in, jon, grant, address):
    browser = sign_in(jon)
    for page in pages(grant):
        answer = browser.get(page)
        assert f'action="{address}"' in answer.content.decode(), page
        assert "Extend by 30 min Prod, without approval" in words(answer), page


def test_one_press_extends_and_comes_back(sign_in, jon, grant, address):
    browser = sign_in(jon)
    answer = browser.post(address, {"next": "/active/"})
    assert (answer.status_code, answer["Location"]) == (302, "/active/")
    assert (grant.refreshed().ends_at - grant.ends_at).total_seconds() == HALF
    page = browser.get("/active/")
    assert "You have Prod for 30 min longer. Whoever approved it is told." in words(page)


def test_afterwards_every_page_leads_to_the_form(sign_in, jon, grant, address):
    browser = sign_in(jon)
    browser.post(address)
    for page in pages(grant):
        text = browser.get(page).content.decode()
        assert f'action="{address}"' not in text, page
        assert "/ask/?flow=production-access&amp;target=prod" in text, page


def test_a_second_press_extends_no_more_and_says_so(sign_in, jon, grant, address):
    browser = sign_in(jon)
    assert browser.post(address)["Location"] == "/"
    answer = browser.post(address)
    assert answer.status_code == 409
    assert "This access was extended without approval already, which can be done once." in words(answer)
    assert (grant.refreshed().ends_at - grant.ends_at).total_seconds() == HALF


def test_it_leads_nowhere_else(sign_in, jon, address):
    assert sign_in(jon).post(address, {"next": "https://elsewhere.example/"})["Location"] == "/"


def test_not_signed_in(client, grant, address):
    assert client.post(address)["Location"].startswith("/login/")
    assert grant.refreshed().free_extension_at is None


@pytest.mark.parametrize(("who", "status"), [("adam", 403), ("rita", 404), ("olga", 403)])
def test_the_wrong_person_is_refused_and_is_shown_no_button(sign_in, request, grant, address, who, status):
    browser = sign_in(request.getfixturevalue(who))
    assert browser.post(address).status_code == status
    assert address not in browser.get("/active/").content.decode()
    assert grant.refreshed().free_extension_at is None


def test_the_wrong_state(sign_in, jon, flow, now):
    Flow.objects.update(free_extension=HALF)
    ended = factories.grant(state=GrantState.ENDED, now=now)
    assert sign_in(jon).post(f"/grants/{ended.ref}/extend/").status_code == 409
    assert sign_in(jon).post("/grants/G-NONE/extend/").status_code == 404


@pytest.mark.parametrize("method", ["get", "put", "delete"])
def test_the_wrong_method(sign_in, jon, address, method):
    assert getattr(sign_in(jon), method)(address).status_code == 405


def test_a_flow_without_it_leads_to_the_form(sign_in, jon, grant, address):
    Flow.objects.update(free_extension=0)
    browser = sign_in(jon)
    answer = browser.post(address)
    assert answer.status_code == 403
    assert "An extension of this access needs an approval: ask for it." in words(answer)
    assert address not in browser.get("/").content.decode()


@pytest.mark.parametrize("page", ["/", "/active/"])
def test_the_pages_take_as_many_queries_for_many_as_for_one(sign_in, jon, flow, grant, now, page):
    browser = sign_in(jon)
    before = queries(browser, page)
    for number in range(4):
        target = factories.target(f"more{number}", f"More {number}", f"r-more{number}")
        flow.strategy.targets.add(target)
        factories.grant(now=now, for_target=target)
    assert Grant.objects.filter(state=GrantState.ACTIVE).count() == 5
    assert queries(browser, page) == before
