"""A flow whose announcement is all that approvers are told in Slack: one message, reminded of, and passed on."""

import uuid
from datetime import timedelta

import pytest

from access.models import Announcement, AuditEvent, Flow, Kind, Notification, SlackPost
from access.notify import outbox, read_log
from access.notify.slack import posts
from access.notify.slack.direct import DirectMessages
from access.notify.slack.workspace import workspace
from access.requests import ask, decide, escalate, remind
from integrations.slack.simulator.state import Person
from tests import factories
from tests.access.notify.slack.test_posts import buttons, words

HOUR = timedelta(hours=1)


@pytest.fixture
def channel(slack_workspace, flow, adam, rita):
    """Adam or Rita decide, told in the channel alone."""
    Flow.objects.update(announce_only=True)
    flow.refresh_from_db()
    factories.also_decided_by(flow, rita)
    Announcement.objects.create(flow=flow, channel=slack_workspace.channel)
    return slack_workspace


@pytest.fixture
def work(now):
    """Do all that is due in Slack, as the worker would."""

    def work(at=now) -> None:
        known = workspace(now=at)
        assert known is not None
        read_log.read(now=at)
        for second in range(3):
            then = at + timedelta(seconds=second)
            for one in SlackPost.objects.filter(due_at__lte=then).order_by("due_at", "pk"):
                posts.converge(one, workspace=known, now=then)
        for row in Notification.objects.filter(channel="slack", due_at__lte=at).order_by("pk"):
            outbox.send(row, sender=DirectMessages(now=at), now=at)

    return work


def asked_together(flow, who, now):
    factories.mapping(who)
    targets = [flow.strategy.targets.get()]
    for name in ("staging", "records"):
        targets.append(factories.target(name, name.title(), role_id=f"r-{name}"))
        flow.strategy.targets.add(targets[-1])
    typed = ask.Ask(
        flow=flow, requester=who, seconds=3600, reason="to fix Ticket 123", ticket="", starts_at=None,
        submission=uuid.uuid4(),
    )  # fmt: skip
    return ask.ask_several(typed, targets, now=now)


def direct(channel, email):
    """What the app wrote to this person alone."""
    return channel.posts(email)


def in_channel(channel):
    return channel.posts()


def joins(channel, name):
    """Somebody of this name is in the workspace, too."""
    id = f"U0{name.upper()}0001"
    channel.state.people[id] = Person(id, name, f"{name.lower()}@example.com")


def test_approvers_get_one_message_in_the_channel_and_none_of_their_own(channel, now, work):
    factories.request_at(now=now)
    work()
    [post] = in_channel(channel)
    assert len(buttons(post)) == 3
    assert direct(channel, "adam@example.com") == direct(channel, "rita@example.com") == []
    assert not Notification.objects.filter(channel="slack", kind=Kind.ASKED).exists()


def test_without_it_each_is_told_as_before(channel, now, work):
    Flow.objects.update(announce_only=False)
    factories.request_at(now=now)
    work()
    assert len(direct(channel, "adam@example.com")) == len(direct(channel, "rita@example.com")) == 1


def test_mail_is_sent_to_each_as_ever(channel, now, work, settings):
    settings.EMAIL_IS_SET = True
    factories.request_at(now=now)
    work()
    assert Notification.objects.filter(channel="email", kind=Kind.ASKED).count() == 2


def test_the_channel_is_reminded_once_for_all_again_and_again(channel, now, work):
    request = factories.request_at(now=now)
    work()
    work(now + HOUR + timedelta(seconds=1))
    work(now + HOUR + timedelta(seconds=2))
    [_post, line] = in_channel(channel)
    assert (line.thread, line.to_all) == (_post.ts, True)
    assert f"{request.ref} still waits for a decision of: Adam Novak, Rita Moss." in words(line)
    work(now + 4 * HOUR)
    assert len(in_channel(channel)) == 3
    assert direct(channel, "adam@example.com") == []


def test_what_was_asked_with_one_form_is_reminded_of_once(channel, flow, jon, adam, now, work):
    several = asked_together(flow, jon, now)
    work()
    assert len(in_channel(channel)) == 3
    work(now + HOUR + timedelta(seconds=1))
    line = in_channel(channel)[-1]
    assert len(in_channel(channel)) == 4
    refs = [one.ref for one in several]
    assert f"{refs[0]}, {refs[1]}, {refs[2]} still wait for a decision of: Adam Novak, Rita Moss." in words(line)
    assert all(f"/requests/{ref}/" in str(line.blocks) for ref in refs)
    decide.deny(request=several[0], by=adam, comment="No.", now=now)
    work(now + 2 * HOUR)
    work(now + 4 * HOUR)
    assert f"{refs[1]}, {refs[2]} still wait" in words(in_channel(channel)[-1])
    assert sum("still wait" in words(one) for one in in_channel(channel)) == 2


def test_what_waits_for_others_is_reminded_of_by_itself(channel, flow, jon, adam, now, work):
    factories.stage(flow, factories.person("lea"), label="Security")
    several = asked_together(flow, jon, now)
    work()
    decide.approve(request=several[0], by=adam, comment="", seconds=None, now=now)
    work()
    work(now + HOUR + timedelta(seconds=1))
    lines = [words(one) for one in in_channel(channel) if "still wait" in words(one)]
    assert len(lines) == 2
    assert sum("Lea" in one for one in lines) == 1


