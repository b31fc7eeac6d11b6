"""Messages to one person in Slack: the same outbox as mail, one more way."""

from datetime import timedelta

import pytest

from access.models import Announcement, Channel, Kind, Notification, SlackPost, User
from access.notify import outbox, read_log, still_wanted
from access.notify.slack.direct import DirectMessages
from access.requests import decide
from tests import factories


@pytest.fixture
def deliver(slack_workspace, now):
    """Read the log and send everything that is due, as the worker would."""

    def deliver(at=now) -> None:
        read_log.read(now=at)
        for one in Notification.objects.filter(due_at__lte=at).order_by("due_at", "pk"):
            if one.channel == Channel.SLACK:
                outbox.send(one, sender=DirectMessages(now=at), now=at)

    return deliver


@pytest.fixture
def in_channel(slack_workspace, flow):
    Announcement.objects.create(flow=flow, channel=slack_workspace.channel)


def test_people_are_told_in_slack_what_mails_say(slack_workspace, in_channel, now, deliver):
    request = factories.request_at(state="approved", now=now)
    deliver()
    [told] = slack_workspace.posts("jon@example.com")
    assert told.text == "Approved: Prod for 1 h"
    assert "Adam Novak approved your request" in str(told.blocks)
    assert f"/requests/{request.ref}/" in str(told.blocks)


def test_what_one_is_told_of_ones_own_request_takes_it_back_while_it_waits(
    slack_workspace, in_channel, flow, adam, rita, now, deliver
):
    factories.decided_by(flow, adam, rita, needed=2)
    request = factories.request_at(now=now)
    decide.approve(request=request, by=adam, comment="", seconds=None, now=now)
    deliver()
    [told] = slack_workspace.posts("jon@example.com")
    button = {"action_id": "usher-withdraw", "value": request.ref}
    assert button.items() <= told.blocks[-1]["elements"][0].items()
    decide.approve(request=request, by=rita, comment="", seconds=None, now=now)
    deliver()
    assert "usher-withdraw" not in str(slack_workspace.posts("jon@example.com")[-1].blocks)
    assert "usher-withdraw" not in str([one.blocks for one in slack_workspace.posts("adam@example.com")])


def test_it_is_sent_once_though_the_answer_was_lost(slack_workspace, in_channel, now, deliver):
    factories.request_at(state="approved", now=now)
    slack_workspace.fail("drop_answer", "chat.postMessage", times=1)
    deliver()
    deliver(now + timedelta(minutes=10))
    assert len(slack_workspace.posts("jon@example.com")) == 1
    assert Notification.objects.get(kind=Kind.APPROVED).sent_at


def test_while_slack_is_away_or_refuses_us_messages_wait(slack_workspace, in_channel, now, deliver):
    factories.request_at(state="approved", now=now)
    slack_workspace.fail("error", error="token_revoked")
    deliver()
    slack_workspace.faults.clear()
    deliver(now + timedelta(minutes=10))
    assert len(slack_workspace.posts("jon@example.com")) == 1


def test_whoever_has_no_account_is_told_by_mail_alone(slack_workspace, in_channel, now, deliver, settings):
    settings.EMAIL_IS_SET = True
    slack_workspace.state.people.pop(slack_workspace.person("jon@example.com").id)
    factories.request_at(state="approved", now=now)
    deliver()
    assert [one.channel for one in Notification.objects.filter(kind=Kind.APPROVED)] == [Channel.EMAIL]


def test_where_slack_is_the_only_way_it_is_said_that_somebody_is_not_reached(slack_workspace, in_channel, now, deliver):
    slack_workspace.state.people.pop(slack_workspace.person("jon@example.com").id)
    factories.request_at(state="approved", now=now)
    deliver()
    assert "Jon Reyes has no Slack account." in Notification.objects.get(kind=Kind.APPROVED).last_error


def test_whoever_sees_the_announcement_itself_is_not_asked_twice(slack_workspace, flow, now):
    factories.request_at(now=now)
    read_log.read(now=now)
    asked = Notification.objects.get(kind=Kind.ASKED)
    assert SlackPost.objects.get().person == asked.recipient
    assert not still_wanted.is_called_for(asked, now=now)
    SlackPost.objects.update(failed_at=now)
    assert still_wanted.is_called_for(asked, now=now)


def test_somebody_who_left_is_told_nothing(slack_workspace, in_channel, now, deliver):
    factories.request_at(state="approved", now=now)
    read_log.read(now=now)
    User.objects.filter(email="jon@example.com").update(is_active=False)
    deliver()
    assert slack_workspace.posts("jon@example.com") == []
