"""Reviewing in a real browser, with JavaScript and without."""

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from access.core.states import RequestState
from access.models import AccessRequest, Grant
from access.requests import decide
from tests import factories

HOUR = 3600


@pytest.fixture
def asked(flow, rita, now):
    factories.also_decided_by(flow, rita)
    return factories.request_at(now=now, seconds=4 * HOUR, reason="First line.\nAnd the rest of it.")


def row(page, request):
    return page.locator(f"#row-{request.ref}")


def test_approving_in_place(open_browser, asked, adam, now):
    other = factories.request_at(now=now)
    browser = open_browser(adam)
    page = browser.open("/review/")
    row(page, asked).get_by_role("button", name="Approve").click()
    expect(row(page, asked)).to_contain_text("You approved it. The access is on its way.")
    expect(row(page, asked).get_by_role("status")).to_be_focused()
    expect(row(page, asked).get_by_role("button")).to_have_count(0)
    expect(row(page, other).get_by_role("button", name="Approve")).to_be_enabled()
    expect(page.locator("#nav-count")).to_contain_text("1")
    assert Grant.objects.get().seconds == 4 * HOUR
    assert browser.complaints == []
    assert browser.violations() == []


def test_the_row_opens_in_place_and_the_approver_shortens(open_browser, asked, adam):
    page = open_browser(adam).open("/review/")
    row(page, asked).get_by_text("Details and comment").click()
    expect(page.get_by_text("And the rest of it.").last).to_be_visible()
    expect(row(page, asked)).to_contain_text("Needs 1 of Adam Novak")
    expect(row(page, asked)).to_contain_text("First time.")
    page.get_by_label("Give it for").select_option("1 h")
    row(page, asked).get_by_role("button", name="Approve").click()
    expect(row(page, asked)).to_contain_text("You approved it.")
    assert Grant.objects.get().seconds == HOUR


def test_denying_without_a_comment_puts_the_cursor_where_it_belongs(open_browser, asked, adam):
    browser = open_browser(adam)
    page = browser.open("/review/")
    row(page, asked).get_by_role("button", name="Deny").click()
    expect(page.get_by_text("Say why you deny it")).to_be_visible()
    expect(page.get_by_label("Comment")).to_be_focused()
    assert browser.violations() == []
    page.get_by_label("Comment").fill("Use staging.")
    row(page, asked).get_by_role("button", name="Deny").click()
    expect(row(page, asked)).to_contain_text("You denied it.")
    assert AccessRequest.objects.get().state == RequestState.DENIED


def test_who_comes_second_is_told_in_place(open_browser, asked, adam, rita):
    page = open_browser(adam).open("/review/")
    decide.deny(request=asked, by=rita, comment="No.", now=timezone.now())
    row(page, asked).get_by_role("button", name="Approve").click()
    expect(row(page, asked)).to_contain_text(f"Rita Moss was first: {asked.ref} was denied on")


def test_everything_works_without_javascript(open_browser, asked, adam):
    page = open_browser(adam, java_script_enabled=False).open("/review/")
    row(page, asked).get_by_role("button", name="Deny").click()
    expect(page.get_by_text("Say why you deny it")).to_be_visible()
    page.get_by_label("Comment").fill("Fine after all.")
    page.get_by_role("button", name="Approve").click()
    expect(page.get_by_text(f"You approved {asked.ref}.")).to_be_visible()
    assert Grant.objects.exists()


def test_what_happens_elsewhere_shows_in_the_list_and_in_the_tab(open_browser, asked, adam, rita):
    browser = open_browser(adam)
    page = browser.open("/review/")
    expect(page).to_have_title("(1) Review · Usher")
    assert page.locator("link[rel=icon]").get_attribute("href").startswith("data:image/svg+xml")
    factories.request_at(now=timezone.now())
    expect(page.get_by_text("1 new request waits for you.")).to_be_visible()
    expect(page).to_have_title("(2) Review · Usher")
    decide.deny(request=asked, by=rita, comment="Use staging.", now=timezone.now())
    expect(row(page, asked)).to_contain_text("Rita Moss denied it")
    expect(row(page, asked).get_by_role("button")).to_have_count(0)
    page.get_by_role("link", name="Show").click()
    expect(page.locator("[data-row]")).to_have_count(1)
    assert browser.complaints == []
    assert browser.violations() == []


def test_what_is_typed_is_not_taken_away_by_news(open_browser, asked, adam, rita):
    page = open_browser(adam).open("/review/")
    row(page, asked).get_by_text("Details and comment").click()
    page.get_by_label("Comment").fill("Half a sen")
    factories.request_at(now=timezone.now())
    expect(page.get_by_text("1 new request waits for you.")).to_be_visible()
    assert page.get_by_label("Comment").input_value() == "Half a sen"


