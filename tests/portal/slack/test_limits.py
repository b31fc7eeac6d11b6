"""Whatever is written, and however much there is of it: each card, dialog, home and letter is one that Slack takes.

The simulator refuses what Slack refuses; here it is given the longest of everything, at first and in what follows.
"""

from datetime import timedelta

import pytest
from django.utils import timezone

from access.core.states import GrantState
from access.models import (
    AccessRequest,
    Announcement,
    Decision,
    Flow,
    Group,
    Kind,
    Notification,
    PromptField,
    SlackHome,
    SlackPost,
    Strategy,
    User,
)  # fmt: skip
from access.notify import letters, read_log
from access.notify.slack import card, posts, workspace
from access.requests import comments, decide, remind
from access.worker import jobs
from integrations.slack import cards, modals
from integrations.slack import letters as slack_letters
from integrations.slack.simulator import checks
from tests import factories
from tests.portal.slack.workspace import filled, texts

pytestmark = pytest.mark.django_db

LONG = "&" * 200  # of which each is written as five where Slack reads markup
COMMENT = "<" * 2000
REASON = "\U0001f600 & " * 1000


def long_people(count, **fields):
    """People with the longest names."""
    return [factories.person(f"p{number:03}", **fields) for number in range(count)]


@pytest.fixture
def wide(flow, jon, adam, rita):
    """A flow with the longest of all that an admin can type, and as much of it as there may be."""
    factories.mapping(jon)
    User.objects.update(name=LONG)
    Flow.objects.update(
        label=LONG, description="d" * 9000, reason_example=LONG, ticket_url="https://t.example/" + "t" * 270
    )
    people = long_people(30)
    User.objects.update(name=LONG)
    for number in range(8):
        stage = factories.stage(flow, *people, label="s" * 100, needed=3)
        for more in range(5):
            factories.pool(
                stage,
                *people[more::3],
                Group.objects.create(name=f"g-{number}-{more}", label=LONG),
                after=60 * (more + 1),
            )
    for number in range(40):
        PromptField.objects.create(
            flow=flow, position=number, name=f"f{number}", label="l" * 100, help="h" * 500, required=False
        )
    return Flow.objects.get()


def answers():
    return {f"f{number}": "a" * 2000 for number in range(40)}


def ask(wide, **fields):
    return factories.request_at(
        now=timezone.now(), in_flow=wide, reason=REASON, ticket="t" * 100, answers=answers(), **fields
    )


def check_card(request):
    said = card.card(AccessRequest.objects.get(pk=request.pk))
    checks.check_message(cards.blocks(said), cards.fallback(said))
    return texts([dict(one) for one in cards.blocks(said)])


def test_a_card_fits_at_first_and_with_all_that_was_decided(wide):
    asked = ask(wide)
    first = check_card(asked)
    assert "Read all of it" in first
    people = User.objects.filter(email__startswith="p0")
    Decision.objects.bulk_create(
        Decision(request=asked, by=one, verdict="approve", comment=COMMENT, at=timezone.now(), stage=0)
        for one in people
    )
    AccessRequest.objects.update(dead_end="d" * 9000)
    assert "25 earlier decisions" in check_card(asked)
    assert f"Open the request {asked.ref}" in check_card(asked)


def test_a_card_fits_when_access_is_given_and_fails(story):
    grant = factories.grant(now=timezone.now(), state=GrantState.GRANTING, reason=REASON)
    type(grant).objects.update(last_error="<" * 9000)
    check_card(grant.requests.get())


def test_a_card_of_a_target_that_opens_everything_fits(story, monkeypatch):
    monkeypatch.setattr(card, "_opens", lambda _request: [", ".join(["e" * 90] * 300)])
    assert "Read all of it" in check_card(factories.request_at(now=timezone.now()))


def test_slack_takes_the_announcement_and_each_of_its_updates(slack_workspace, wide, adam):
    Announcement.objects.create(flow=wide, channel=slack_workspace.channel)
    asked = ask(wide)
    at = timezone.now()
    for _step in range(2):
        read_log.read(now=at)
        for one in SlackPost.objects.filter(due_at__lte=at):
            posts.converge(one, workspace=workspace.workspace(now=at), now=at)
        post = SlackPost.objects.get()
        assert (post.last_error, post.failed_at, bool(post.ts)) == ("", None, True)
        if asked.decisions.count() == 0:
            decide.deny(request=asked, by=adam, comment=COMMENT, now=at)
    announced, note = slack_workspace.posts()
    assert (announced.edits, note.thread) == (1, announced.ts)


def test_the_form_that_is_too_long_leads_to_its_page(slack, wide):
    assert slack.command("").status_code == 200
    assert slack.shown["callback_id"] == modals.ASK
    PromptField.objects.update(type="string", allowed=[f"{number:03}" + "x" * 147 for number in range(100)])
    slack.command("prod")
    assert slack.shown["callback_id"] == modals.TOLD
    assert "too long for Slack" in texts(slack.shown)
    assert "/ask/?flow=production-access" in str(slack.shown)


def test_the_form_fits_with_many_targets(slack, story):
    through = Strategy.objects.get()
    for number in range(120):
        through.targets.add(factories.target(f"t-{number:03}" + "n" * 90, LONG, f"r-{number}"))
    slack.command("")
    assert slack.shown["callback_id"] == modals.ASK


