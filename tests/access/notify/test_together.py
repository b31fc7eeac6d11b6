"""What was asked with one form is one message to each who decides it; what is about one request stays together."""

import uuid
from datetime import timedelta

import pytest

from access.core.states import GrantState
from access.models import Kind, Notification
from access.notify import outbox, read_log
from access.requests import ask, decide
from tests import factories

MINUTE = timedelta(minutes=1)


@pytest.fixture
def several(flow, jon, adam, rita, now):
    """Jon asks for three targets with one form; Adam and Rita may decide."""
    factories.also_decided_by(flow, rita)
    factories.mapping(jon)
    targets = [flow.strategy.targets.get()]
    for name in ("staging", "records"):
        targets.append(factories.target(name, name.title(), role_id=f"r-{name}"))
        flow.strategy.targets.add(targets[-1])
    typed = ask.Ask(
        flow=flow, requester=jon, seconds=3600, reason="to fix Ticket 123", ticket="", starts_at=None,
        submission=uuid.uuid4(),
    )  # fmt: skip
    return ask.ask_several(typed, targets, now=now)


def asked(box):
    return sorted(one for one in box.sent if "asks for" in one[1])


def test_each_who_decides_is_told_once_of_all(several, deliver):
    subject = "Jon Reyes asks for 3 targets for 1 h"
    box = deliver()
    assert asked(box) == [("adam", subject), ("rita", subject)]
    for one in several:
        assert one.ref in box.messages[0].text
        assert str(one.target) in box.messages[0].text


def test_in_whatever_order_they_are_sent_one_is_left(several, box, now):
    read_log.read(now=now)
    for one in Notification.objects.filter(kind=Kind.ASKED).order_by("-pk"):
        outbox.send(one, sender=box, now=now)
    assert len(asked(box)) == 2


def test_what_is_settled_by_then_is_not_told(several, jon, adam, deliver, now):
    first, second, third = several
    ask.withdraw(request=first, by=jon, now=now)
    decide.deny(request=second, by=adam, comment="Not that one.", now=now)
    told = [one for one in deliver().messages if "asks for" in one.subject]
    assert {one.subject for one in told} == {"Jon Reyes asks for Records for 1 h"}
    assert {one.to for one in told} == {"adam@example.com", "rita@example.com"}
    assert all(third.ref in one.text for one in told)


def test_when_all_is_settled_nobody_is_asked(several, jon, deliver, now):
    for one in several:
        ask.withdraw(request=one, by=jon, now=now)
    assert not asked(deliver())


def test_what_comes_later_refers_to_what_came_first(flow, deliver, now):
    grant = factories.grant(state=GrantState.ACTIVE, now=now)
    deliver()
    factories.move(grant, GrantState.REVOKING, now=now + MINUTE)
    factories.move(grant, GrantState.ENDED, now=now + 2 * MINUTE)
    first, *later = [one for one in deliver(now + 3 * MINUTE).messages if one.to == "jon@example.com"]
    assert first.thread == ""
    assert later
    assert {one.thread for one in later} == {first.id}


def test_what_is_about_another_request_is_another_thread(flow, deliver, now):
    factories.request_at(now=now)
    factories.request_at(now=now)
    first, second = deliver().messages
    assert (first.thread, second.thread) == ("", "")
