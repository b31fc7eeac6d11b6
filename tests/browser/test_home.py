"""Home in a real browser: it counts, looks again by itself, and works without JavaScript and without a mouse."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from access.core.states import GrantState
from access.grants import end_early
from tests import factories


@pytest.fixture
def grant(flow, now):
    return factories.grant(state=GrantState.ACTIVE, now=now)


def test_the_time_left_counts_down(open_browser, grant, jon):
    page = open_browser(jon).open("/")
    clock = page.locator("time[data-countdown]")
    first = clock.inner_text()
    expect(clock).not_to_have_text(first)
    expect(clock).to_have_text(re.compile(r"^59 min \d+ s$"))


def test_the_browser_tells_its_zone_and_times_follow(open_browser, grant, jon):
    page = open_browser(jon, timezone_id="Asia/Tokyo").open("/")
    page.reload()
    expect(page.get_by_text("Times are shown in Asia/Tokyo.")).to_be_visible()
    assert "JST" in page.locator("time[data-countdown]").get_attribute("title")


def test_times_on_the_page_are_kept_true(open_browser, flow, jon, now):
    factories.request_at(now=now - timedelta(seconds=55))
    page = open_browser(jon).open("/")
    asked = page.locator("time[data-when]").first
    expect(asked).to_have_text("1 min ago")


def test_what_changes_elsewhere_shows_up_by_itself(open_browser, flow, jon, now):
    grant = factories.grant(state=GrantState.GRANTING, now=now)
    page = open_browser(jon).open("/")
    expect(page.locator(".held .badge")).to_have_text("Granting")
    factories.move(grant, GrantState.ACTIVE, now=now)
    expect(page.locator(".held .badge")).to_have_text("Active")
    expect(page.locator("time[data-countdown]")).to_be_visible()


def test_the_focus_stays_where_it_is_when_the_page_looks_again(open_browser, flow, jon, now):
    grant = factories.grant(state=GrantState.GRANTING, now=now)
    page = open_browser(jon).open("/")
    page.locator(f"#done-{grant.ref}").focus()
    factories.move(grant, GrantState.ACTIVE, now=now)
    expect(page.locator(".held .badge")).to_have_text("Active")
    expect(page.locator(f"#done-{grant.ref}")).to_be_focused()


def test_giving_access_back_without_scripts_takes_two_presses(open_browser, grant, jon):
    page = open_browser(jon, java_script_enabled=False, width=360).open("/")
    page.get_by_role("link", name="I'm done").click()
    page.get_by_role("button", name="I'm done").click()
    expect(page.get_by_text("You ended access to Prod.")).to_be_visible()
    expect(page.locator(".held .badge")).to_have_text("Ending")
    assert grant.refreshed().ended_by == "jon@example.com"


def test_extending_opens_the_form_filled_in(open_browser, grant, jon):
    page = open_browser(jon).open("/")
    page.get_by_role("link", name="Extend").click()
    assert "/ask/?flow=production-access&target=prod&duration=3600" in page.url


def test_everything_is_reached_by_keyboard(open_browser, grant, jon):
    page = open_browser(jon).open("/")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()
    page.get_by_role("button", name="Jon").focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    expect(page.locator("#me :focus")).to_be_visible()
    expect(page.get_by_role("button", name="Sign out")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="Sign out")).to_be_hidden()


def test_a_session_that_ends_under_the_page_leads_to_the_sign_in(open_browser, flow, jon, now):
    factories.grant(state=GrantState.GRANTING, now=now)
    page = open_browser(jon).open("/")
    page.context.clear_cookies()
    page.wait_for_url("**/login/?next=/")


def test_what_has_ended_meanwhile_is_said_and_not_swallowed(open_browser, grant, jon, adam, now):
    page = open_browser(jon).open(f"/grants/{grant.ref}/end/")
    end_early.end(grant=grant, by=adam, now=now)
    page.get_by_role("button", name="I'm done").click()
    expect(page.get_by_role("alert")).to_contain_text("This access is ending already.")


def test_the_most_urgent_is_decided_on_home(open_browser, flow, adam, now):
    asked = factories.request_at(now=now)
    browser = open_browser(adam, width=360)
    page = browser.open("/")
    row = page.locator(f"#row-{asked.ref}")
    row.get_by_role("button", name="Approve").click()
    expect(row).to_contain_text("You approved it.")
    expect(page.locator("#count-review")).to_contain_text("0")
    assert browser.overflow() <= 0
    assert browser.complaints == []
    assert browser.violations() == []


def test_what_comes_while_home_is_open_is_decided_there_too(open_browser, flow, adam):
    page = open_browser(adam).open("/")
    asked = factories.request_at(now=timezone.now())
    page.locator(f"#row-{asked.ref}").get_by_role("button", name="Approve").click()
    expect(page.locator(f"#row-{asked.ref}")).to_contain_text("You approved it.")


def test_i_am_done_is_one_press_that_can_be_undone(open_browser, grant, jon):
    browser = open_browser(jon, width=360)
    page = browser.open("/")
    page.get_by_role("link", name="I'm done with Prod").click()
    expect(page.get_by_text("Your access to Prod ends in")).to_be_visible()
    assert browser.violations() == []
    assert browser.overflow() <= 0
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_text("Nothing was ended.")).to_be_visible()
    assert grant.refreshed().state == GrantState.ACTIVE
    page.get_by_role("link", name="I'm done with Prod").click()
    expect(page.get_by_text("You ended it.")).to_be_visible()
    expect(page.locator(".held .badge")).to_have_text("Ending")
    assert grant.refreshed().end_reason == "returned"
    assert browser.complaints == []


def test_whoever_leaves_the_page_before_does_not_keep_the_access(open_browser, grant, jon):
    page = open_browser(jon).open("/")
    page.get_by_role("link", name="I'm done with Prod").click()
    page.get_by_role("link", name="Requests", exact=True).click()
    page.wait_for_url("**/requests/")
    expect(page.locator("tbody .badge")).to_have_text("Ending")


def test_what_comes_next_is_on_home(open_browser, grant, flow, adam, jon, now):
    factories.request_at(now=now)
    factories.mapping(jon)
    browser = open_browser(jon, width=360)
    page = browser.open("/")
    page.get_by_role("button", name="Remind them").click()
    expect(page.get_by_text("Adam Novak is reminded of")).to_be_visible()
    expect(page.get_by_text("You reminded them")).to_be_visible()
    assert browser.overflow() <= 0
    assert browser.violations() == []
    page = open_browser(adam).open("/")
    page.get_by_role("link", name="End now Prod, Jon Reyes").click()
    expect(page.get_by_role("heading", name="End Jon Reyes's access to Prod?")).to_be_visible()