def test_a_row_goes_on_to_what_is_true_after_the_answer(open_browser, asked, adam):
    page = open_browser(adam).open("/review/")
    row(page, asked).get_by_role("button", name="Approve").click()
    expect(row(page, asked)).to_contain_text("The access is on its way.")
    grant = Grant.objects.get()
    factories.move(grant, "granting", now=timezone.now())
    factories.move(grant, "active", now=timezone.now())
    expect(row(page, asked).locator(".badge").first).to_have_text("Active")


def test_a_list_is_worked_through_by_keyboard(open_browser, asked, adam, now):
    other, third = factories.request_at(now=now), factories.request_at(now=now)
    page = open_browser(adam).open("/review/")
    page.keyboard.press("a")
    assert not Grant.objects.exists()
    page.keyboard.press("j")
    expect(row(page, asked)).to_be_focused()
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("k")
    expect(row(page, other)).to_be_focused()
    page.keyboard.press("a")
    expect(row(page, other).get_by_role("status")).to_be_focused()
    expect(row(page, other)).to_contain_text("You approved it.")
    page.keyboard.press("j")
    expect(row(page, third)).to_be_focused()
    page.keyboard.press("x")
    expect(row(page, third).get_by_role("checkbox")).to_be_checked()
    page.keyboard.press("d")
    expect(row(page, third).get_by_label("Comment")).to_be_focused()
    page.keyboard.type("jadx")
    expect(row(page, third).get_by_label("Comment")).to_have_value("jadx")


def test_single_keys_do_nothing_for_whoever_switched_them_off(open_browser, asked, adam):
    page = open_browser(adam).open("/account/")
    page.get_by_role("button", name="Switch them off").click()
    page.goto(page.url.replace("/account/", "/review/"))
    for key in ("j", "x", "a", "/"):
        page.keyboard.press(key)
    expect(row(page, asked)).not_to_be_focused()
    expect(page.locator("#search-box")).not_to_be_visible()
    page.keyboard.press("Control+k")
    expect(page.get_by_label("Search everything")).to_be_focused()
    assert not Grant.objects.exists()


@pytest.mark.parametrize("with_javascript", [True, False])
def test_several_of_one_kind_get_one_answer(open_browser, asked, adam, now, with_javascript):
    other = factories.request_at(now=now)
    factories.decided_by(factories.approval_flow(), adam)
    third = factories.request_at(in_flow=factories.approval_flow(), now=now)
    browser = open_browser(adam, java_script_enabled=with_javascript, width=360)
    page = browser.open("/review/")
    for one in (asked, other):
        row(page, one).get_by_role("checkbox").check()
    if with_javascript:
        expect(row(page, third).get_by_role("checkbox")).to_be_disabled()
        assert browser.violations() == []
    assert browser.overflow() <= 0
    page.get_by_role("button", name="Decide what is ticked").click()
    expect(page.get_by_role("heading", name="Decide 2 requests with one answer")).to_be_visible()
    page.get_by_label("One comment for all of them").fill("Not today.")
    page.get_by_role("button", name="Deny what is ticked").click()
    expect(page.get_by_text("You denied Prod")).to_be_visible()
    assert AccessRequest.objects.filter(state=RequestState.DENIED).count() == 2


def test_the_browser_tells_those_who_want_it(open_browser, asked, adam):
    browser = open_browser(adam, permissions=["notifications"])
    page = browser.page
    page.add_init_script("""
        window.told = [];
        window.Notification = class { constructor(text) { window.told.push(text); } };
        Notification.permission = "granted";
        Notification.requestPermission = async () => "granted";
    """)
    browser.open("/review/")
    button = page.get_by_role("button", name="Tell me in this browser")
    button.click()
    expect(button).to_have_attribute("aria-pressed", "true")
    page.evaluate("Object.defineProperty(document, 'hidden', { value: true })")
    page.evaluate("document.dispatchEvent(new Event('usher:due'))")
    factories.request_at(now=timezone.now())
    page.evaluate("htmx.trigger('[data-live]', 'look')")
    expect(page).to_have_title("(2) Review · Usher")
    assert page.evaluate("window.told") == ["Usher: 2 wait for you."]


def test_no_button_is_shown_that_only_a_script_could_press(open_browser, asked, adam):
    page = open_browser(adam, java_script_enabled=False).open("/review/")
    expect(page.get_by_role("link", name="CSV")).to_be_visible()
    expect(page.locator("[data-tells]")).to_be_hidden()


@pytest.mark.parametrize("width", [360, 1280])
def test_the_offer_to_tell_moves_nothing_when_it_comes(open_browser, asked, adam, width):
    browser = open_browser(adam, width=width)
    # A browser without a window refuses by itself, and then there is no offer.
    browser.page.add_init_script('Object.defineProperty(Notification, "permission", { value: "default" })')
    browser.open("/review/", late=True)
    assert browser.came_wrong(late=True) == []
    assert browser.page.get_by_role("button", name="Tell me in this browser").is_visible()
