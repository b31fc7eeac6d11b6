"""The form in Slack: what it is filled in with, what it says before it is sent, and how it follows a change."""

import json
import re

import pytest
from django.conf import settings
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from access.core.prompts import Field, Type
from access.models import AccessRequest, Flow, Target
from access.policy.prompts import set_fields
from integrations.base import ProviderUnavailable
from integrations.slack import modals
from portal.slack import ask_view
from tests import factories
from tests.portal import bad_asks
from tests.portal.slack.workspace import control, filled, texts

HOUR = 3600


def opened(slack, text="", **fields):
    answer = slack.command(text, **fields)
    assert (answer.status_code, answer.content) == (200, b"")
    return slack.shown


def chosen(view, name):
    element = control(view, name)["element"]
    found = element.get("initial_options") or [element[one] for one in ("initial_option",) if one in element]
    return [one["value"] for one in found] or element.get("initial_value")


def test_the_command_fills_the_form_in(slack, story):
    Flow.objects.update(ticket_pattern=r"[A-Z]+-\d+")
    view = opened(slack, "prod 4h fix TICKET-123")
    assert (chosen(view, "target"), chosen(view, "duration")) == (["prod"], ["14400"])
    assert (chosen(view, "reason"), chosen(view, "ticket")) == ("fix TICKET-123", "TICKET-123")
    assert slack.calls[0][1]["trigger_id"] == "1.2"


def test_it_says_who_will_decide_before_it_is_sent(slack, story):
    said = texts(opened(slack, "prod"))
    assert "Needs 1 of Adam Novak." in said
    assert "Can decide" not in said
    assert "Lapses in 1 d if nobody decides." in said


def test_a_name_that_slack_cuts_is_whole_on_the_page_that_the_form_leads_to(slack, story, jon):
    Target.objects.update(label="Production of the hospital by the river " * 4)
    view = opened(slack, "prod")
    assert "…" in texts(control(view, "target"))
    [address] = re.findall(r'"url": "([^"]*/ask/[^"]*)"', json.dumps(view))
    slack.browser.force_login(jon)
    page = slack.browser.get(address.removeprefix(settings.BASE_URL)).content.decode()
    assert ("Production of the hospital by the river " * 4).strip() in page


def test_it_names_those_whom_a_group_only_counts(slack, story, adam, rita):
    story.stages.all().delete()
    factories.stage(story, factories.group("Leads", adam, rita))
    said = texts(opened(slack, "prod"))
    assert "Needs 1 of the 2 people in Leads." in said
    assert "Can decide: Adam Novak, Rita Moss." in said


def test_what_stands_in_the_way_is_said_at_once(slack, story, jon):
    factories.decided_by(story, jon)
    said = texts(opened(slack, "prod"))
    assert "you are the only approver" in said
    assert "This cannot be sent as it is." in said


def test_a_target_that_is_not_offered_is_said(slack, story):
    assert "ufo cannot be asked for here." in texts(opened(slack, "ufo 1h fix it"))


def test_a_duration_that_is_not_offered_is_said(slack, story):
    assert "not offered here" in texts(opened(slack, "prod 7h"))


def test_the_flow_that_was_used_last_comes_first_and_another_can_be_picked(slack, story):
    factories.approval_flow()
    factories.request_at(now=timezone.now(), in_flow=Flow.objects.get(name="deploy"))
    view = opened(slack)
    assert chosen(view, "flow") == ["deploy"]
    assert control(view, "target") is None
    shown = filled(view, flow="production-access", reason="keep this")
    slack.interact(type="block_actions", view=shown, actions=[{"action_id": "flow"}])
    method, given_ = slack.calls[-1]
    assert (method, given_["view_id"], given_["hash"]) == ("views.update", "V1", "1.a")
    assert chosen(slack.shown, "flow") == ["production-access"]
    assert chosen(slack.shown, "target") == ["prod"]
    assert chosen(slack.shown, "reason") == "keep this"


