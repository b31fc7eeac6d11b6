"""The dialog in Slack refuses what the page refuses, with the same sentences, beside the same fields."""

import json
from datetime import UTC, datetime

import pytest
from django.http import QueryDict
from django.test import Client

from access.models import AccessRequest
from integrations.slack.modals import typed as read
from tests.portal import bad_asks
from tests.portal.slack.workspace import texts


def sent(view, typed):
    """The dialog as it comes back with these values, whatever it offers."""
    blank = {"type": "plain_text_input", "value": ""}
    values = {one["block_id"]: {"x": blank} for one in view["blocks"] if "block_id" in one}
    places = {name.partition(":")[0]: name for name in values}
    for name, given in typed.items():
        if name not in ("starts", "submission") and (name != "flow" or name in places):
            values[places.get(name, f"{name}:")] = {"x": element(name, given)}
    kept = {**json.loads(view["private_metadata"]), **{"submission": typed["submission"][0]}}
    return {**view, "state": {"values": values}, "private_metadata": json.dumps(kept)}


def element(name, given):
    if name == "starts_at":
        at = int(datetime.fromisoformat(given[0]).replace(tzinfo=UTC).timestamp()) if given[0] else None
        return {"type": "datetimepicker", "selected_date_time": at}
    if name == "field-sure":
        return {"type": "checkboxes", "selected_options": [{}] if given == ["true"] else []}
    if name in ("target", "field-areas"):
        return {"type": "multi_static_select", "selected_options": [{"value": one} for one in given]}
    if name in ("flow", "duration", "field-env"):
        return {"type": "static_select", "selected_option": {"value": given[0]} if given else None}
    return {"type": "plain_text_input", "value": given[0]}


@pytest.mark.parametrize("case", bad_asks.CASES, ids=lambda one: one.name)
def test_the_dialog_says_what_the_page_says(slack, story, sign_in, jon, case):
    case.before()
    assert slack.command("prod 1h").status_code == 200
    view = slack.shown
    case.between()
    typed = {**bad_asks.right(), **case.typed}
    answer = slack.submit(sent(view, typed))
    assert not AccessRequest.objects.exists()
    page = of_page(sign_in(jon), typed)
    if answer["response_action"] == "errors":
        said = {name.partition(":")[0]: text for name, text in answer["errors"].items()}
        assert said == page
    else:
        # One of them has no field in the dialog, so they are said above it.
        shown = texts(answer["view"])
        assert all(sentence in shown for sentence in page.values())
        assert not set(page) <= {one.partition(":")[0] for one in sent(view, {"submission": ["1"]})["state"]["values"]}


def of_page(web: Client, typed):
    data = QueryDict(mutable=True)
    for name, values in typed.items():
        data.setlist(name, values)
    answer = web.post("/ask/", data.urlencode(), content_type="application/x-www-form-urlencoded")
    return answer.context["page"].errors


def test_what_is_right_becomes_one_request_however_often_it_is_sent(slack, story, jon):
    slack.command("prod 1h")
    view = sent(slack.shown, bad_asks.right())
    first, second = slack.submit(view), slack.submit(view)
    asked = AccessRequest.objects.get()
    assert (asked.requester, asked.target.name, asked.seconds, asked.asked_in) == (jon, "prod", 3600, "C0ROOM")
    assert first == second
    assert f"{asked.ref} was sent to those who decide it." in texts(first["view"])
    assert read(view)["reason"] == [asked.reason]