@pytest.mark.parametrize("action", [modals.APPROVE, modals.DENY])
def test_the_dialog_of_who_decides_fits(slack, wide, adam, action):
    asked = ask(wide)
    slack.click(action, asked.ref, by="U0ADAM")
    assert slack.shown["callback_id"] == action
    assert asked.ref in texts(slack.shown)
    slack.submit(filled(slack.shown, comment=COMMENT), by="U0ADAM")
    assert asked.decisions.get().comment == COMMENT


def test_the_home_fits_with_all_that_waits_and_is_held(slack, story, jon):
    through = Strategy.objects.get()
    flow_of_jon = factories.flow()
    factories.also_decided_by(flow_of_jon, jon)
    for number in range(25):
        target = factories.target(f"t-{number}", LONG, f"r-{number}")
        through.targets.add(target)
        factories.grant(now=timezone.now(), for_target=target)
        factories.request_at(now=timezone.now(), for_target=target, requester=factories.person("rita"), reason=REASON)
    User.objects.update(name=LONG)
    SlackHome.objects.create(account_id="U0JON", due_at=timezone.now())
    jobs.publish_home(SlackHome.objects.get().pk)
    assert slack.calls[-1][0] == "views.publish"
    assert "more are on the pages of Usher" in texts(slack.shown)


def test_a_message_to_one_person_fits(wide, adam):
    asked, now = ask(wide), timezone.now()
    Decision.objects.create(request=asked, by=adam, verdict="deny", comment=COMMENT, at=now, stage=0)
    for kind in (Kind.ASKED, Kind.REMINDER, Kind.DENIED, Kind.COMMENT, Kind.LAPSED):
        row = Notification(
            recipient=adam, channel="slack", kind=kind, topic="review", request=asked, created_at=now, due_at=now,
            facts={"comment": COMMENT, "by": LONG, "since": now.isoformat(), "at": now.isoformat(), "stage": "0"},
        )  # fmt: skip
        row.pk = 1
        said = letters.message(row)
        checks.check_message(slack_letters.blocks(said), slack_letters.fallback(said))


def test_what_was_asked_together_fits_into_one_message(story, adam):
    through, now = Strategy.objects.get(), timezone.now() - timedelta(hours=1)
    made = []
    for number in range(30):
        target = factories.target(f"t-{number}", LONG, f"r-{number}")
        through.targets.add(target)
        made.append(factories.request_at(now=now, for_target=target, reason=REASON))
    AccessRequest.objects.update(batch=made[0].submission)
    row = Notification(
        recipient=adam,
        channel="slack",
        kind=Kind.ASKED,
        topic="review",
        request=AccessRequest.objects.get(pk=made[0].pk),
        created_at=now,
        due_at=now,
        facts={"since": now.isoformat(), "stage": "0"},
    )
    row.pk = 1
    said = letters.message(row)
    checks.check_message(slack_letters.blocks(said), slack_letters.fallback(said))


def test_the_form_for_an_emergency_fits_or_leads_to_its_page(slack, wide):
    Flow.objects.update(break_glass=True)
    slack.click(modals.BREAK_GLASS)
    assert slack.shown["callback_id"] == modals.BREAK_GLASS
    answer = slack.submit(filled(slack.shown, reason="", ticket=""))
    assert {name.partition(":")[0] for name in answer["errors"]} >= {"reason", "ticket", "understood"}
    PromptField.objects.update(allowed=[f"{number:03}" + "x" * 147 for number in range(100)])
    slack.click(modals.BREAK_GLASS)
    assert slack.shown["callback_id"] == modals.TOLD
    assert "/ask/break-glass/?flow=production-access" in str(slack.shown)


def test_the_home_fits_with_all_that_one_asked_for_too(slack, story, jon):
    through = Strategy.objects.get()
    for number in range(25):
        target = factories.target(f"t-{number}", LONG, f"r-{number}")
        through.targets.add(target)
        factories.request_at(now=timezone.now(), for_target=target, reason=REASON)
        held = factories.target(f"h-{number}", LONG, f"q-{number}")
        through.targets.add(held)
        factories.grant(now=timezone.now(), for_target=held)
        factories.also_decided_by(story, jon) if not number else None
        factories.request_at(now=timezone.now(), for_target=target, requester=factories.person("rita"), reason=REASON)
    SlackHome.objects.create(account_id="U0JON", due_at=timezone.now())
    jobs.publish_home(SlackHome.objects.get().pk)
    assert slack.calls[-1][0] == "views.publish"
    assert texts(slack.shown).count("more are on the pages of Usher") == 3


def test_each_line_below_an_announcement_fits(slack_workspace, wide, adam):
    Flow.objects.update(announce_only=True)
    wide.refresh_from_db()
    Announcement.objects.create(flow=wide, channel=slack_workspace.channel)
    asked, at = ask(wide), timezone.now()
    comments.say(request=asked, by=User.objects.get(email="p001@example.com"), text=COMMENT, now=at)
    remind.remind(request=asked, by=asked.requester, now=at)
    for hours in (0, 0, 2):
        then = at + timedelta(hours=hours, seconds=1)
        read_log.read(now=then)
        for one in SlackPost.objects.filter(due_at__lte=then, person=None):
            posts.converge(one, workspace=workspace.workspace(now=then), now=then)
    assert SlackPost.objects.get(person=None).last_error == ""
    assert len(slack_workspace.posts()) >= 4
