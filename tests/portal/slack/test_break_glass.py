"""Break-glass in Slack: its own dialog, which says what will happen and needs a tick; judged as the page's form."""

import pytest
from django.utils import timezone

from access.models import AccessRequest, AfterReview, AuditEvent, Flow
from integrations.slack import modals
from tests import factories
from tests.portal.slack.workspace import control, filled, texts

pytestmark = pytest.mark.django_db
TYPED = {"reason": "the database is down", "ticket": "INC-1"}


@pytest.fixture
def glass(slack, story):
    Flow.objects.update(break_glass=True)
    return story


def test_it_says_what_happens_and_gives_access_at_once(slack, glass):
    slack.command("break-glass prod 1h the database is down")
    said = texts(slack.shown)
    assert slack.shown["callback_id"] == modals.BREAK_GLASS
    for part in ("You get access at once, without approval, for at most 1 h.", "Adam Novak", "signs a review off by",
                 "It is marked as break-glass in the log for good.", "This is an emergency."):  # fmt: skip
        assert part in said
    assert control(slack.shown, "reason")["element"]["initial_value"] == "the database is down"
    answer = slack.submit(filled(slack.shown, ticket="INC-1", understood=["true"]))
    made = AccessRequest.objects.get()
    assert "You used break-glass for Prod." in texts(answer["view"])
    assert f"/requests/{made.ref}/" in str(answer["view"])
    assert (made.path, made.state, made.asked_in) == ("break_glass", "approved", "C0ROOM")
    assert AfterReview.objects.get().request == made
    assert AuditEvent.objects.filter(type="review.opened").count() == 1


def test_without_the_tick_nothing_is_taken_and_everything_wrong_is_said_at_once(slack, glass):
    slack.click(modals.BREAK_GLASS)
    answer = slack.submit(filled(slack.shown, reason="", ticket=""))
    assert {name.partition(":")[0] for name in answer["errors"]} == {"reason", "ticket", "understood"}
    assert "Tick that this is an emergency." in answer["errors"].values()
    assert not AccessRequest.objects.exists()


def test_what_is_sent_twice_is_taken_once(slack, glass):
    slack.click(modals.BREAK_GLASS)
    view = filled(slack.shown, understood=["true"], **TYPED)
    slack.submit(view)
    slack.submit(view)
    assert AccessRequest.objects.count() == 1


def test_where_a_passkey_has_to_sign_it_leads_to_the_page(slack, glass):
    Flow.objects.update(break_glass_passkey=True)
    slack.click(modals.BREAK_GLASS)
    assert slack.shown["callback_id"] == modals.TOLD
    assert "signed with a passkey, on its page alone" in texts(slack.shown)
    assert "/ask/break-glass/?flow=production-access" in str(slack.shown)


def test_a_passkey_that_is_demanded_meanwhile_is_demanded_when_it_is_sent(slack, glass):
    slack.click(modals.BREAK_GLASS)
    Flow.objects.update(break_glass_passkey=True)
    answer = slack.submit(filled(slack.shown, understood=["true"], **TYPED))
    assert "passkey" in texts(answer["view"])
    assert not AccessRequest.objects.exists()


def test_of_several_flows_one_that_signs_says_so_beside_the_choice(slack, glass):
    signing = factories.flow("signed", label="Signed", break_glass=True, break_glass_passkey=True)
    slack.click(modals.BREAK_GLASS)
    view = filled(slack.shown, flow=signing.name)
    slack.click("flow", view=view)
    assert "signed with a passkey, on its page alone" in texts(slack.shown)
    assert control(slack.shown, "understood") is None
    answer = slack.submit(filled(slack.shown, flow=signing.name))
    assert answer["response_action"] == "update"
    assert not AccessRequest.objects.exists()


def test_the_questions_of_the_flow_are_asked_and_needed(slack, glass):
    glass.prompt_fields.create(name="impact", type="string", label="Impact")
    slack.click(modals.BREAK_GLASS)
    answer = slack.submit(filled(slack.shown, understood=["true"], **TYPED))
    assert [name.partition(":")[0] for name in answer["errors"]] == ["field-impact"]
    slack.submit(filled(slack.shown, understood=["true"], field_impact="all of it", **TYPED))
    [answer] = AccessRequest.objects.get().answered
    assert answer.words == "all of it"


def test_what_blocks_it_is_said_before_it_is_sent(slack, glass):
    factories.broken_glass(now=timezone.now())
    slack.click(modals.BREAK_GLASS)
    assert "is not signed off. Ask in the normal way" in texts(slack.shown)
    answer = slack.submit(filled(slack.shown, understood=["true"], **TYPED))
    assert "is not signed off" in str(answer)
    assert AccessRequest.objects.count() == 1


def test_where_no_flow_allows_it_that_is_said(slack, story):
    slack.click(modals.BREAK_GLASS)
    assert "No flow allows break-glass." in texts(slack.shown)
    assert "No flow allows break-glass." in slack.command("break-glass prod").json()["text"]


def test_a_form_that_was_opened_while_it_was_allowed_is_judged_anew(slack, glass):
    slack.click(modals.BREAK_GLASS)
    Flow.objects.update(break_glass=False)
    answer = slack.submit(filled(slack.shown, understood=["true"], **TYPED))
    assert "No flow allows break-glass." in texts(answer["view"])
    assert not AccessRequest.objects.exists()


def test_another_target_shows_what_it_allows(slack, glass):
    short = factories.target("short", "Short", "r-short")
    short.max_seconds = 60
    short.save()
    glass.strategy.targets.add(short)
    slack.click(modals.BREAK_GLASS)
    slack.click("target", view=filled(slack.shown, target="short", **TYPED))
    assert "for at most 1 min" in texts(slack.shown)
    assert control(slack.shown, "reason")["element"]["initial_value"] == TYPED["reason"]


def test_the_form_to_ask_says_how(slack, glass):
    slack.command("prod")
    assert "type: /access break-glass" in texts(slack.shown)