def test_one_flow_is_not_picked(slack, story):
    assert control(opened(slack), "flow") is None


def test_choosing_a_target_shows_what_it_allows(slack, story):
    story.strategy.targets.add(factories.target("staging", "Staging", "r-2"))
    Target.objects.filter(name="staging").update(max_seconds=HOUR)
    view = opened(slack)
    shown = filled(view, target=["staging"], duration=str(8 * HOUR))
    slack.interact(type="block_actions", view=shown, actions=[{"action_id": "target"}])
    offered = [one["value"] for one in control(slack.shown, "duration")["element"]["options"]]
    assert offered == ["60", "3600"]
    assert "Staging can be held for 1 h at most." in texts(slack.shown)
    # Another list is another control: what was chosen in the old one is not kept in it.
    assert control(slack.shown, "duration")["block_id"] != control(view, "duration")["block_id"]


def test_several_targets_are_asked_with_one_form(slack, story):
    story.strategy.targets.add(factories.target("staging", "Staging", "r-2"))
    view = opened(slack, "prod staging 1h fix it")
    answer = slack.submit(filled(view))
    made = AccessRequest.objects.order_by("pk")
    assert [one.target.name for one in made] == ["prod", "staging"]
    assert all(one.ref in texts(answer["view"]) for one in made)


def test_an_approval_without_access_is_asked_in_it(slack, db, jon):
    factories.approval_flow()
    view = opened(slack, "deploy version 2")
    assert "it gives no access" in texts(view)
    slack.submit(filled(view))
    asked = AccessRequest.objects.get()
    assert (asked.target, asked.reason) == (None, "version 2")


def test_a_start_is_read_to_the_minute(slack, story):
    at = int(timezone.now().timestamp()) // 60 * 60 + 7200
    slack.submit(filled(opened(slack, "prod 1h fix it"), starts_at=at))
    assert AccessRequest.objects.get().starts_at.timestamp() == at


def test_the_flows_own_questions_are_asked_and_come_up_when_they_are_called_for(slack, story):
    bad_asks.ask_questions()
    view = opened(slack, "prod 1h fix it")
    assert control(view, "field-env")["element"]["type"] == "static_select"
    assert control(view, "field-areas")["element"]["type"] == "multi_static_select"
    assert control(view, "field-sure")["element"]["type"] == "checkboxes"
    assert control(view, "field-customer") is None
    assert control(view, "field-cost") is None
    # It is sent before the new question is there: it comes up with what is wrong.
    answer = slack.submit(filled(view, field_env="prod", field_sure=["true"]))
    assert control(answer["view"], "field-customer")
    assert "Fill in “Customer”." in texts(answer["view"])
    slack.submit(filled(answer["view"], field_customer="ACME", field_areas=["db"]))
    answers = {one["name"]: one["value"] for one in AccessRequest.objects.get().answers}
    assert answers["env"] == "prod"
    assert answers["customer"] == "ACME"
    assert (answers["sure"], answers["areas"]) == (True, ["db"])


def test_a_long_answer_that_is_offered_can_be_chosen(slack, story):
    long = "x" * 400
    set_fields.set_all(story, [Field("env", allowed=(long, "y")), Field("who", Type.PERSON, required=False)])
    view = opened(slack, "prod 1h fix it")
    [value, _other] = [one["value"] for one in control(view, "field-env")["element"]["options"]]
    assert len(value) <= 150
    slack.submit(filled(view, field_env=value))
    assert AccessRequest.objects.get().answers[0]["value"] == long


