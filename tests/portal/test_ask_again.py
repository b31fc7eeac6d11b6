"""The links that ask once more, or for longer: only where the flow would take it from whoever reads the page."""

import re

import pytest

from access.core.states import GrantState, RequestState
from access.models import Flow
from tests import factories
from tests.portal.pages import HTMX, words

pytestmark = pytest.mark.django_db


def close(flow):
    Flow.objects.filter(pk=flow.pk).update(is_active=False)


def hide(flow):
    flow.requesters.set([factories.group("Security")])


def take_away(flow):
    flow.strategy.targets.clear()


UNTAKEN = pytest.mark.parametrize("undo", [close, hide, take_away])


@pytest.fixture
def denied(flow, now):
    return factories.request_at(state=RequestState.DENIED, now=now)


@pytest.fixture
def held(flow, now):
    return factories.grant(state=GrantState.ACTIVE, now=now)


@pytest.mark.parametrize("at", ["/", "/requests/", "/requests/{ref}/"])
def test_a_flow_that_takes_it_is_linked_to(sign_in, jon, denied, at):
    assert "Ask again" in words(sign_in(jon).get(at.format(ref=denied.ref)))


@UNTAKEN
@pytest.mark.parametrize("at", ["/", "/requests/", "/requests/{ref}/"])
def test_nothing_leads_to_a_flow_that_would_not_take_it(sign_in, jon, denied, flow, at, undo):
    undo(flow)
    answer = sign_in(jon).get(at.format(ref=denied.ref))
    assert "to fix Ticket 123" in words(answer)
    assert "Ask again" not in words(answer)
    assert "/ask/?flow=" not in answer.content.decode()


def test_an_approval_alone_can_be_asked_again(sign_in, jon, adam, now):
    asked = factories.request_at(state=RequestState.DENIED, now=now, in_flow=factories.approval_flow())
    assert "Ask again" in words(sign_in(jon).get("/"))
    close(asked.flow)
    assert "Ask again" not in words(sign_in(jon).get("/"))


@pytest.mark.parametrize("at", ["/", "/requests/", "/requests/{ref}/"])
def test_what_still_waits_is_not_asked_again(sign_in, jon, flow, now, at):
    asked = factories.request_at(now=now)
    assert "Ask again" not in words(sign_in(jon).get(at.format(ref=asked.ref)))


def test_nobody_asks_again_what_somebody_else_asked(sign_in, adam, denied):
    assert "Ask again" not in words(sign_in(adam).get("/requests/?scope=all"))
    assert "Ask again" not in words(sign_in(adam).get(f"/requests/{denied.ref}/"))


@pytest.mark.parametrize("at", ["/", "/active/", "/requests/{ref}/"])
def test_a_longer_time_is_asked_for_where_the_flow_takes_it(sign_in, jon, held, at):
    assert "Extend" in words(sign_in(jon).get(at.format(ref=held.requests.get().ref)))


@UNTAKEN
@pytest.mark.parametrize("at", ["/", "/active/", "/requests/{ref}/"])
def test_no_longer_time_is_asked_for_where_it_would_not(sign_in, jon, held, flow, at, undo):
    undo(flow)
    assert "Extend" not in words(sign_in(jon).get(at.format(ref=held.requests.get().ref)))


@pytest.mark.parametrize("at", ["/", "/requests/{ref}/"])
def test_the_link_goes_from_an_open_page_when_the_flow_closes(sign_in, jon, held, flow, at):
    browser, address = sign_in(jon), at.format(ref=held.requests.get().ref)
    seen = re.search("seen=[0-9a-f]+", browser.get(address).content.decode())[0]
    assert browser.get(f"{address}?{seen}", headers=HTMX).status_code == 204
    hide(flow)
    assert "Extend" not in words(browser.get(f"{address}?{seen}", headers=HTMX))
