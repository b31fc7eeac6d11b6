"""Asking in a real browser, with JavaScript and without."""

import re

import pytest
from playwright.sync_api import expect

from access.models import AccessRequest, Flow, Strategy, Target
from tests import factories


@pytest.fixture
def roles(flow, jon, rita):
    """Enough roles that the list can be searched."""
    factories.mapping(jon)
    factories.also_decided_by(flow, rita)
    for number in range(1, 9):
        flow.strategy.targets.add(factories.target(f"team-{number}", f"Team {number}", f"r-{number}"))


@pytest.fixture
def glass(flow, adam, rita, olga):
    """A second flow, that two people decide."""
    owners = factories.target("owners", "Owners", "r-owners")
    strategy = Strategy.objects.create(name="owners", integration=owners.integration)
    strategy.targets.add(owners)
    made = Flow.objects.create(
        name="break-glass", label="Break glass", strategy=strategy, allowed_durations=[900], default_duration=900,
    )  # fmt: skip
    factories.decided_by(made, adam, rita, olga, needed=2)
    return made


def outcome(page):
    return page.get_by_role("complementary", name="Who will decide")


def test_a_duration_chosen_while_the_answer_to_another_choice_is_on_its_way_stays(open_browser, roles, jon):
    page = open_browser(jon).open("/ask/?flow=production-access")
    held = []
    page.route(re.compile(r"/ask/\?.*duration=3600"), lambda route: held.append(route))
    with page.expect_request(re.compile("duration=3600")):
        page.get_by_role("radio", name="Prod").check()
    page.get_by_text("4 h", exact=True).click()
    held[0].continue_()
    expect(outcome(page)).to_contain_text("Prod for 4 h from confirmed access, needs 1 approval.")
    expect(page.get_by_role("radio", name="4 h")).to_be_checked()


def test_a_duration_that_the_target_does_not_offer_gives_way(open_browser, roles, jon):
    Target.objects.filter(name="prod").update(max_seconds=4 * 3600)
    page = open_browser(jon).open("/ask/?flow=production-access")
    page.get_by_text("8 h", exact=True).click()
    page.get_by_role("radio", name="Prod").check()
    expect(outcome(page)).to_contain_text("Prod for 1 h from confirmed access")
    expect(page.get_by_role("radio", name="1 h")).to_be_checked()
    expect(page.get_by_role("radio", name="8 h")).to_have_count(0)


def test_what_is_chosen_is_told_before_it_is_sent(open_browser, roles, jon):
    browser = open_browser(jon)
    page = browser.open("/ask/?flow=production-access")
    expect(outcome(page)).to_contain_text("Choose what you need.")
    page.get_by_role("radio", name="Prod").check()
    expect(outcome(page)).to_contain_text("Needs 1 of these 2 people: Adam Novak, Rita Moss.")
    page.get_by_text("4 h", exact=True).click()
    expect(outcome(page)).to_contain_text("Prod for 4 h from confirmed access, needs 1 approval.")
    page.wait_for_url(re.compile("target=prod&duration=14400"))
    page.get_by_label("Why").fill("to fix Ticket 123")
    page.get_by_role("button", name="Send the request").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("You ask for Prod for 4 h.")
    assert AccessRequest.objects.get().seconds == 14400
    assert browser.complaints == []


def test_the_list_is_searched_while_typing_and_what_is_typed_stays(open_browser, roles, jon):
    browser = open_browser(jon)
    page = browser.open("/ask/?target=prod")
    page.get_by_label("Why").fill("to fix Ticket 123")
    page.get_by_label("Search for a role or an environment").fill("team 7")
    expect(page.get_by_role("radio", name="Team 8")).to_have_count(0)
    expect(page.get_by_role("radio", name="Team 7")).to_be_visible()
    expect(page.get_by_role("radio", name="Prod")).to_be_checked()
    page.keyboard.press("Enter")
    page.get_by_role("radio", name="Team 7").check()
    expect(outcome(page)).to_contain_text("Team 7 for 1 h")
    assert page.get_by_label("Why").input_value() == "to fix Ticket 123"
    assert browser.complaints == []


