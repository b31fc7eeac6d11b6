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
    expect(page.get_by_text("And the rest of it.").last).to_be_hidden()
    row(page, asked).get_by_text("Details and comment").click()
    expect(page.get_by_text("And the rest of it.").last).to_be_visible()
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
