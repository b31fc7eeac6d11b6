"""Slack may deliver twice, late and in any order: what comes of it is what the rules allow, once."""

from django.db import transaction
from django.utils import timezone
from hypothesis import given, settings
from hypothesis import strategies as st

from access.core.states import GrantState, RequestState
from access.models import AccessRequest, AuditEvent, Decision, Grant, SlackHome
from integrations.slack import modals
from tests import chain, factories
from tests.portal.slack.workspace import filled

APPROVERS = {"adam@example.com", "rita@example.com"}
DOING = st.sampled_from(["ask", "approve", "deny", "approve too", "stranger approves", "own approval", "done", "home"])


class Undone(Exception):
    """Ends the transaction of one example, and takes it back."""


class World:
    """The dialogs that are open on the screens of all, before anybody sends one."""

    def __init__(self, slack):
        self.slack = slack
        slack.calls.clear()
        slack.command("prod 1h fix it")
        self.form = filled(slack.shown)
        now = timezone.now()
        self.asked = factories.request_at(now=now)
        self.grant = factories.grant(now=now)
        slack.click(modals.APPROVE, self.asked.ref, by="U0ADAM")
        self.approve = filled(slack.shown)
        slack.click(modals.DENY, self.asked.ref, by="U0ADAM")
        self.deny = filled(slack.shown, comment="No.")

    def deliver(self, what):
        match what:
            case "ask":
                self.slack.submit(self.form)
            case "approve":
                self.slack.submit(self.approve, by="U0ADAM")
            case "approve too":
                self.slack.submit(self.approve, by="U0RITA")
            case "deny":
                self.slack.submit(self.deny, by="U0ADAM")
            case "stranger approves":
                self.slack.submit(self.approve, by="U0MALLORY")
            case "own approval":
                self.slack.submit(self.approve, by="U0JON")
            case "done":
                assert self.slack.click(modals.DONE, self.grant.ref).status_code == 200
            case "home":
                assert self.slack.click(modals.ASK).status_code == 200


def check(world, came):
    made = AccessRequest.objects.exclude(pk__in=[world.asked.pk, world.grant.requests.get().pk])
    assert made.count() == int("ask" in came)
    asked = AccessRequest.objects.get(pk=world.asked.pk)
    settling = [one for one in came if one in ("approve", "approve too", "deny")]
    # Whoever came first settled it, and nothing after that counted.
    ends = {"approve": "approved", "approve too": "approved", "deny": "denied"}
    expected = ends[settling[0]] if settling else "pending"
    assert asked.state == expected
    decisions = Decision.objects.filter(request=asked)
    assert decisions.count() == int(bool(settling))
    assert {one.by.email for one in decisions} <= APPROVERS
    assert all(one.place == "slack" for one in decisions)
    assert Grant.objects.filter(requests=asked).count() == int(asked.state == RequestState.APPROVED)
    assert world.grant.refreshed().state == (GrantState.REVOKING if "done" in came else GrantState.ACTIVE)
    settled = AuditEvent.objects.filter(request_ref=asked.ref, type__in=["request.approved", "request.denied"])
    assert settled.count() == int(bool(settling))
    assert SlackHome.objects.filter(account_id="U0MALLORY").count() == 0
    assert chain.first_bad() is None


@settings(max_examples=15)
@given(came=st.lists(DOING, max_size=8))
def test_whatever_comes_twice_or_late_changes_what_it_changes_once(slack, story, rita, came):
    factories.also_decided_by(story, rita)
    try:
        with transaction.atomic():
            world = World(slack)
            for what in came:
                world.deliver(what)
            check(world, came)
            raise Undone
    except Undone:
        assert not AccessRequest.objects.exists()
