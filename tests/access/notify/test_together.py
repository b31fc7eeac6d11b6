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


def reminded(box):
    return [(one.to.partition("@")[0], one.subject) for one in box.messages if one.subject.startswith("Still waiting")]


HOUR = timedelta(hours=1)
REMINDER = "Still waiting: Jon Reyes asks for 3 targets for 1 h"


def test_each_who_decides_is_reminded_once_of_all_each_time(several, deliver, now):
    deliver()
    box = deliver(now + HOUR)
    assert sorted(reminded(box)) == [("adam", REMINDER), ("rita", REMINDER)]
    last = box.messages[-1]
    assert all(one.ref in last.text and str(one.target) in last.text for one in several)
    deliver(now + 3 * HOUR)
    assert sorted(reminded(box)) == [("adam", REMINDER)] * 2 + [("rita", REMINDER)] * 2


def test_once_the_first_of_them_is_settled_the_others_are_reminded_of(several, jon, deliver, now):
    deliver()
    deliver(now + HOUR)
    ask.withdraw(request=several[0], by=jon, now=now + HOUR)
    box = deliver(now + 3 * HOUR)
    assert reminded(box)[2:] == [
        (who, "Still waiting: Jon Reyes asks for 2 targets for 1 h") for who in ("adam", "rita")
    ]
    ask.withdraw(request=several[1], by=jon, now=now + 3 * HOUR)
    box = deliver(now + 7 * HOUR)
    assert {subject for _who, subject in reminded(box)[4:]} == {"Still waiting: Jon Reyes asks for Records for 1 h"}
    ask.withdraw(request=several[2], by=jon, now=now + 7 * HOUR)
    before = len(reminded(box))
    deliver(now + 23 * HOUR)
    assert len(reminded(box)) == before


def test_in_whatever_order_reminders_are_sent_one_is_left(several, box, now):
    read_log.read(now=now)
    at = now + HOUR
    for one in Notification.objects.filter(kind=Kind.REMINDER, due_at__lte=at).order_by("-pk"):
        outbox.send(one, sender=box, now=at)
    assert sorted(reminded(box)) == [("adam", REMINDER), ("rita", REMINDER)]
    assert Notification.objects.filter(kind=Kind.REMINDER, due_at__gt=at).count() == 6


def test_whoever_decided_the_first_one_is_reminded_of_the_rest(flow, several, adam, deliver, now):
    type(several[0]).objects.filter(pk=several[0].pk).update(
        policy={**several[0].policy, "stages": [{**one, "needed": 2} for one in several[0].policy["stages"]]}
    )
    deliver()
    decide.approve(request=several[0], by=adam, comment="", now=now)
    assert "adam" in {who for who, _subject in reminded(deliver(now + HOUR))}


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
