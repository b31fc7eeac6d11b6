"""The whole story over real HTTP: a simulated Slack on one side, the portal on the other, and the worker's jobs."""

import time

import pytest
from django.utils import timezone

from access.core.states import GrantState, RequestState
from access.models import AccessRequest, Announcement, AuditEvent, Decision, Grant, SlackHome, SlackPost
from access.notify import read_log
from access.worker import jobs
from integrations.slack import modals
from integrations.slack.simulator import SlackSimulator
from integrations.slack.simulator.form_values import elements, name_of, texts
from tests import chain, factories
from tests.portal.slack import workspace

pytestmark = pytest.mark.django_db(transaction=True)
IN_TIME = 3.0  # seconds


@pytest.fixture
def room(live_server, settings, flow, jon, adam, rita):
    """Jon can ask, Adam approves, and what is asked is told in a channel."""
    factories.mapping(jon)
    with SlackSimulator(portal=live_server.url) as simulator:
        settings.SLACK_TEAM_ID, settings.SLACK_BOT_TOKEN = simulator.team, simulator.token
        settings.SLACK_SIGNING_SECRET, settings.SLACK_API_URL = simulator.secret, simulator.api_url
        Announcement.objects.create(flow=flow, channel=simulator.channel)
        yield Room(simulator)


class Room:
    """People in front of Slack."""

    def __init__(self, simulator):
        self.slack, self.desk = simulator, simulator.desk

    def command(self, text="prod 1h fix TICKET-123", *, email="jon@example.com"):
        self.desk.command(self.slack.person(email), self.slack.channel, text)

    def press(self, action, *, email="adam@example.com"):
        """Press a button of the announcement."""
        [post] = [one for one in self.slack.posts() if not one.thread and not one.only_for]
        [name] = [name_of(id_, one["action_id"]) for id_, one in elements({"blocks": post.blocks})
                  if one["action_id"] == action]  # fmt: skip
        self.desk.press(self.slack.person(email), self.slack.channel, post.ts, name)

    def send(self, *, email, **typed):
        """Send the dialog in front, with this in it and the rest as it is."""
        person = self.slack.person(email)
        form = {}
        for id_, one in elements(self.dialog(email)):
            own = typed.get(one["action_id"])
            form[name_of(id_, one["action_id"])] = [own] if own is not None else texts(one, None)
        self.desk.dialog(person, "submit", form)

    def dialog(self, email):
        return self.slack.person(email).views[-1]

    def work(self):
        """What the worker does about Slack, until nothing is due."""
        read_log.read(now=timezone.now())
        for one in SlackPost.objects.filter(due_at__lte=timezone.now()):
            jobs.show_in_slack(one.pk)
        for home in SlackHome.objects.all():
            jobs.publish_home(home.pk)

    @property
    def announcement(self):
        [post] = [one for one in self.slack.posts() if not one.thread and not one.only_for]
        return post


def test_asked_announced_approved_and_given_back_without_leaving_slack(room):
    room.command()
    assert room.desk.notices == {}
    assert "Needs 1 of Adam Novak." in workspace.texts(room.dialog("jon@example.com"))
    room.send(email="jon@example.com")
    asked = AccessRequest.objects.get()
    assert f"{asked.ref} was sent" in workspace.texts(room.dialog("jon@example.com"))
    assert (asked.asked_in, asked.reason) == (room.slack.channel, "fix TICKET-123")
    room.work()
    before = room.announcement
    assert before.edits == 0
    room.press(modals.APPROVE)
    assert "Jon Reyes (jon@example.com)" in workspace.texts(room.dialog("adam@example.com"))
    room.send(email="adam@example.com", comment="Go ahead.")
    assert room.slack.person("adam@example.com").views == []
    assert (Decision.objects.get().place, Decision.objects.get().by.email) == ("slack", "adam@example.com")
    [event] = AuditEvent.objects.filter(type="request.approved")
    assert event.data["place"] == "slack"
    room.work()
    assert (room.announcement.ts, room.announcement.edits) == (before.ts, 1)
    assert "Approved" in str(room.announcement.blocks) or "approved" in str(room.announcement.blocks)
    assert modals.APPROVE not in str(room.announcement.blocks)
    grant = Grant.objects.get()
    for state in (GrantState.GRANTING, GrantState.ACTIVE):
        factories.move(grant, state, now=timezone.now())
    room.desk.open_home(room.slack.person("jon@example.com"))
    room.work()
    home = room.slack.person("jon@example.com").home
    [name] = [name_of(id_, one["action_id"]) for id_, one in elements(home) if one["action_id"] == modals.DONE]
    room.desk.press_home(room.slack.person("jon@example.com"), name)
    assert Grant.objects.get().state == GrantState.REVOKING
    assert chain.first_bad() is None


def test_denied_with_a_reason(room):
    room.command()
    room.send(email="jon@example.com")
    room.work()
    room.press(modals.DENY)
    room.send(email="adam@example.com", comment="")
    assert room.desk.errors[room.dialog("adam@example.com")["id"]]
    room.send(email="adam@example.com", comment="Not during the audit.")
    assert AccessRequest.objects.get().state == RequestState.DENIED
    assert Decision.objects.get().comment == "Not during the audit."


def test_a_wrong_person_is_told_to_them_alone(room):
    room.command()
    room.send(email="jon@example.com")
    room.work()
    room.press(modals.APPROVE, email="rita@example.com")
    assert "There is nothing here, or it is not yours to see." in workspace.texts(room.dialog("rita@example.com"))
    assert room.slack.person("adam@example.com").views == []
    assert not Decision.objects.exists()


def test_what_slack_delivers_twice_changes_nothing_more(room):
    room.slack.deliveries.twice = True
    room.command()
    room.send(email="jon@example.com")
    room.work()
    room.press(modals.APPROVE)
    room.send(email="adam@example.com", comment="")
    assert room.desk.notices == {}
    assert AccessRequest.objects.count() == Decision.objects.count() == Grant.objects.count() == 1


def test_a_slow_slack_is_answered_in_time_and_told(room):
    room.slack.fail("delay", "views.open", ms=5000)
    started = time.monotonic()
    room.command()
    assert time.monotonic() - started < IN_TIME
    assert room.desk.notices == {}
    [only] = [one for one in room.slack.posts() if one.only_for]
    assert only.text == "The form could not be opened. Slack did not answer in time."


@pytest.mark.parametrize("error", ["expired_trigger_id", "exchanged_trigger_id", "internal_error"])
def test_a_dialog_that_comes_too_late_is_said_to_them_alone(room, error):
    room.command()
    room.send(email="jon@example.com")
    room.work()
    room.slack.fail("error", "views.open", error=error)
    room.press(modals.APPROVE)
    [only] = [one for one in room.slack.posts() if one.only_for]
    assert only.only_for == room.slack.person("adam@example.com").id
    assert "Slack" in only.text


def test_while_slack_asks_for_a_pause_the_same_access_goes_on_by_the_page(room, client, adam):
    room.slack.fail("status", "*", status=429, retry_after=30)
    room.command()
    assert "could not say who you are" in room.slack.posts()[0].text
    asked = factories.request_at(now=timezone.now())
    client.force_login(adam, backend="django.contrib.auth.backends.ModelBackend")
    assert client.post(f"/requests/{asked.ref}/approve/", {"comment": ""}).status_code == 302
    room.work()
    assert AccessRequest.objects.get().state == RequestState.APPROVED
