"""The flow's own fields on the form with which people ask."""

import html
import re
import uuid

import pytest

from access.core.prompts import Field, Type
from access.models import AccessRequest
from access.policy.prompts import set_fields
from portal import links
from tests import factories
from tests.portal.pages import HTMX, queries, words

ASK = "/ask/"
STAGES = ("prod", "staging")
FIELDS = [
    Field("env", label="Environment", help="Where it is broken.", allowed=STAGES),
    Field("customer", label="Customer", shown_if="env", shown_values=("prod",)),
    Field("urgent", Type.BOOL, label="Urgent", default=True),
    Field("count", Type.INT, label="How many", required=False),
    Field("hosts", Type.STRINGS, label="Hosts", required=False),
    Field("areas", Type.STRINGS, label="Areas", allowed=("db", "web"), required=False),
    Field("for", Type.DURATION, label="Down for", allowed=(3600,), required=False),
    Field("lead", Type.PERSON, label="Lead", required=False),
    Field("cost", default="c-1", visible=False),
]


@pytest.fixture
def web(web, flow):
    set_fields.set_all(flow, FIELDS)
    return web


@pytest.fixture
def typed(flow):
    return {
        "flow": "production-access", "target": "prod", "duration": "3600", "starts": "now", "starts_at": "",
        "reason": "to fix Ticket 123", "ticket": "", "submission": str(uuid.uuid4()),
        "field-env": "prod", "field-customer": "ACME <b>", "field-urgent": ["false", "true"],
        "field-count": "", "field-hosts": "a\r\nb", "field-areas": ["db"], "field-for": "", "field-lead": "",
    }  # fmt: skip


def control(page, name):
    """The tag of each control of this field."""
    found = re.findall(r"<(?:input|select|textarea|option)[^>]*>", page.content.decode())
    return [one for one in found if f'name="field-{name}"' in one]


def part(page, name):
    """The field with all that belongs to it."""
    return page.content.decode().split(f'id="field-field-{name}"')[1].split('id="field-field-')[0]


def chosen(page, name):
    options = re.findall(r'<option value="([^"]*)"\s+(selected)?', part(page, name))
    return [value for value, is_chosen in options if is_chosen]


def ticked(page, name):
    return [re.search('value="([^"]*)"', one)[1] for one in control(page, name) if "checked" in one]


def test_what_is_filled_in_is_kept_on_the_request(web, typed):
    answer = web.post(ASK, typed)
    made = AccessRequest.objects.get()
    assert answer.url == f"/requests/{made.ref}/"
    assert {one["name"]: one["value"] for one in made.answers} == {
        "env": "prod", "customer": "ACME <b>", "urgent": True, "count": None, "hosts": ["a", "b"], "areas": ["db"],
        "for": None, "lead": None, "cost": "c-1",
    }  # fmt: skip


def test_each_type_has_its_control_with_its_default_and_what_nobody_sees_is_not_there(web, adam):
    page = web.get(ASK)
    told = words(page)
    assert "Environment" in told
    assert "Where it is broken." in told
    assert "How many (optional)" in told
    assert control(page, "env")[0].startswith("<select")
    assert control(page, "hosts")[0].startswith("<textarea")
    assert 'inputmode="numeric"' in control(page, "count")[0]
    assert ticked(page, "urgent") == ["true"]
    assert re.findall(r'<option value="([^"]*)"', part(page, "for")) == ["", "1h"]
    assert re.findall(r'<option value="([^"]*)"', part(page, "lead")) == ["", "adam@example.com", "jon@example.com"]
    assert control(page, "cost") == []


def test_of_many_people_names_are_offered_while_typing(web):
    for number in range(40):
        factories.person(f"p{number}")
    page = web.get(ASK)
    assert 'list="ask-people"' in control(page, "lead")[0]
    assert '<option value="p7@example.com">P7</option>' in page.content.decode()


BAD = [
    ({"field-env": ""}, "env", "Choose an answer for “Environment”."),
    ({"field-env": "test"}, "env", "Choose one of those that are offered."),
    ({"field-customer": ""}, "customer", "Fill in “Customer”."),
    ({"field-customer": "x" * 2001}, "customer", "Keep this under 2000 characters."),
    ({"field-count": "many"}, "count", "Write a whole number of at most 15 digits."),
    ({"field-hosts": "a\n" + "x" * 2001}, "hosts", "Keep this under 2000 characters."),
    ({"field-areas": ["db", "ufo"]}, "areas", "Choose one of those that are offered."),
    ({"field-lead": "x@example.com"}, "lead", "Nobody who can sign in here has this e-mail."),
    ({"field-for": "2h"}, "for", "Choose one of those that are offered."),
]


