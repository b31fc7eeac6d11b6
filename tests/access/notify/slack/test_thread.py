"""What is said about a request is told in the thread of its announcement: once, in order, and after trouble."""

from datetime import timedelta

import pytest

from access.models import Announcement, SlackPost
from access.requests import comments, decide
from tests import factories
from tests.access.notify.slack.test_posts import catch_up, words  # noqa: F401  a fixture


@pytest.fixture
def channel(slack_workspace, flow):
    Announcement.objects.create(flow=flow, channel=slack_workspace.channel)
    return slack_workspace


@pytest.fixture
def asked(channel, now, catch_up):  # noqa: F811
    request = factories.request_at(now=now)
    catch_up()
    return request


def say(request, by, text, now):
    comments.say(request=request, by=by, text=text, now=now)


def test_comments_are_told_in_order_below_the_announcement(channel, asked, adam, jon, now, catch_up):  # noqa: F811
    say(asked, adam, "Which database?", now)
    catch_up()
    say(asked, jon, "The <!channel> one.\nOn db-3.", now)
    catch_up()
    catch_up(now + timedelta(minutes=5))
    first, *lines = channel.posts()
    assert [one.thread for one in lines] == [first.ts, first.ts]
    assert ["Adam Novak wrote:" in words(lines[0]), "Jon Reyes wrote:" in words(lines[1])] == [True, True]
    assert not any(one.to_all for one in lines)
    assert [one["elements"][1]["elements"][0]["text"] for one in (lines[0].blocks[0], lines[1].blocks[0])] == [
        "Which database?", "The <!channel> one.\nOn db-3.",
    ]  # fmt: skip
    assert lines[1].text.endswith("wrote: The &lt;!channel&gt; one. On db-3.")


def test_many_at_once_are_all_told_some_at_a_time(channel, asked, adam, now, catch_up):  # noqa: F811
    for number in range(12):
        say(asked, adam, f"Number {number}.", now)
    catch_up()
    assert len(channel.posts()) == 1 + 5
    catch_up(now + timedelta(seconds=5))
    catch_up(now + timedelta(seconds=10))
    assert [one.blocks[0]["elements"][1]["elements"][0]["text"] for one in channel.posts()[1:]] == [
        f"Number {number}." for number in range(12)
    ]
    assert SlackPost.objects.get().due_at is None


def test_a_lost_answer_is_not_told_twice(channel, asked, adam, now, catch_up):  # noqa: F811
    say(asked, adam, "Which database?", now)
    channel.fail("drop_answer", "chat.postMessage", times=1)
    catch_up()
    assert SlackPost.objects.get().last_error
    catch_up(now + timedelta(minutes=10))
    assert [one.thread != "" for one in channel.posts()] == [False, True]
    assert SlackPost.objects.get().last_error == ""


def test_a_lost_call_is_told_later(channel, asked, adam, now, catch_up):  # noqa: F811
    say(asked, adam, "Which database?", now)
    channel.fail("drop_call", "chat.postMessage", times=1)
    catch_up()
    assert len(channel.posts()) == 1
    catch_up(now + timedelta(minutes=10))
    assert len(channel.posts()) == 2


def test_what_is_said_after_the_decision_is_told_too(channel, asked, adam, jon, now, catch_up):  # noqa: F811
    decide.deny(request=asked, by=adam, comment="No.", now=now)
    catch_up()
    say(asked, jon, "Why?", now)
    catch_up()
    assert "There is nothing left to decide." in words(channel.posts()[1])
    assert channel.posts()[2].text.endswith("wrote: Why?")


def test_what_was_said_before_the_first_message_came_is_told_below_it(channel, adam, now, catch_up):  # noqa: F811
    request = factories.request_at(now=now)
    say(request, adam, "Which database?", now)
    catch_up()
    first, line = channel.posts()
    assert line.thread == first.ts


def test_a_long_one_leads_to_all_of_it(channel, asked, adam, now, catch_up):  # noqa: F811
    say(asked, adam, "w" * 2000, now)
    catch_up()
    assert "Read all of it" in words(channel.posts()[1])


def test_where_the_message_was_deleted_nothing_is_tried_for_ever(channel, asked, adam, now, catch_up):  # noqa: F811
    channel.state.posts.clear()
    say(asked, adam, "Which database?", now)
    catch_up()
    row = SlackPost.objects.get()
    assert (row.due_at, row.failed_at, channel.posts()) == (None, None, [])


def test_one_who_is_told_alone_has_no_thread(slack_workspace, flow, adam, now, catch_up):  # noqa: F811
    request = factories.request_at(now=now)
    say(request, adam, "Which database?", now)
    catch_up()
    assert slack_workspace.posts() == []
    assert [one.thread for one in slack_workspace.posts(adam.email)] == [""]