def test_a_reminder_whose_answer_was_lost_is_not_written_twice(channel, now, work):
    factories.request_at(now=now)
    work()
    channel.fail("drop_answer", "chat.postMessage", times=1)
    at = now + HOUR + timedelta(seconds=1)
    work(at)
    work(at + timedelta(minutes=10))
    assert len(in_channel(channel)) == 2


def test_a_settled_request_is_reminded_of_no_more(channel, adam, now, work):
    request = factories.request_at(now=now)
    work()
    decide.deny(request=request, by=adam, comment="No.", now=now)
    work()
    work(now + 10 * HOUR)
    assert len(in_channel(channel)) == 2
    assert SlackPost.objects.get().due_at is None


def test_whoever_asked_reminds_the_channel(channel, jon, now, work):
    request = factories.request_at(now=now)
    work()
    remind.remind(request=request, by=jon, now=now)
    work()
    [_post, line] = in_channel(channel)
    assert "Jon Reyes" in words(line)
    assert "still waits for a decision on" in words(line)
    assert direct(channel, "adam@example.com") == []


def test_whom_it_is_passed_on_to_is_told_themselves_and_reminded(channel, flow, now, work):
    factories.pool(flow.stages.get(), factories.person("lea"), after=1800)
    request = factories.request_at(now=now)
    work()
    at = now + timedelta(minutes=30)
    escalate.pass_on(request, now=at)
    joins(channel, "Lea")
    work(at)
    [told] = direct(channel, "lea@example.com")
    assert len(buttons(told)) == 2
    assert direct(channel, "adam@example.com") == []
    assert "Asked now, too: Lea." in words(in_channel(channel)[-1])
    work(at + 2 * HOUR)
    assert len(direct(channel, "lea@example.com")) == 2
    assert direct(channel, "adam@example.com") == []


def test_the_next_stage_is_told_in_the_channel(channel, flow, adam, now, work):
    factories.stage(flow, factories.person("lea"), label="Security")
    joins(channel, "Lea")
    request = factories.request_at(now=now)
    work()
    decide.approve(request=request, by=adam, comment="", now=now)
    work()
    line = in_channel(channel)[-1]
    assert f"{request.ref} waits for its next decision now, of: Lea." in words(line)
    assert line.to_all
    assert direct(channel, "lea@example.com") == []


@pytest.mark.parametrize("trouble", ["archived", "without_app"])
def test_where_the_channel_is_gone_each_is_told(channel, now, work, trouble):
    room = channel.state.channel(channel.channel)
    room.archived, room.with_app = trouble == "archived", trouble != "without_app"
    factories.request_at(now=now)
    work()
    assert len(direct(channel, "adam@example.com")) == len(direct(channel, "rita@example.com")) == 1
    [event] = AuditEvent.objects.filter(type="announcement.failed")
    assert event.data["fallback"] == "Each approver, by direct message"


def test_where_it_goes_later_each_is_told_when_that_is_seen_and_reminded(channel, now, work):
    factories.request_at(now=now)
    work()
    channel.state.channel(channel.channel).archived = True
    at = now + HOUR + timedelta(seconds=1)
    work(at)
    assert [one for one in direct(channel, "adam@example.com") if buttons(one)]
    before = len(direct(channel, "adam@example.com"))
    work(at + 3 * HOUR)
    assert "Still waiting" in direct(channel, "adam@example.com")[-1].text
    assert len(direct(channel, "adam@example.com")) == before + 1
    assert len(AuditEvent.objects.filter(type="announcement.failed")) == 1


def test_where_somebody_deletes_it_each_is_told(channel, now, work):
    factories.request_at(now=now)
    work()
    channel.state.posts.clear()
    work(now + HOUR + timedelta(seconds=1))
    assert [one for one in direct(channel, "adam@example.com") if buttons(one)]


def test_where_no_place_is_named_each_is_told(channel, now, work):
    Announcement.objects.all().delete()
    factories.request_at(now=now)
    work()
    assert in_channel(channel) == []
    assert len(direct(channel, "adam@example.com")) == 1


def test_asked_elsewhere_than_in_a_channel_each_is_told(channel, now, work):
    Announcement.objects.update(kind="asked_from", channel="")
    factories.request_at(now=now)
    work()
    assert len(direct(channel, "adam@example.com")) == 1


def test_where_nobody_can_be_reached_it_ends(channel, now, work):
    room = channel.state.channel(channel.channel)
    room.archived = True
    channel.state.people.clear()
    factories.request_at(now=now)
    for hour in range(4):
        work(now + hour * HOUR)
    assert SlackPost.objects.count() == 3
    assert not SlackPost.objects.filter(due_at__isnull=False).exists()


def test_whoever_decides_for_somebody_else_is_told_themselves(channel, adam, now, work):
    lea = factories.person("lea")
    joins(channel, "Lea")
    factories.delegation(adam, lea, now=now)
    factories.request_at(now=now)
    work()
    assert [one for one in direct(channel, "lea@example.com") if "Jon Reyes asks" in words(one)]
