"""The flow's own fields in a real browser: questions that come and go with the answers before them."""

import pytest
from playwright.sync_api import expect

from access.core.prompts import Field, Type
from access.models import AccessRequest
from access.policy.prompts import set_fields
from tests import factories

FIELDS = [
    Field("customer", label="Customer", required=False),
    Field("data", Type.BOOL, label="Patient data is touched", required=False),
    Field("why", label="Which data", shown_if="data"),
    Field("env", label="Environment", allowed=("prod", "staging"), shown_if="why", shown_values=("records",)),
    Field("lead", Type.PERSON, label="Lead", shown_if="env", shown_values=("prod",)),
    Field("areas", Type.STRINGS, label="Areas", allowed=("db", "web"), required=False),
]


@pytest.fixture
def asking(flow, jon, adam):
    factories.mapping(jon)
    set_fields.set_all(flow, FIELDS)


def answers():
    return {one["name"]: one["value"] for one in AccessRequest.objects.get().answers}


def test_a_question_comes_and_goes_and_what_is_typed_stays(open_browser, asking, jon):
    browser = open_browser(jon)
    page = browser.open("/ask/?target=prod&reason=to+fix+it")
    which, env, lead = page.get_by_label("Which data"), page.get_by_label("Environment"), page.get_by_label("Lead")
    expect(which).to_be_hidden()
    page.get_by_label("Customer").fill("ACME")
    page.get_by_label("Patient data").check()
    expect(which).to_be_visible()
    which.fill("records")
    page.keyboard.press("Tab")
    expect(env).to_be_visible()
    expect(lead).to_be_hidden()
    env.select_option("prod")
    lead.select_option("adam@example.com")
    expect(page.get_by_label("Customer")).to_have_value("ACME")
    page.get_by_label("Patient data").uncheck()
    expect(which).to_be_hidden()
    expect(lead).to_be_hidden()
    page.get_by_label("Patient data").check()
    expect(lead).to_be_visible()
    expect(which).to_have_value("records")
    expect(lead).to_have_value("adam@example.com")
    assert browser.violations() == []
    page.get_by_role("button", name="Send the request").click()
    page.wait_for_url("**/requests/**")
    expect(page.get_by_text("Adam Novak (adam@example.com)")).to_be_visible()
    assert answers()["why"] == "records"
    assert browser.complaints == []


def test_the_keyboard_goes_on_where_it_was(open_browser, asking, jon):
    page = open_browser(jon).open("/ask/?target=prod&reason=to+fix+it")
    page.get_by_label("Patient data").focus()
    page.keyboard.press("Space")
    expect(page.get_by_label("Which data")).to_be_visible()
    expect(page.get_by_label("Patient data")).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.type("records")
    page.keyboard.press("Tab")
    expect(page.get_by_label("Environment")).to_be_visible()
    expect(page.get_by_label("db")).to_be_focused()


def test_an_error_is_beside_its_field_and_the_rest_goes_on_working(open_browser, asking, jon):
    browser = open_browser(jon, width=360)
    page = browser.open("/ask/?target=prod&reason=to+fix+it")
    page.get_by_label("Patient data").check()
    expect(page.get_by_label("Which data")).to_be_visible()
    page.get_by_label("db").check()
    page.get_by_role("button", name="Send the request").click()
    expect(page.get_by_label("Which data")).to_be_focused()
    expect(page.get_by_label("Which data")).to_have_accessible_description("Fill in “Which data”.")
    expect(page.get_by_label("db")).to_be_checked()
    assert browser.violations() == []
    assert browser.overflow() <= 0
    page.get_by_label("Patient data").uncheck()
    expect(page.get_by_label("Which data")).to_be_hidden()
    page.get_by_role("button", name="Send the request").click()
    page.wait_for_url("**/requests/**")
    assert (answers()["why"], answers()["areas"]) == (None, ["db"])


def test_without_javascript_every_question_is_there_with_when_it_counts(open_browser, asking, jon):
    page = open_browser(jon, java_script_enabled=False).open("/ask/?target=prod&reason=to+fix+it")
    expect(page.get_by_text("Only asked if “Patient data is touched” is: Yes.")).to_be_visible()
    page.get_by_label("Which data").fill("not listened to")
    page.get_by_role("button", name="Send the request").click()
    page.wait_for_url("**/requests/**")
    assert answers()["why"] is None