def test_another_flow_changes_the_form_and_keeps_what_is_typed(open_browser, roles, glass, jon):
    browser = open_browser(jon)
    page = browser.open("/ask/?flow=production-access")
    page.get_by_label("Why").fill("Everything is down")
    page.get_by_role("link", name="Break glass").click()
    expect(outcome(page)).to_contain_text("Needs 2 of these 3 people: Adam Novak, Olga Brandt, Rita Moss.")
    expect(page.get_by_role("radio", name="15 min")).to_be_checked()
    assert page.get_by_label("Why").input_value() == "Everything is down"
    page.get_by_role("button", name="Send the request").click()
    page.wait_for_url("**/requests/**")
    assert AccessRequest.objects.get().flow == glass
    assert browser.complaints == []


def test_a_start_is_asked_for_only_when_it_is_wanted(open_browser, roles, jon):
    page = open_browser(jon).open("/ask/?flow=production-access")
    expect(page.get_by_label("Start", exact=True)).to_be_hidden()
    page.get_by_role("radio", name="At a time").check()
    expect(page.get_by_label("Start", exact=True)).to_be_visible()


def test_the_first_wrong_field_has_the_cursor_and_the_list_leads_to_the_others(open_browser, roles, jon):
    browser = open_browser(jon)
    page = browser.open("/ask/?target=prod")
    page.get_by_role("button", name="Send the request").click()
    expect(page.get_by_label("Why")).to_be_focused()
    expect(page.get_by_label("Why")).to_have_accessible_description(re.compile("Say why you need it."))
    page.get_by_role("link", name="Say why you need it.").click()
    assert page.url.endswith("#field-reason")
    assert browser.violations() == []


def test_a_dead_end_turns_the_button_off_with_the_reason(open_browser, roles, flow, jon):
    factories.decided_by(flow, jon)
    page = open_browser(jon).open("/ask/?target=prod")
    expect(page.get_by_role("button", name="Send the request")).to_be_disabled()
    expect(outcome(page)).to_contain_text("you are the only approver")


def test_a_double_click_makes_one_request(open_browser, roles, jon):
    page = open_browser(jon).open("/ask/?target=prod&reason=to+fix+Ticket+123")
    page.get_by_role("button", name="Send the request").dblclick()
    expect(page.get_by_role("heading", level=1)).to_have_text("You ask for Prod for 1 h.")
    assert AccessRequest.objects.count() == 1


def test_the_keyboard_is_enough(open_browser, flow, jon):
    factories.mapping(jon)
    page = open_browser(jon).open("/ask/?flow=production-access")
    page.get_by_role("radio", name="Prod").focus()
    page.keyboard.press("Tab")
    page.keyboard.press("ArrowRight")
    expect(outcome(page)).to_contain_text("Prod for 4 h")
    expect(page.get_by_role("radio", name="4 h")).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.type("to fix Ticket 123")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_url("**/requests/**")
    assert AccessRequest.objects.get().seconds == 14400


def test_everything_works_without_javascript(open_browser, roles, glass, jon):
    page = open_browser(jon, java_script_enabled=False).open("/ask/?flow=production-access")
    page.get_by_role("link", name="Production access").click()
    page.get_by_label("Search for a role or an environment").fill("prod")
    page.get_by_role("button", name="Search").click()
    page.get_by_label("Prod", exact=False).first.check()
    page.get_by_label("1 min").check()
    expect(outcome(page)).to_contain_text("Needs 1 of these 2 people")
    page.get_by_role("button", name="Send the request").click()
    expect(page.get_by_role("alert")).to_contain_text("Say why you need it.")
    expect(outcome(page)).to_contain_text("Prod for 1 min from confirmed access")
    page.get_by_label("Why").fill("to fix Ticket 123")
    page.get_by_role("button", name="Send the request").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("You ask for Prod for 1 min.")
