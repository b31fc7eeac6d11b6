"""Announcements in the simulated Slack: posted once, edited at each step, and caught up with after trouble."""

from datetime import timedelta

import pytest
from django.utils import timezone

from access.audit import log as audit
from access.core.states import GrantState, RequestState
from access.models import Announcement, AuditEvent, Integration, Notification, SlackPost
from access.notify import read_log
from access.notify.slack import posts
from access.notify.slack.workspace import workspace
from access.requests import ask, decide
from integrations.slack import cards, modals
from tests import factories


@pytest.fixture
def channel(slack_workspace, flow):
    Announcement.objects.create(flow=flow, channel=slack_workspace.channel)
    return slack_workspace


@pytest.fixture
def catch_up(now):
    """Read the log and show everything that is due, as the worker would."""

    def catch_up(at=now) -> None:
        known = workspace(now=at)
        assert known is not None
        read_log.read(now=at)
        for one in SlackPost.objects.filter(due_at__lte=at).order_by("due_at", "pk"):
            posts.converge(one, workspace=known, now=at)

    return catch_up


def words(post) -> str:
    """All that a message says."""
    return " ".join(
        str(part.get("text", part.get("url", "")))
        for block in post.blocks
        if block["type"] == "rich_text"
        for row in block["elements"]
        for part in row["elements"]
    )


def buttons(post) -> list[tuple[str, str]]:
    rows = [one for block in post.blocks if block["type"] == "actions" for one in block["elements"]]
    return [(one["action_id"], one["value"]) for one in rows]


def test_a_request_is_announced_once_with_all_that_an_approver_needs(channel, flow, now, catch_up):
    flow.ticket_url = "https://tickets.example.com/{ticket}"
    flow.save()
    request = factories.request_at(now=now, ticket="TICKET-123", reason="to fix it")
    catch_up()
    catch_up(now + timedelta(minutes=2))
    [post] = channel.posts()
    said = words(post)
    for part in ("Jon Reyes asks for Prod", "0 of 1", "Prod", "prod", "1 h", "TICKET-123", "to fix it", "Adam Novak"):
        assert part in said
    links = [part["url"] for row in post.blocks[0]["elements"] for part in row["elements"] if part["type"] == "link"]
    assert links == ["https://tickets.example.com/TICKET-123", f"http://127.0.0.1:8000/requests/{request.ref}/"]
    pressed = (modals.APPROVE, modals.DENY, modals.WITHDRAW)
    assert buttons(post) == [(one, request.ref) for one in pressed]
    assert channel.calls.count("chat.postMessage") == 1


def test_the_same_message_tells_each_step_and_its_thread_that_it_is_settled(channel, flow, adam, rita, now, catch_up):
    factories.decided_by(flow, adam, rita, needed=2)
    request = factories.request_at(now=now)
    catch_up()
    decide.approve(request=request, by=adam, comment="Go on.", now=now)
    catch_up()
    assert "Approved 1 of 2." in words(channel.posts()[0])
    assert "Adam Novak approved on the web." in words(channel.posts()[0])
    assert "Go on." in words(channel.posts()[0])
    decide.approve(request=request, by=rita, comment="", now=now)
    catch_up()
    [post, note] = channel.posts()
    assert "Access is being granted" in words(post)
    assert buttons(post) == []
    assert note.thread == post.ts
    assert "Rita Moss approved it. There is nothing left to decide." in words(note)
    request.refresh_from_db()
    grant = request.grant
    for step, said in (
        (GrantState.GRANTING, "granted"),
        (GrantState.ACTIVE, "Active until"),
        (GrantState.REVOKING, "ending"),
        (GrantState.ENDED, "Ended: Time was up"),
    ):
        factories.move(grant, step, now=now)
        catch_up()
        assert said in words(channel.posts()[0])
    assert len(channel.posts()) == 2


@pytest.mark.parametrize(
    ("state", "said"),
    [
        (RequestState.DENIED, "Denied by Adam Novak."),
        (RequestState.WITHDRAWN, "Withdrawn."),
        (RequestState.LAPSED, "Lapsed: nobody decided in time."),
    ],
)
def test_every_other_end_is_told_too(channel, flow, now, catch_up, state, said):
    request = factories.request_at(now=now)
    catch_up()
    match state:
        case RequestState.DENIED:
            decide.deny(request=request, by=factories.person("adam"), comment="Not now.", now=now)
        case RequestState.WITHDRAWN:
            ask.withdraw(request=request, by=request.requester, now=now)
        case _:
            ask.lapse(request=request, now=request.due_at)
    catch_up()
    [post, note] = channel.posts()
    assert said in words(post)
    assert note.thread == post.ts


def test_a_failure_of_aptible_and_that_it_is_tried_again_are_told(channel, flow, now, catch_up):
    grant = factories.grant(state=GrantState.GRANTING, now=now)
    catch_up()
    grant.last_error = "Aptible did not answer in time."
    grant.save()
    audit.append("grant.trouble", actor=audit.SYSTEM, now=now, grant=grant, data={"text": grant.last_error})
    catch_up()
    assert "It did not work yet, and is tried again: Aptible did not answer in time." in words(channel.posts()[0])


