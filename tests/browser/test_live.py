"""Every page that changes keeps itself true by one way: it looks again, ever more seldom, and says when it can't."""

import re

import pytest
from playwright.sync_api import expect

from access.core.states import GrantState
from access.requests import ask
from tests import factories

LOST = "Usher can't be reached"


@pytest.fixture
def looks(open_browser, flow, jon, now):
    """Jon's home, with the moments at which it looked."""
    browser = open_browser(jon)
    browser.page.clock.install()
    found: list[str] = []
    browser.page.on("request", lambda one: found.append(one.url) if "seen=" in one.url else None)
    browser.looks = found
    return browser


def counted(browser, seconds, *, used=False):
    """How often the page looks in so many seconds, one after the other."""
    before = len(browser.looks)
    for _second in range(0, seconds, 1):
        if used:
            browser.page.keyboard.press("Shift")
        browser.page.clock.run_for(1000)
        browser.page.evaluate("new Promise((done) => requestAnimationFrame(done))")
    browser.page.wait_for_load_state("networkidle")
    return len(browser.looks) - before


def test_the_pauses_grow_while_nothing_changes(looks, jon, now):
    """What is on its way is looked at every other second at first, and not for ever."""
    factories.grant(state=GrantState.GRANTING, now=now)
    looks.open("/")
    first = counted(looks, 12, used=True)
    later = counted(looks, 36, used=True)
    assert 3 <= first <= 6
    assert 5 <= later <= 8


def test_nobody_at_the_page_makes_it_look_once_a_minute_and_then_not_at_all(looks):
    page = looks.open("/")
    page.clock.run_for(10 * 60 * 1000)
    page.wait_for_load_state("networkidle")
    before = len(looks.looks)
    page.clock.run_for(10 * 60 * 1000)
    page.wait_for_load_state("networkidle")
    assert len(looks.looks) - before <= 31
    page.clock.fast_forward(9 * 3600 * 1000)
    expect(page.get_by_text("it has stopped looking for news")).to_be_visible()
    # The clock of the page ran ahead of the answers: what it had asked for, and what waited behind that, comes first.
    expect(page.locator(".htmx-request")).to_have_count(0)
    page.evaluate("fetch('/healthz').then((one) => one.text())")
    expect(page.locator(".htmx-request")).to_have_count(0)
    before = len(looks.looks)
    page.clock.run_for(3600 * 1000)
    assert len(looks.looks) == before
    with page.expect_request(re.compile("seen=")):
        page.keyboard.press("Shift")
    expect(page.get_by_text("it has stopped looking for news")).to_be_hidden()


def test_a_lost_connection_is_said_within_ten_seconds_and_mended_with_one_line(open_browser, flow, jon, now):
    browser = open_browser(jon)
    page = browser.open("/")
    grant = factories.grant(state=GrantState.GRANTING, now=now)
    page.route("**/?seen=*", lambda route: route.abort())
    expect(page.get_by_text(LOST)).to_be_visible()
    assert browser.violations() == []
    factories.move(grant, GrantState.ACTIVE, now=now)
    page.unroute("**/?seen=*")
    expect(page.get_by_text("Connected again: the page is up to date.")).to_be_visible()
    expect(page.get_by_text(LOST)).to_be_hidden()
    expect(page.locator(".held .badge")).to_have_text("Active")
    expect(page.get_by_text("Connected again")).to_be_hidden()


def test_a_server_that_fails_is_said_too_and_a_broken_network_at_once(open_browser, flow, jon):
    page = open_browser(jon).open("/")
    page.route("**/?seen=*", lambda route: route.fulfill(status=502, body="Bad gateway"))
    expect(page.get_by_text(LOST)).to_be_visible()
    page.unroute("**/?seen=*")
    expect(page.get_by_text(LOST)).to_be_hidden()
    page.context.set_offline(True)
    expect(page.get_by_text(LOST)).to_be_visible(timeout=2000)
    page.context.set_offline(False)
    expect(page.get_by_text(LOST)).to_be_hidden()


def test_the_list_of_requests_follows(open_browser, flow, jon, now):
    asked = factories.request_at(now=now)
    page = open_browser(jon).open("/requests/")
    expect(page.locator("tbody .badge")).to_have_text("Pending")
    ask.withdraw(request=asked, by=jon, now=now)
    expect(page.locator("tbody .badge")).to_have_text("Withdrawn")