@pytest.mark.parametrize(("change", "name", "sentence"), BAD)
def test_what_is_wrong_is_said_beside_its_field_and_what_was_typed_is_kept(web, typed, change, name, sentence):
    answer = web.post(ASK, {**typed, **change})
    assert answer.status_code == 422
    assert sentence in html.unescape(part(answer, name))
    assert f'href="#field-field-{name}"' in answer.content.decode()
    assert "autofocus" in part(answer, name)
    if name != "customer":
        assert 'value="ACME &lt;b&gt;"' in control(answer, "customer")[0]
    if name != "areas":
        assert ticked(answer, "areas") == ["db"]
    assert not AccessRequest.objects.exists()


def test_what_nobody_sees_cannot_be_sent_and_what_the_flow_no_longer_has_is_said(web, typed):
    answer = web.post(ASK, {**typed, "field-cost": "c-2", "field-old": "x"})
    assert answer.status_code == 422
    assert "The flow itself answers this. It cannot be sent." in words(answer)
    assert "This flow has no field “old”." in words(answer)


def test_everything_wrong_is_said_at_once(web, typed):
    answer = web.post(ASK, {**typed, "reason": "", "target": "", "field-env": "", "field-count": "x"})
    for sentence in ("Choose what you need.", "Say why you need it.", "Choose an answer for", "Write a whole number"):
        assert sentence in words(answer)


def test_a_tick_that_is_taken_away_is_no(web, typed):
    web.post(ASK, {**typed, "field-urgent": ["false"]})
    assert {one["name"]: one["value"] for one in AccessRequest.objects.get().answers}["urgent"] is False


def test_what_hangs_on_another_answer_is_marked_until_it_is_given_and_not_listened_to(web, typed):
    page = web.get(ASK)
    assert "Only asked if “Environment” is: prod." in words(page)
    assert is_off(page, "customer")
    assert not is_off(web.get(ASK, {"field-env": "prod"}, headers=HTMX), "customer")
    assert is_off(web.get(ASK, {"field-env": "staging"}, headers=HTMX), "customer")
    web.post(ASK, {**typed, "field-env": "staging"})
    [customer] = [one for one in AccessRequest.objects.get().answers if one["name"] == "customer"]
    assert (customer["value"], customer["shown"]) == (None, False)


def is_off(page, name):
    """Whether the field is there only for those without scripts."""
    before = page.content.decode().split(f'id="field-field-{name}"')[0]
    return "prompt-off" in before.rsplit("<", 1)[1]


@pytest.mark.parametrize(("written", "values"), [("yes", ["true"]), ("1", ["true"]), ("No", []), ("maybe", ["true"])])
def test_a_link_may_say_yes_and_no_as_people_do(web, written, values):
    assert ticked(web.get(ASK, {"field-urgent": written}), "urgent") == values


def test_a_link_fills_fields_in_where_it_fits(web):
    asked = {
        "field-env": "prod", "field-customer": '"><b>', "field-for": "60m", "field-count": "many", "field-areas": "web",
        "field-hosts": "a\nb", "field-none": "x", "field-lead": "ADAM@example.com",
    }  # fmt: skip
    page = web.get(ASK, asked)
    assert (chosen(page, "env"), chosen(page, "for"), ticked(page, "areas")) == (["prod"], ["1h"], ["web"])
    assert 'value="&quot;&gt;&lt;b&gt;"' in control(page, "customer")[0]
    assert 'value=""' in control(page, "count")[0]
    assert ">a\nb</textarea>" in page.content.decode()


def test_asking_again_fills_in_what_was_answered(web, typed, flow):
    web.post(ASK, {**typed, "field-lead": "jon@example.com", "field-urgent": ["false"]})
    address = links.ask_again(AccessRequest.objects.get())
    page = web.get(address)
    assert (chosen(page, "env"), ticked(page, "areas"), ticked(page, "urgent")) == (["prod"], ["db"], [])
    assert 'value="ACME &lt;b&gt;"' in control(page, "customer")[0]
    set_fields.set_all(flow, [Field("env", allowed=("staging",)), Field("new")])
    page = web.get(address)
    assert (page.status_code, chosen(page, "env")) == (200, [])


def test_what_is_too_long_for_an_address_is_left_out(web, typed):
    web.post(ASK, {**typed, "field-customer": "x" * 2000})
    address = links.ask_again(AccessRequest.objects.get())
    assert "target=prod" in address
    assert "field-" not in address


def test_the_same_form_again_makes_one_request_and_says_when_an_answer_was_another(web, typed):
    first, second = web.post(ASK, typed), web.post(ASK, typed)
    assert first.url == second.url
    assert "was sent before" not in words(web.get(second.url))
    third = web.post(ASK, {**typed, "field-count": "5"}, follow=True)
    assert "This form was sent before and made this request." in words(third)
    assert AccessRequest.objects.count() == 1


def test_the_page_takes_a_fixed_number_of_queries(web, flow):
    set_fields.set_all(flow, [])
    none = queries(web, ASK)
    set_fields.set_all(flow, [Field(f"f{number}", shown_if="f0" if number else "") for number in range(20)])
    assert queries(web, ASK) == none
    set_fields.set_all(flow, [Field(f"f{number}", Type.PERSON) for number in range(20)])
    assert queries(web, ASK) == none + 1