def test_what_was_settled_at_once_is_announced_without_a_thread(channel, flow, now, catch_up):
    factories.broken_glass(now=now)
    catch_up()
    [post] = channel.posts()
    assert "Break-glass" in words(post)
    assert buttons(post) == []


def test_an_answer_that_was_lost_is_not_posted_again(channel, flow, adam, now, catch_up):
    request = factories.request_at(now=now)
    channel.fail("drop_answer", "chat.postMessage", times=1)
    catch_up()
    assert SlackPost.objects.get().ts == ""
    decide.approve(request=request, by=adam, comment="", now=now)
    catch_up(now + timedelta(minutes=10))
    catch_up(now + timedelta(minutes=20))
    [post, note] = channel.posts()
    assert "Access is being granted" in words(post)
    assert SlackPost.objects.get().ts == post.ts
    assert note.thread == post.ts


def test_a_worker_that_died_after_posting_leaves_one_message(channel, flow, now, catch_up, monkeypatch, settings):
    factories.request_at(now=now)
    monkeypatch.setattr(posts, "_record", factories.breaks)
    with pytest.raises(RuntimeError):
        catch_up()
    monkeypatch.undo()
    settings.SLACK_API_URL = channel.api_url
    catch_up(now + settings.LEASE + timedelta(seconds=1))
    assert len(channel.posts()) == 1


def test_two_workers_post_once(channel, flow, now, catch_up):
    factories.request_at(now=now)
    read_log.read(now=now)
    post = SlackPost.objects.get()
    claimed = posts._claim(post, now=now)
    posts.converge(post, workspace=workspace(now=timezone.now()), now=now)
    assert channel.posts() == []
    assert claimed is not None


def test_what_happens_while_it_is_posted_is_told_afterwards(channel, flow, adam, now, catch_up, monkeypatch):
    request = factories.request_at(now=now)
    read_log.read(now=now)
    real = cards.blocks

    def decided_meanwhile(card):
        monkeypatch.setattr(cards, "blocks", real)
        decide.approve(request=request, by=adam, comment="", now=now + timedelta(seconds=1))
        read_log.read(now=now + timedelta(seconds=1))
        return real(card)

    monkeypatch.setattr(cards, "blocks", decided_meanwhile)
    posts.converge(SlackPost.objects.get(), workspace=workspace(now=timezone.now()), now=now)
    assert "0 of 1" in words(channel.posts()[0])
    catch_up(now + timedelta(seconds=1))
    assert "Access is being granted" in words(channel.posts()[0])


def test_slack_being_away_delays_messages_and_nothing_else(channel, flow, adam, now, catch_up):
    channel.fail("status", status=503)
    first, second = factories.request_at(now=now), factories.request_at(now=now, requester=factories.person("rita"))
    catch_up()
    assert channel.calls.count("chat.postMessage") == 1  # one of them asks
    decide.approve(request=first, by=adam, comment="", now=now)
    first.refresh_from_db()
    assert first.state == RequestState.APPROVED
    channel.faults.clear()
    catch_up(now + timedelta(minutes=10))
    assert len([one for one in channel.posts() if not one.thread]) == 2
    assert second.ref in str([one.blocks for one in channel.posts()])


def test_a_pause_that_slack_asks_for_is_kept(channel, flow, now, catch_up):
    channel.fail("status", "chat.postMessage", status=429, retry_after=120, times=1)
    factories.request_at(now=now)
    catch_up()
    post = SlackPost.objects.get()
    assert post.due_at >= now + timedelta(seconds=120)
    catch_up(now + timedelta(seconds=119))
    assert channel.posts() == []
    catch_up(post.due_at)
    assert len(channel.posts()) == 1


def test_a_token_that_was_revoked_needs_attention_until_it_works_again(channel, flow, now, catch_up):
    channel.fail("error", error="token_revoked")
    factories.request_at(now=now)
    catch_up()
    assert "bot token" in Integration.objects.get(type="slack").attention
    channel.faults.clear()
    catch_up(now + timedelta(minutes=10))
    assert Integration.objects.get(type="slack").attention == ""
    assert len(channel.posts()) == 1


def test_a_message_that_somebody_deleted_stays_deleted(channel, flow, adam, now, catch_up):
    request = factories.request_at(now=now)
    catch_up()
    channel.state.posts.clear()
    decide.approve(request=request, by=adam, comment="", now=now)
    catch_up()
    assert channel.posts() == []
    assert SlackPost.objects.get().due_at is None


@pytest.mark.parametrize("what", ["archived", "with_app"])
def test_a_channel_that_is_gone_is_told_to_admins_with_what_was_used_instead(
    channel, flow, now, catch_up, olga, settings, what
):
    settings.EMAIL_IS_SET = True
    Announcement.objects.create(flow=flow, position=2, kind=Announcement.Kind.PEOPLE)
    setattr(channel.state.channels[channel.channel], what, what == "archived")
    factories.request_at(now=now)
    catch_up()
    catch_up()
    [post] = [one for one in channel.posts("adam@example.com") if modals.APPROVE in str(one.blocks)]
    assert "asks for Prod" in words(post)
    event = AuditEvent.objects.get(type="announcement.failed")
    assert event.data["place"] == channel.channel
    assert event.data["fallback"] == "Each approver, by direct message"
    read_log.read(now=now)
    told = Notification.objects.filter(kind="unannounced", recipient=olga, channel="email")
    assert told.count() == 1
