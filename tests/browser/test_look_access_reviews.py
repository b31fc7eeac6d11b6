"""The pages of access reviews, light and dark, wide and narrow; and a decision by keyboard alone."""

from datetime import timedelta

import pytest
from playwright.sync_api import expect

from access.core.states import GrantState
from access.evidence.access_reviews import begin, decide
from access.models import Finding
from tests import factories


@pytest.fixture
def review(flow, rita, adam, olga, now):
    """Some wait, one is kept, one is being removed."""
    grant = factories.grant(state=GrantState.ACTIVE, now=now)
    for number in range(4):
        Finding.objects.create(
            integration=grant.target.integration, target=grant.target, kind="standing", key=f"k{number}",
            person=None if number else rita, account_id=f"a{number}", first_seen_at=now - timedelta(days=40),
            email=f"a-rather-long-name-of-somebody-{number}@subsidiary.example.com",
        )  # fmt: skip
    made = begin.start(
        title="Production, third quarter", targets=[grant.target], every_target=False, reviewers="approvers",
        group=None, deadline=now + timedelta(days=10), by=olga, now=now,
    )  # fmt: skip
    for row, verdict in zip(made.rows.order_by("pk"), decide.Verdict, strict=False):
        decide.decide(row, verdict=verdict, by=adam, why="Left the team.", now=now)
    return made


PAGES = ["/access-reviews/", "/access-reviews/start/", "/access-reviews/{ref}/?view=all"]


@pytest.mark.parametrize("address", PAGES)
def test_the_page_looks_right(open_browser, review, olga, address):
    browser = open_browser(olga, reduced_motion="reduce")
    assert browser.looks_wrong(address.format(ref=review.ref)) == []


def test_a_row_is_kept_by_keyboard_alone(open_browser, review, adam):
    browser = open_browser(adam)
    browser.open(f"/access-reviews/{review.ref}/")
    page = browser.page
    page.get_by_role("checkbox").first.focus()
    page.keyboard.press("Space")
    page.get_by_label("Why").focus()
    page.keyboard.type("They run it.")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_text("You kept 1.")).to_be_visible()
