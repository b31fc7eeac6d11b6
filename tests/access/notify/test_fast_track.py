"""Who hears of a request that a rule approved, and what they read."""

import pytest

from access.models import Kind, Notification
from access.notify import letters
from tests import factories
from tests.access.policy import fast_tracks


@pytest.fixture
def request_(flow, jon, rita, now):
    """Jon's request, which a rule has approved."""
    factories.stage(flow, rita, label="Security")
    fast_tracks.rule(flow, in_group=factories.group("Operators", jon))
    return factories.request_at(now=now)


def test_the_approvers_of_every_stage_are_told_and_nobody_is_asked(request_, olga, told, now):
    assert told() == {("jon", "approved"), ("adam", "fast_tracked"), ("rita", "fast_tracked")}


def test_an_approver_who_asks_is_told_once(flow, adam, rita, told, now):
    factories.also_decided_by(flow, rita)
    fast_tracks.rule(flow, in_group=factories.group("Operators", adam))
    factories.request_at(now=now, requester=adam)
    assert told() == {("adam", "approved"), ("rita", "fast_tracked")}


SAID = [
    (Kind.APPROVED, "Approved at once: Prod for 1 h", "because Jon Reyes is in Operators: They repair production."),
    (Kind.FAST_TRACKED, "Fast track: Jon Reyes gets Prod for 1 h", "you can end the access"),
]


@pytest.mark.parametrize(("kind", "subject", "words"), SAID)
def test_the_letters_say_which_rule_it_was(request_, told, now, kind, subject, words):
    told()
    message = letters.message(Notification.objects.filter(kind=kind).first())
    assert message.subject == subject
    assert words in " ".join(message.text.split())
