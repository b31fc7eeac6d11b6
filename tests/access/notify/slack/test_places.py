"""Back-ups in their order, and approvers who are told each on their own."""

from datetime import timedelta

import pytest

from access.models import Announcement, SlackPost
from access.notify import read_log
from access.notify.slack import posts
from access.notify.slack.workspace import workspace
from access.requests import decide
from tests import factories

KIND = Announcement.Kind


@pytest.fixture
def catch_up(slack_workspace, now):
    def catch_up(at=now) -> None:
        known = workspace(now=at)
        assert known is not None
        read_log.read(now=at)
        for one in SlackPost.objects.filter(due_at__lte=at).order_by("due_at", "pk"):
            posts.converge(one, workspace=known, now=at)

    return catch_up


def people(slack) -> list[str]:
    return [name for name in ("adam", "rita") if slack.posts(f"{name}@example.com")]


@pytest.mark.parametrize("decided", [True, False])
def test_the_next_place_is_told_when_nobody_has_decided_in_time(slack_workspace, flow, adam, now, catch_up, decided):
    Announcement.objects.create(flow=flow, channel=slack_workspace.channel, timeout=900)
    Announcement.objects.create(flow=flow, kind=KIND.PEOPLE, position=2)
    request = factories.request_at(now=now)
    catch_up()
    if decided:
        decide.deny(request=request, by=adam, comment="Not now.", now=now)
    catch_up(now + timedelta(seconds=899))
    assert not SlackPost.objects.exclude(person=None).exists()
    catch_up(now + timedelta(seconds=900))
    catch_up(now + timedelta(seconds=901))
    assert SlackPost.objects.exclude(person=None).exists() is not decided


def test_where_it_was_not_asked_in_a_channel_the_next_place_is_used(slack_workspace, flow, now, catch_up):
    Announcement.objects.create(flow=flow, kind=KIND.ASKED_FROM)
    Announcement.objects.create(flow=flow, channel=slack_workspace.channel, position=2)
    factories.request_at(now=now)
    catch_up()
    assert len(slack_workspace.posts()) == 1


def test_each_stage_tells_its_own_approvers(slack_workspace, flow, adam, rita, now, catch_up):
    factories.stage(flow, rita)
    request = factories.request_at(now=now)
    catch_up()
    assert people(slack_workspace) == ["adam"]
    decide.approve(request=request, by=adam, comment="", now=now)
    catch_up()
    assert people(slack_workspace) == ["adam", "rita"]


def test_an_approver_without_an_account_is_no_trouble_while_another_is_told(slack_workspace, flow, rita, now, catch_up):
    factories.also_decided_by(flow, rita)
    slack_workspace.state.people.pop(slack_workspace.person("rita@example.com").id)
    factories.request_at(now=now)
    catch_up()
    assert len(slack_workspace.posts("adam@example.com")) == 1
    assert SlackPost.objects.get(person=rita).failed_at
