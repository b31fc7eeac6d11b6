"""Tried as somebody would who has read nothing: what is asked of the product as a whole, counted as it is clicked."""

import re
import time
from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from access.core.states import GrantState
from access.models import Grant, GrantActivity, Operation, Target, User
from access.worker import jobs
from tests import factories
from tests.browser.test_setup import first_admin, walk

__all__ = ["first_admin"]

COUNT = """
sessionStorage.tried ||= JSON.stringify({ presses: 0, fields: [] });
const note = (change) => {
  const tried = JSON.parse(sessionStorage.tried);
  change(tried);
  sessionStorage.tried = JSON.stringify(tried);
};
addEventListener("click", ({ isTrusted }) => isTrusted && note((tried) => { tried.presses += 1; }), true);
addEventListener("change", ({ target }) => note((tried) => {
  const name = `${location.pathname} ${target.name} ${target.type === "checkbox" ? target.value : ""}`;
  if (!tried.fields.includes(name)) tried.fields.push(name);
}), true);
"""
MINUTE = 60  # seconds


def counting(watched) -> Page:
    """Count what is pressed and which fields are filled in, over all pages of this window."""
    watched.page.context.add_init_script(COUNT)
    page: Page = watched.open("/")
    return page


def tried(page: Page) -> tuple[int, int]:
    """How often something was pressed, and how many fields were filled in or ticked."""
    found = page.evaluate("JSON.parse(sessionStorage.tried)")
    return found["presses"], len(found["fields"])


def work() -> None:
    """What the worker does as soon as something is due."""
    for target in Target.objects.all():
        jobs.converge(target.pk)


def ask(page: Page) -> None:
    page.get_by_role("link", name=re.compile("^Ask")).first.click()
    page.get_by_label("Why").fill("to fix Ticket 123")
    page.get_by_role("button", name="Send the request").click()


def approve(page: Page) -> None:
    page.get_by_role("button", name="Approve").first.click()
    expect(page.get_by_text(re.compile("You approved it|on its way")).first).to_be_visible()


def test_a_request_is_made_approved_and_ended_side_by_side_within_a_minute(open_browser, aptible, flow, jon, adam):
    factories.mapping(jon)
    asks, decides = counting(open_browser(jon)), counting(open_browser(adam))
    began = time.monotonic()
    ask(asks)
    approve(decides)
    work()
    asks.get_by_role("link", name="I'm done").click()
    asks.get_by_role("button", name="I'm done").click()
    work()
    expect(asks.get_by_role("link", name="Ask again").first).to_be_visible()
    assert time.monotonic() - began < MINUTE
    assert Grant.objects.get().state == GrantState.ENDED
    assert tried(asks) <= (5, 2)
    assert tried(decides) <= (1, 0)


def test_from_nothing_to_the_first_confirmed_access_in_twelve_fields(open_browser, first_admin):
    admin = counting(open_browser(first_admin))
    began = time.monotonic()
    walk(admin)
    asks = counting(open_browser(User.objects.get(email="jon@example.com")))
    ask(asks)
    approve(counting(open_browser(User.objects.get(email="adam@example.com"))))
    work()
    assert Grant.objects.get().state == GrantState.ACTIVE
    admin.goto(admin.url)
    expect(admin.get_by_text("The first access was confirmed: Usher works.")).to_be_visible()
    fields = tried(admin)[1] + tried(asks)[1]
    assert 5 <= fields <= 12
    assert time.monotonic() - began < 5 * MINUTE


@pytest.fixture
def night(transactional_db, flow, adam, now):
    """Jon held Prod some nights ago, and looked into a database."""
    then = now - timedelta(days=2)
    grant = factories.grant(state=GrantState.ENDED, now=then)
    GrantActivity.objects.create(grant=grant, read_at=then, end_read_at=then, other_role=False)
    Operation.objects.create(
        grant=grant, external_id="77", at=then, type="tunnel", status="succeeded", environment="prod",
        resource_kind="databases", resource="main",
    )  # fmt: skip
    return grant


def test_an_auditor_answers_five_questions_from_the_pages_alone(open_browser, night, now):
    watched = open_browser(factories.person("audra", is_auditor=True))
    page = watched.open("/")
    page.get_by_role("link", name="Requests", exact=True).click()
    page.get_by_role("link", name=re.compile("Prod")).first.click()
    page.get_by_role("main").get_by_role("link", name="Prod", exact=True).click()
    if night.confirmed_at.isocalendar()[:2] != now.isocalendar()[:2]:
        page.get_by_role("link", name="Week before").click()
    # Who had Prod that night, and when did it end?
    held = page.get_by_role("region", name="Who held it when")
    expect(held).to_contain_text("Jon Reyes")
    expect(held.locator("time")).to_have_count(2)
    held.get_by_role("link", name=night.requests.get().ref).click()
    # Who let them in, what did they do, and when did it end?
    story = page.locator("main")
    expect(story).to_contain_text("Adam Novak")
    expect(story).to_contain_text(re.compile("approved", re.IGNORECASE))
    expect(story).to_contain_text("Opened a tunnel to database main")
    expect(story).to_contain_text("Aptible does not list the membership.")
    # Is the log whole?
    page.get_by_role("link", name="Audit", exact=True).click()
    page.get_by_role("button", name="Verify now").click()
    jobs.verify_log(0)
    expect(page.get_by_text("The log holds:")).to_be_visible()
    assert watched.complaints == []
