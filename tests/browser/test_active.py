"""The list of active access in a real browser."""

from datetime import timedelta

import pytest
from playwright.sync_api import expect

from access.core.states import GrantState
from access.models import Grant
from tests import factories

# How wide the column of the first time is while it says each of these; no script runs in between.
WIDTHS = """
(texts) => texts.map((text) => {
  const clock = document.querySelector("tbody time[data-countdown]");
  clock.textContent = text;
  return clock.closest("td").getBoundingClientRect().width;
})
"""


@pytest.fixture
def two(flow, jon, rita, now):
    factories.grant(state=GrantState.ACTIVE, now=now)
    factories.grant(state=GrantState.ACTIVE, now=now, person=rita)


def test_choosing_a_filter_narrows_the_list_and_the_address(open_browser, two, olga):
    page = open_browser(olga).open("/active/")
    expect(page.locator("tbody tr")).to_have_count(2)
    page.get_by_label("Person").select_option("Rita Moss")
    expect(page.locator("tbody tr")).to_have_count(1)
    page.wait_for_url("**/active/?person=rita%40example.com*")
    page.reload()
    expect(page.locator("tbody tr")).to_have_count(1)
    page.go_back()
    expect(page.locator("tbody tr")).to_have_count(2)


def test_the_filters_work_without_javascript(open_browser, two, olga):
    page = open_browser(olga, java_script_enabled=False).open("/active/")
    page.get_by_label("Person").select_option("Rita Moss")
    page.get_by_role("button", name="Filter").click()
    expect(page.locator("tbody tr")).to_have_count(1)


def test_the_list_keeps_its_filter_when_it_looks_again(open_browser, two, olga, flow, now):
    moving = factories.grant(state=GrantState.GRANTING, now=now, person=factories.person("dana"))
    page = open_browser(olga).open("/active/?state=granting")
    expect(page.locator("tbody tr")).to_have_count(1)
    factories.move(moving, GrantState.ACTIVE, now=now)
    expect(page.get_by_text("Nothing matches these filters.")).to_be_visible()


@pytest.mark.parametrize(
    "texts",
    [["59 min", "59 min 38 s", "1 h"], ["overdue by 59 min", "overdue by 59 min 38 s", "overdue by 23 h 59 min"]],
)
def test_the_table_stays_as_it_is_while_a_time_in_it_runs(open_browser, flow, olga, now, texts):
    over = int(texts[0].startswith("overdue"))
    factories.grant(state=GrantState.ACTIVE, now=now - timedelta(hours=2 if over else 0))
    page = open_browser(olga).open("/active/")
    expect(page.locator("tbody time[data-over]")).to_have_count(over)
    assert len(set(widths := page.evaluate(WIDTHS, texts))) == 1, widths


def test_the_overdue_is_marked_before_any_script_runs(open_browser, flow, olga, now):
    factories.grant(state=GrantState.ACTIVE, now=now - timedelta(hours=2))
    page = open_browser(olga, java_script_enabled=False).open("/active/")
    expect(page.locator("tbody time[data-over]")).to_have_text("overdue by 1 h")


def test_ending_one_leads_back_to_the_filtered_list(open_browser, two, olga):
    page = open_browser(olga).open("/active/?person=jon@example.com")
    page.get_by_role("link", name="End now").click()
    page.get_by_label("Why").fill("The ticket is closed.")
    page.get_by_role("button", name="End now").click()
    page.wait_for_url("**/active/?person=jon*")
    expect(page.locator("tbody .badge")).to_have_text("Ending")


def test_ending_all_asks_for_the_name(open_browser, two, olga):
    page = open_browser(olga, width=360).open("/active/?target=prod")
    page.get_by_role("link", name="End all access to Prod").click()
    page.get_by_label("Type prod to confirm").fill("prod")
    page.get_by_role("button", name="End all access to Prod").click()
    expect(page.get_by_text("You ended the access of 2 people to Prod.")).to_be_visible()
    assert set(Grant.objects.values_list("state", flat=True)) == {GrantState.REVOKING}


def test_the_list_comes_as_a_file(open_browser, two, olga):
    page = open_browser(olga).open("/active/")
    with page.expect_download() as download:
        page.get_by_role("link", name="CSV").click()
    assert download.value.suggested_filename == "active-access.csv"
    assert "rita@example.com" in download.value.path().read_text()


def test_what_is_overdue_is_tried_now_by_one_press(open_browser, flow, olga, now):
    grant = factories.grant(state=GrantState.REVOKING, now=now - timedelta(minutes=5))
    later = now + timedelta(minutes=1)
    Grant.objects.update(due_at=later, attempts=9, last_error="Aptible did not answer in time.")
    page = open_browser(olga, width=360).open("/active/?state=overdue")
    page.get_by_role("button", name="Try now Prod, Jon Reyes").click()
    expect(page.get_by_text("Access to Prod is being tried again now.")).to_be_visible()
    page.wait_for_url("**/active/?state=overdue")
    assert grant.refreshed().due_at < later
