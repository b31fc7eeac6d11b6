"""The pages of a person and of a target: who may look, what they tell, and what they cost."""

from datetime import timedelta

import pytest

from access.core.states import GrantState, RequestState
from access.models import Group
from tests import factories
from tests.portal.pages import queries, words

HOUR = timedelta(hours=1)


@pytest.fixture
def held(flow, jon, now):
    factories.mapping(jon)
    return factories.grant(state=GrantState.ACTIVE, now=now - HOUR, reason="to fix Ticket 123")


@pytest.fixture
def closed(flow):
    """Only Security may ask, so who is not in it and decides nothing has no business with it."""
    flow.requesters.add(Group.objects.create(name="security", label="Security"))
    return flow


def page_of(person):
    return f"/people/{person.pk}/"


def test_a_persons_page_tells_what_they_hold_and_asked_for(sign_in, jon, adam, held):
    text = words(sign_in(adam).get(page_of(jon)))
    assert "Jon Reyes jon@example.com" in text
    assert "Held now Prod Active" in text
    assert "to fix Ticket 123" in text
    assert "Account at" not in text


def test_an_admin_sees_the_account_too(sign_in, jon, olga, held):
    assert "Account at main-aptible-integration" in words(sign_in(olga).get(page_of(jon)))


@pytest.mark.parametrize(("who", "status"), [("jon", 200), ("adam", 200), ("olga", 200), ("rita", 404)])
def test_only_those_who_may_see_what_a_person_asked_see_their_page(sign_in, jon, olga, held, who, status):
    assert sign_in(factories.person(who)).get(page_of(jon)).status_code == status


def test_nobody_is_told_apart_from_somebody_else(sign_in, jon, rita, held):
    browser = sign_in(rita)
    assert words(browser.get(page_of(jon))) == words(browser.get("/people/1000000000/"))


def test_a_targets_page_tells_who_decides_and_who_holds_it(sign_in, adam, held):
    text = words(sign_in(adam).get("/targets/prod/"))
    assert "Production access:" in text
    assert "1 of Adam Novak" in text
    assert "Held now Jon Reyes Active" in text
    assert "Who held it when" in text


def test_whoever_only_may_ask_sees_the_target_and_nobody_on_it(sign_in, rita, held):
    text = words(sign_in(rita).get("/targets/prod/"))
    assert "Ask for it" in text
    assert "Jon" not in text


@pytest.mark.parametrize(("who", "status"), [("rita", 404), ("adam", 200), ("jon", 200), ("olga", 200)])
def test_a_target_that_is_not_for_somebody_does_not_exist(sign_in, olga, held, closed, who, status):
    browser = sign_in(factories.person(who))
    assert browser.get("/targets/prod/").status_code == status
    assert browser.get("/targets/nothing/").status_code == 404


def test_a_week_shows_who_held_it_from_when_to_when(sign_in, adam, flow, now):
    ended = factories.grant(state=GrantState.ENDED, now=now - timedelta(days=7))
    browser = sign_in(adam)
    before = (now - timedelta(days=7)).date().isoformat()
    page = browser.get("/targets/prod/", {"week": before})
    assert ended.requests.get().ref in words(page)
    assert page.content.decode().count("<rect x=") == 1
    assert "Week after" in words(page)
    assert "Week after" not in words(browser.get("/targets/prod/"))


@pytest.mark.parametrize("week", ["", "soon", "9999-01-01", "0001-01-01", "2026-99-99", "\x00"])
def test_a_week_that_is_none_is_this_one(sign_in, jon, held, week):
    assert sign_in(jon).get("/targets/prod/", {"week": week}).status_code == 200


@pytest.mark.parametrize("address", ["/targets/prod/", "/people/{jon.pk}/"])
def test_the_pages_take_a_fixed_number_of_queries(sign_in, jon, adam, held, now, address):
    browser, address = sign_in(adam), address.format(jon=jon)
    few = queries(browser, address)
    for number in range(8):
        factories.request_at(state=RequestState.DENIED, now=now - number * HOUR)
        factories.grant(state=GrantState.ENDED, now=now - timedelta(days=1), person=factories.person(f"p{number}"))
    assert queries(browser, address) == few <= 24