def test_many_targets_are_searched(slack, story):
    for number in range(120):
        story.strategy.targets.add(factories.target(f"role-{number}", f"Role {number}", f"r-{number}"))
    view = opened(slack, "prod")
    element = control(view, "target")["element"]
    assert (element["type"], [one["value"] for one in element["initial_options"]]) == (
        "multi_external_select",
        ["prod"],
    )
    block = control(view, "target")["block_id"]

    def search(text, *, by="U0JON", block=block):
        answer = slack.interact(path="options", type="block_suggestion", block_id=block, value=text, view=view, by=by)
        return [one["value"] for one in answer.json()["options"]]

    assert search("role 117") == ["role-117"]
    assert len(search("")) == 100
    assert search("role 117", block="reason:") == search("role", by="U0MALLORY") == []
    Flow.objects.update(is_active=False)
    assert search("role 117") == []


def test_help_says_what_can_be_typed(slack, story):
    answer = slack.command("help").json()
    assert answer["response_type"] == "ephemeral"
    assert "/access prod 1h fix TICKET-123" in answer["text"]


@pytest.mark.parametrize(("who", "sentence"), [("U0MALLORY", "not one of a person"), ("U0OLGA", "not one of a person")])
def test_whoever_may_not_ask_is_told_to_them_alone(slack, story, who, sentence):
    answer = slack.command("prod", by=who).json()
    assert answer["response_type"] == "ephemeral"
    assert sentence in answer["text"]
    assert slack.calls == []


def test_an_auditor_asks_for_nothing(slack, story, jon):
    type(jon).objects.filter(pk=jon.pk).update(is_auditor=True)
    assert "No flow takes requests from you" in slack.command("prod").json()["text"]


def test_a_guest_asks_only_where_the_flow_lets_guests_act(slack, story):
    slack.guests.add("U0JON")
    assert "Guests of this Slack workspace" in slack.command("prod").json()["text"]
    factories.approval_flow(guests_may_act=True)
    view = opened(slack, "prod 1h fix it")
    assert control(view, "flow") is None
    assert control(view, "target") is None
    foreign = {**view, "private_metadata": json.dumps({**modals.kept(view), "flow": "production-access"})}
    answer = slack.submit(filled(foreign))
    assert "This flow takes no requests at the moment." in texts(answer["view"])
    assert not AccessRequest.objects.exists()


def test_while_slack_is_away_the_command_says_so(slack, story):
    slack.failure = ProviderUnavailable("Slack asks us to slow down.")
    assert slack.command("prod").json()["text"] == "The form could not be opened. Slack asks us to slow down."


def test_a_foreign_channel_is_not_kept(slack, story):
    view = opened(slack, "prod 1h fix it", channel_id="<!channel>")
    slack.submit(filled(view))
    assert AccessRequest.objects.get().asked_in == ""


def test_the_same_form_with_something_else_says_that_nothing_new_was_made(slack, story):
    view = opened(slack, "prod 1h fix it")
    slack.submit(filled(view))
    assert "This form was sent before and made this request." in texts(
        slack.submit(filled(view, reason="other"))["view"]
    )


def test_what_people_wrote_is_never_read_as_markup(slack, story):
    Flow.objects.update(description="<!here> *all*")
    view = opened(slack, "prod 1h <!channel> <@U1>")
    assert "mrkdwn" not in str(view)
    assert chosen(view, "reason") == "<!channel> <@U1>"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
ELEMENT = st.fixed_dictionaries(
    {
        "type": st.sampled_from(
            ["checkboxes", "datetimepicker", "static_select", "multi_static_select", "plain_text_input"]
        )
    },
    optional=dict.fromkeys(("value", "selected_option", "selected_options", "selected_date_time"), JSON),
)


@given(
    JSON | st.dictionaries(st.sampled_from(["target:1", "starts_at:", "x"]), st.dictionaries(st.text(), ELEMENT)), JSON
)
def test_whatever_a_dialog_holds_can_be_read(values, metadata):
    view = {"state": {"values": values}, "private_metadata": json.dumps(metadata), "blocks": values}
    found = ask_view.typed(view, [])
    assert all(isinstance(one, str) for name in found for one in found.getlist(name))
    modals.places(view)
