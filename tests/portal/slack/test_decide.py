"""Approve and deny in Slack: the rules are the page's, and a refusal is told to whoever clicked, and to nobody else."""

from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from access.core.states import RequestState
from access.models import AccessRequest, AuditEvent, Decision, Flow, User, UserMapping
from access.notify.slack.card import card
from integrations.base import ProviderUnavailable
from integrations.slack.cards import blocks
from integrations.slack.errors import TooLate
from tests import factories
from tests.portal.slack.workspace import control, filled, texts

HOUR = 3600


@pytest.fixture
def asked(story):
    return factories.request_at(now=timezone.now(), seconds=4 * HOUR)


def opened(slack, action, asked, *, by="U0ADAM"):
    assert slack.click(action, asked.ref, by=by).status_code == 200
    return slack.shown


def test_an_approver_sees_what_they_decide_and_approves_it_in_slack(slack, asked, adam):
    view = opened(slack, "usher-approve", asked)
    for word in ("Jon Reyes (jon@example.com)", "Prod", "prod: ", "4 h", "to fix Ticket 123", "First time."):
        assert word in texts(view)
    assert slack.submit(filled(view, comment="Go ahead."), by="U0ADAM") == {"response_action": "clear"}
    decision = Decision.objects.get()
    assert (decision.by, decision.verdict, decision.comment, decision.place) == (adam, "approve", "Go ahead.", "slack")
    asked.refresh_from_db()
    assert (asked.state, asked.approved_seconds) == (RequestState.APPROVED, None)
    [event] = AuditEvent.objects.filter(type="request.approved")
    assert (event.actor, event.data["place"]) == ("adam@example.com", "slack")


@pytest.mark.parametrize("action", ["usher-approve", "usher-deny"])
@pytest.mark.parametrize("method", UserMapping.Method.values)
def test_the_decision_keeps_from_which_account_it_came_and_how_that_was_mapped(slack, asked, adam, action, method):
    view = opened(slack, action, asked)
    UserMapping.objects.filter(user=adam, integration__type="slack").update(method=method)
    slack.submit(filled(view, comment="So."), by="U0ADAM")
    decision = Decision.objects.get()
    assert (decision.slack_id, decision.slack_method) == ("U0ADAM", method)


def test_what_a_passkey_signs_is_approved_on_its_page_alone(slack, story, adam):
    Flow.objects.update(approve_with_passkey=True)
    asked = factories.request_at(now=timezone.now())
    view = opened(slack, "usher-approve", asked)
    assert "signed with a passkey" in texts(view)
    assert f"/requests/{asked.ref}/" in str(view)
    assert slack.submit(filled(opened(slack, "usher-deny", asked), comment="No."), by="U0ADAM") == {
        "response_action": "clear"
    }


def test_an_open_dialog_approves_nothing_that_has_to_be_signed_by_then(slack, asked):
    view = opened(slack, "usher-approve", asked)
    AccessRequest.objects.update(policy={**asked.policy, "passkey": True})
    answer = slack.submit(filled(view), by="U0ADAM")
    assert "signed with a passkey" in texts(answer["view"])
    assert AccessRequest.objects.get(pk=asked.pk).state == RequestState.PENDING


def test_the_button_of_what_a_passkey_signs_opens_the_page(asked):
    for signed in (True, False):
        AccessRequest.objects.update(policy={**asked.policy, "passkey": signed})
        told = card(AccessRequest.objects.get(pk=asked.pk))
        approve = blocks(told)[-1]["elements"][0]
        assert (approve.get("url") == told.url) is signed
        assert approve["action_id"] == ("usher-link" if signed else "usher-approve")


def test_an_approver_may_shorten_it_and_not_make_it_longer(slack, asked):
    view = opened(slack, "usher-approve", asked)
    offered = [one["value"] for one in control(view, "duration")["element"]["options"]]
    assert offered == ["14400", "3600", "60"]
    answer = slack.submit(filled(view, duration=str(8 * HOUR)), by="U0ADAM")
    [sentence] = answer["errors"].values()
    assert sentence == "You may shorten the duration to one that is offered, not make it longer."
    slack.submit(filled(view, duration=str(HOUR)), by="U0ADAM")
    assert AccessRequest.objects.get().approved_seconds == HOUR


def test_a_denial_has_to_say_why(slack, asked):
    view = opened(slack, "usher-deny", asked)
    assert not control(view, "comment")["optional"]
    answer = slack.submit(filled(view, comment="  "), by="U0ADAM")
    assert answer["response_action"] == "errors"
    assert list(answer["errors"].values()) == ["Say why you deny it; the requester reads this."]
    assert list(answer["errors"]) == [control(view, "comment")["block_id"]]
    assert slack.submit(filled(view, comment="Not now."), by="U0ADAM") == {"response_action": "clear"}
    assert Decision.objects.get().comment == "Not now."


