"""Signing in, in a real browser."""

import pytest
from playwright.sync_api import expect

from tests import factories


@pytest.fixture
def jon(db):
    jon = factories.person("jon")
    jon.set_password("correct horse battery")
    jon.save()
    return jon


@pytest.mark.parametrize("with_javascript", [True, False])
def test_email_and_password_lead_to_the_page_that_was_wanted(open_browser, jon, transactional_db, with_javascript):
    browser = open_browser(java_script_enabled=with_javascript)
    page = browser.open("/active/?state=soon")
    page.get_by_label("E-mail").fill("Jon@Example.com")
    page.get_by_label("Password").fill("wrong")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("do not fit together")
    expect(page.get_by_label("E-mail")).to_have_value("Jon@Example.com")
    page.get_by_label("Password").fill("correct horse battery")
    page.keyboard.press("Enter")
    page.wait_for_url("**/active/?state=soon")


def test_the_demo_needs_one_press_and_signing_out_two(open_browser, jon, settings, transactional_db):
    settings.DEMO = True
    page = open_browser(width=360).open("/login/")
    page.get_by_role("button", name="Jon Reyes").click()
    expect(page.get_by_role("heading", name="Hello, Jon.")).to_be_visible()
    page.get_by_role("button", name="Jon").click()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
