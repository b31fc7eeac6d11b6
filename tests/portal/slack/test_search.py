"""More than Slack shows at once is searched for, and what is cut leads to the whole."""

from datetime import timedelta

import pytest
from django.utils import timezone

from access.models import AccessRequest, Flow
from access.notify.slack import card
from integrations.slack import blocks, cards
from tests import factories
from tests.portal.slack.test_form import opened
from tests.portal.slack.workspace import control, filled, texts


@pytest.fixture
def many(slack, story):
    for number in range(120):
        made = factories.flow(f"flow-{number:03}", label=f"Ward {number}")
        factories.decided_by(made, factories.person("adam"))
    return slack


def search(slack, view, name, value, *, by="U0JON"):
    block = control(view, name)["block_id"]
    answer = slack.interact(path="options", type="block_suggestion", block_id=block, value=value, view=view, by=by)
    return [one["value"] for one in answer.json()["options"]]


def test_of_more_than_a_hundred_flows_each_can_be_found_and_chosen(many):
    view = opened(many)
    element = control(view, "flow")["element"]
    assert element["type"] == "external_select"
    assert element["initial_option"]["value"] in Flow.objects.values_list("name", flat=True)
    assert len(search(many, view, "flow", "")) == blocks.MOST_OPTIONS
    assert search(many, view, "flow", "ward 117") == ["flow-117"]
    assert search(many, view, "flow", "117 WARD") == ["flow-117"]
    assert search(many, view, "flow", "nothing of this") == []

    many.interact(
        type="block_actions", actions=[{"action_id": "flow", "value": ""}], view=filled(view, flow="flow-117")
    )
    shown = many.shown
    assert control(shown, "flow")["element"]["initial_option"]["value"] == "flow-117"
    many.submit(filled(shown, reason="to fix Ticket 123", target=["prod"], duration="3600"))
    assert AccessRequest.objects.get().flow.name == "flow-117"


def test_flows_that_are_not_open_to_somebody_are_not_found_either(many):
    view = opened(many)
    Flow.objects.filter(name="flow-117").update(is_active=False)
    assert search(many, view, "flow", "ward 117") == []
    assert search(many, view, "flow", "", by="U0NOBODY") == []


def test_a_text_that_is_cut_leads_to_the_whole(story):
    request = factories.request_at(now=timezone.now(), reason="word " * 390)
    shown = cards.blocks(card.card(request))
    quote = next(one for one in shown[0]["elements"] if one["type"] == "rich_text_quote")
    *_words, last = quote["elements"]
    assert (last["type"], last["url"]) == ("link", card.address(request))
    short = factories.request_at(now=timezone.now(), requester=factories.person("rita"), reason="to fix it now")
    quote = next(one for one in cards.blocks(card.card(short))[0]["elements"] if one["type"] == "rich_text_quote")
    assert [one["type"] for one in quote["elements"]] == ["text"]


def test_a_dialog_leads_to_the_page_of_the_request_and_shows_times_as_slack_does(slack, story):
    starts = timezone.now() + timedelta(days=1)
    request = factories.request_at(now=timezone.now(), starts_at=starts)
    slack.click("usher-approve", request.ref, by="U0ADAM")
    assert "Open the request" in texts(slack.shown)
    assert f"<!date^{int(starts.timestamp())}^" in texts(slack.shown)
    assert any(f"^{int(starts.timestamp())}^" in one or str(int(starts.timestamp())) in one
               for one in [str(cards.blocks(card.card(request)))])  # fmt: skip