@pytest.mark.parametrize("action", ["usher-approve", "usher-deny"])
@pytest.mark.parametrize(
    ("who", "sentence"),
    [
        ("U0RITA", "There is nothing here, or it is not yours to see."),
        ("U0JON", "Only the approvers of this request may decide it."),
        ("U0MALLORY", "This Slack account is not one of a person who can act here."),
    ],
)
def test_a_wrong_person_is_told_why_and_it_changes_nothing(slack, asked, action, who, sentence):
    view = opened(slack, action, asked, by=who)
    assert view["callback_id"] == "usher-told"
    assert sentence in texts(view)
    assert [method for method, _given in slack.calls] == ["views.open"]
    assert not Decision.objects.exists()


@pytest.mark.parametrize("action", ["usher-approve", "usher-deny"])
@pytest.mark.parametrize("who", ["U0RITA", "U0JON"])
def test_a_dialog_that_was_opened_by_another_decides_nothing(slack, asked, action, who):
    view = opened(slack, action, asked)
    answer = slack.submit(filled(view, comment="Fine."), by=who)
    assert answer["response_action"] == "update"
    assert not Decision.objects.exists()


@pytest.mark.parametrize("state", ["approved", "denied", "withdrawn", "lapsed"])
@pytest.mark.parametrize("action", ["usher-approve", "usher-deny"])
def test_a_click_on_what_is_settled_is_answered_with_how(slack, story, state, action):
    asked = factories.request_at(now=timezone.now(), state=state)
    decided = Decision.objects.count()
    view = opened(slack, action, asked)
    assert view["callback_id"] == "usher-told"
    assert asked.ref in texts(view)
    assert Decision.objects.count() == decided


def test_whoever_is_second_is_told_who_was_first(slack, asked, rita):
    factories.also_decided_by(asked.flow, rita)
    asked = factories.request_at(now=timezone.now())
    first, second = opened(slack, "usher-approve", asked), opened(slack, "usher-deny", asked, by="U0RITA")
    slack.submit(filled(first), by="U0ADAM")
    answer = slack.submit(filled(second, comment="No."), by="U0RITA")
    assert "Adam Novak was first" in texts(answer["view"])
    assert AccessRequest.objects.get(pk=asked.pk).state == RequestState.APPROVED


def test_times_are_told_in_the_zone_of_whoever_clicked(slack, asked, adam, rita):
    factories.also_decided_by(asked.flow, rita)
    asked = factories.request_at(now=timezone.now())
    second = opened(slack, "usher-deny", asked, by="U0RITA")
    User.objects.filter(pk=rita.pk).update(zone="Asia/Kathmandu")
    slack.submit(filled(opened(slack, "usher-approve", asked)), by="U0ADAM")
    said = texts(slack.submit(filled(second, comment="No."), by="U0RITA")["view"])
    at = Decision.objects.get().at.astimezone(ZoneInfo("Asia/Kathmandu"))
    assert f"{at:%H:%M} +0545" in said


def test_the_same_dialog_twice_is_one_decision(slack, asked):
    view = filled(opened(slack, "usher-approve", asked))
    assert slack.submit(view, by="U0ADAM") == {"response_action": "clear"}
    assert slack.submit(view, by="U0ADAM")["response_action"] == "update"
    assert Decision.objects.count() == 1


def test_somebody_deactivated_meanwhile_decides_nothing(slack, asked, adam):
    view = opened(slack, "usher-approve", asked)
    User.objects.filter(pk=adam.pk).update(is_active=False)
    answer = slack.submit(filled(view), by="U0ADAM")
    assert "no longer active" in texts(answer["view"])
    assert not Decision.objects.exists()


def test_a_guest_decides_only_where_the_flow_lets_guests_act(slack, asked):
    slack.guests.add("U0ADAM")
    assert "Guests of this Slack workspace" in texts(opened(slack, "usher-approve", asked))
    Flow.objects.update(guests_may_act=True)
    slack.submit(filled(opened(slack, "usher-approve", asked)), by="U0ADAM")
    assert Decision.objects.get().place == "slack"


@pytest.mark.parametrize("ref", ["", "R-NONE", "'; drop table", "x" * 3000])
def test_a_request_that_there_is_not_is_said(slack, story, ref):
    slack.click("usher-approve", ref, by="U0ADAM")
    assert "There is nothing here, or it is not yours to see." in texts(slack.shown)


def test_what_people_wrote_is_never_read_as_markup(slack, story):
    asked = factories.request_at(now=timezone.now(), reason="<!channel> *now* <https://evil.example|click> &amp;")
    view = opened(slack, "usher-approve", asked)
    assert '"mrkdwn"' not in str(view).replace("'", '"')
    assert "<!channel> *now* <https://evil.example|click> &amp;" in texts(view)


@pytest.mark.parametrize("trouble", [TooLate("Slack waited too long."), ProviderUnavailable("Slack is away.")])
def test_a_dialog_that_slack_does_not_open_changes_nothing_and_answers_in_time(slack, asked, trouble):
    slack.failure = trouble
    assert slack.click("usher-approve", asked.ref, by="U0ADAM").status_code == 200
    assert not Decision.objects.exists()
