"""The box that comes first, and the search behind a key on every page."""

import pytest
from playwright.sync_api import expect

from access.models import Flow
from tests import factories


@pytest.fixture
def two(flow, adam, jon):
    factories.mapping(jon)
    for number in range(8):
        flow.strategy.targets.add(factories.target(f"role-{number}", f"Role {number}", role_id=f"r-{number}"))
    flow.strategy.targets.add(factories.target("doctors", "Ärzte", role_id="r-doctors"))
    return Flow.objects.get()


@pytest.mark.parametrize("width", [360, 1280])
def test_what_one_needs_is_typed_and_the_flow_follows(open_browser, two, jon, width):
    browser = open_browser(jon, width=width)
    page = browser.open("/ask/")
    box = page.get_by_label("What do you need?")
    expect(box).to_be_focused()
    assert box.bounding_box()["y"] < 300
    box.type("arzte")
    expect(page.locator(".offer")).to_have_count(1)
    assert browser.overflow() <= 0
    assert browser.violations() == []
    page.get_by_role("link", name="Ärzte").click()
    expect(page.get_by_label("Why")).to_be_visible()
    expect(page.locator("#target-doctors")).to_be_checked()
    assert browser.complaints == []


def test_the_box_works_without_scripts(open_browser, two, jon):
    page = open_browser(jon, java_script_enabled=False).open("/ask/")
    page.get_by_label("What do you need?").fill("ärtze")
    page.get_by_role("button", name="Search").click()
    page.get_by_role("link", name="Ärzte").click()
    expect(page.get_by_label("Why")).to_be_visible()


@pytest.mark.parametrize("keys", ["/", "Control+k", "Meta+k"])
def test_a_key_opens_the_search_from_any_page_and_arrows_choose(open_browser, two, jon, now, keys):
    asked = factories.request_at(now=now)
    browser = open_browser(jon)
    page = browser.open("/active/")
    page.keyboard.press(keys)
    field = page.get_by_label("Search everything")
    expect(field).to_be_focused()
    field.type(asked.ref)
    link = page.locator("#search-box").get_by_role("link", name=asked.ref)
    expect(link).to_be_visible()
    assert browser.violations() == []
    page.keyboard.press("ArrowDown")
    expect(link).to_be_focused()
    page.keyboard.press("ArrowUp")
    expect(field).to_be_focused()
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/requests/{asked.ref}/")
    assert browser.complaints == []


def test_the_key_is_a_letter_where_somebody_types_and_escape_closes(open_browser, two, jon):
    page = open_browser(jon).open("/ask/")
    page.get_by_label("What do you need?").type("a/b")
    expect(page.locator("#search-box")).to_be_hidden()
    page.keyboard.press("Control+k")
    expect(page.locator("#search-box")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#search-box")).to_be_hidden()


def test_without_scripts_the_search_is_a_page(open_browser, two, jon):
    page = open_browser(jon, java_script_enabled=False, width=360).open("/")
    page.get_by_role("link", name="Search").click()
    page.locator("#search-q").fill("arzte")
    page.get_by_role("main").get_by_role("button", name="Search").click()
    page.get_by_role("link", name="Ask for Ärzte").click()
    expect(page.get_by_label("Why")).to_be_visible()
