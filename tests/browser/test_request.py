"""The page of a request in a real browser: it tells what happens while it happens."""

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from access.core.states import GrantState
from access.models import Grant, Stage
from access.requests import decide
from tests import factories

WAIT = 10_000  # milliseconds: twice the longest pause between two looks


@pytest.fixture
def asked(flow, now):
    return factories.request_at(now=now)


def address(request):
    return f"/requests/{request.ref}/"


def test_the_page_follows_the_whole_story_by_itself_and_stops_at_its_end(open_browser, asked, jon, adam):
    browser = open_browser(jon)
    page = browser.open(address(asked))
    decide.approve(request=asked, by=adam, comment="Be careful.", now=timezone.now())
    expect(page.get_by_text("Be careful.")).to_be_visible(timeout=WAIT)
    grant = Grant.objects.get()
    for state, told in (
        (GrantState.GRANTING, "Aptible is being asked to add"),
        (GrantState.ACTIVE, "Aptible lists the membership."),
    ):
        factories.move(grant, state, now=timezone.now())
        expect(page.get_by_text(told).first).to_be_visible()
    factories.move(grant, GrantState.REVOKING, now=timezone.now())
    expect(page.get_by_text("Aptible is being asked to take")).to_be_visible(timeout=WAIT)
    factories.move(grant, GrantState.ENDED, now=timezone.now())
    expect(page.get_by_role("link", name="Ask again")).to_be_visible()
    assert page.locator("[data-live]").count() == 0
    assert browser.complaints == []


def test_a_comment_that_is_being_typed_is_not_lost_when_the_page_changes(open_browser, flow, adam, rita, olga, now):
    factories.also_decided_by(flow, rita, olga)
    Stage.objects.update(approvals_needed=2)
    asked = factories.request_at(now=now, in_flow=flow)
    page = open_browser(adam).open(address(asked))
    page.get_by_label("Comment").fill("I am still")
    decide.approve(request=asked, by=rita, comment="", now=timezone.now())
    expect(page.get_by_text("1 of 2 approvals.")).to_be_visible(timeout=WAIT)
    expect(page.get_by_label("Comment")).to_have_value("I am still")
    page.get_by_role("button", name="Approve").click()
    expect(page.get_by_text("Approved 2 of 2")).to_be_visible()


def test_the_holder_is_done_early(open_browser, jon, flow, now):
    grant = factories.grant(state=GrantState.ACTIVE, now=now)
    page = open_browser(jon).open(address(grant.requests.get()))
    page.get_by_role("link", name="I'm done").click()
    page.get_by_role("button", name="I'm done").click()
    expect(page.get_by_text("Aptible is being asked to take")).to_be_visible()
    assert grant.refreshed().state == GrantState.REVOKING


def test_extending_is_the_form_filled_in(open_browser, jon, flow, now):
    asked = factories.grant(state=GrantState.ACTIVE, now=now).requests.get()
    page = open_browser(jon).open(address(asked))
    page.get_by_role("link", name="Extend").click()
    expect(page.get_by_label("Why")).to_have_value("to fix Ticket 123")
    expect(page.get_by_text("It extends what you hold now.")).to_be_visible()


def test_an_admin_writes_off_without_javascript(open_browser, olga, flow, now):
    asked = factories.grant(state=GrantState.REVOKING, now=now).requests.get()
    page = open_browser(olga, java_script_enabled=False).open(address(asked))
    page.get_by_text("Write off", exact=False).first.click()
    page.get_by_role("button", name="Write off, not verified").click()
    expect(page.get_by_text("Say why nobody can check")).to_be_visible()
    page.get_by_label("Why can nobody check?").fill("The organization is closed.")
    page.get_by_role("button", name="Write off, not verified").click()
    expect(page.get_by_text("Not verified.", exact=True)).to_be_visible()


def test_withdrawing_works_without_javascript(open_browser, asked, jon):
    page = open_browser(jon, java_script_enabled=False).open(address(asked))
    page.get_by_role("button", name="Withdraw").click()
    expect(page.get_by_text("It was taken back before anybody decided.")).to_be_visible()
