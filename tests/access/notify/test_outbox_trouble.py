"""Messages that can't be sent: tried again after pauses that grow, given up in the end, and nothing else suffers."""

from datetime import timedelta

import pytest

from access.core.states import GrantState
from access.models import AuditEvent, Grant, Kind, Notification
from access.notify import outbox, read_log, still_wanted
from access.requests import decide
from integrations.base import ChannelDown, ProviderError, ProviderUnavailable
from tests import factories
from tests.access.notify.conftest import rows

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


def test_trouble_is_written_down_and_tried_again_after_pauses_that_grow(asked, box, now):
    box.failure = ProviderUnavailable("The mail server could not be reached.")
    pauses, at = [], now
    for _try in range(12):
        outbox.send(asked, sender=box, now=at)
        asked.refresh_from_db()
        assert asked.last_error == "The mail server could not be reached."
        pauses.append((asked.due_at - at).total_seconds())
        at = asked.due_at
    assert 5 <= pauses[0] < 11
    assert all(pause <= 601 for pause in pauses)
    assert pauses[-1] >= 300
    box.failure = None
    outbox.send(asked, sender=box, now=at)
    asked.refresh_from_db()
    assert (asked.last_error, asked.due_at) == ("", None)


def test_a_mail_server_that_is_away_is_asked_less_and_less_often_however_much_is_due(flow, box, now):
    factories.decided_by(flow, *[factories.person(f"approver{number}") for number in range(20)])
    factories.request_at(now=now)
    read_log.read(now=now)
    box.failure = ChannelDown("The mail server could not be reached.")
    at, asked_at = now, []
    while at < now + HOUR:
        # Two workers at a time, as the sweep sends them.
        for one in Notification.objects.filter(due_at__lte=at).order_by("due_at")[:2]:
            before = one.attempts
            outbox.send(one, sender=box, now=at)
            one.refresh_from_db()
            asked_at += [at] * (one.attempts - before)
        at += timedelta(seconds=5)
    # Down to once in 45 seconds, so that everything leaves within a minute of the end.
    assert len(asked_at) < 90
    assert Notification.objects.filter(sent_at__isnull=False).count() == 0

    box.failure = None
    at += timedelta(minutes=1)
    for one in Notification.objects.filter(kind=Kind.ASKED):
        outbox.send(one, sender=box, now=at)
    assert len(box.messages) == 20


def test_a_recipient_who_has_to_wait_keeps_nobody_else_waiting(flow, box, now):
    factories.decided_by(flow, *[factories.person(f"approver{number}") for number in range(3)])
    factories.request_at(now=now)
    read_log.read(now=now)
    first, *others = rows(Kind.ASKED)
    box.failure = ProviderUnavailable("The mail server takes no mail for this person now (SMTP 451).")
    outbox.send(first, sender=box, now=now)
    assert {one.due_at for one in rows(Kind.ASKED) if one != first} == {now}
    assert len(others) == 2


@pytest.mark.parametrize("hours", [0, 1, 20])
def test_the_last_letter_leaves_within_a_minute_of_the_end_of_an_outage(flow, box, now, hours):
    factories.decided_by(flow, *[factories.person(f"approver{number}") for number in range(5)])
    factories.request_at(now=now, seconds=3600)
    read_log.read(now=now)
    box.failure = ChannelDown("The mail server could not be reached.")
    Notification.objects.filter(kind=Kind.ASKED).update(first_tried_at=now - hours * HOUR, attempts=hours * 20)
    at = now
    for _minute in range(10):
        for one in Notification.objects.filter(kind=Kind.ASKED, due_at__lte=at):
            outbox.send(one, sender=box, now=at)
        at += timedelta(seconds=30)
    box.failure = None
    waiting = Notification.objects.filter(kind=Kind.ASKED)
    assert waiting
    assert all(one.due_at <= at + timedelta(seconds=60) for one in waiting)
    for _second in range(60):
        at += timedelta(seconds=1)
        for one in Notification.objects.filter(kind=Kind.ASKED, due_at__lte=at):
            outbox.send(one, sender=box, now=at)
    assert len(box.messages) == 5


@pytest.mark.parametrize("attempts", [1, 3, 8, 1000])
def test_pauses_are_spread_and_bounded(attempts):
    pauses = {outbox.pause(attempts) for _ in range(50)}
    longest = min(600, 5 * 2 ** min(attempts, 10))
    assert len(pauses) > 10
    assert all(longest / 2 <= pause <= longest for pause in pauses)


def given_up():
    return list(AuditEvent.objects.filter(type="notification.given_up"))


def test_after_three_days_it_is_given_up_and_the_log_says_so(flow, olga, box, now):
    factories.grant(state=GrantState.ACTIVE, now=now)
    read_log.read(now=now)
    [message] = rows(Kind.ACTIVE)
    box.failure = ProviderUnavailable("The mail server could not be reached.")
    outbox.send(message, sender=box, now=now)
    outbox.send(message, sender=box, now=now + 3 * DAY)
    assert given_up() == []
    outbox.send(message, sender=box, now=now + 3 * DAY + HOUR)
    message.refresh_from_db()
    assert message.given_up_at is not None
    [event] = given_up()
    assert event.subject == "person:jon@example.com"
    assert event.data["text"] == "The mail server could not be reached."
    assert event.request_ref == message.request.ref


def test_a_message_that_stays_unsent_for_other_reasons_is_given_up_too(asked, box, now, monkeypatch):
    """A worker that dies each time never records what came of it."""
    box.failure = RuntimeError("The power is cut.")
    monkeypatch.setattr(still_wanted, "is_called_for", lambda *_args, **_kwargs: True)
    for at in (now, now + DAY):
        with pytest.raises(RuntimeError):
            outbox.send(asked, sender=box, now=at)
    outbox.send(asked, sender=box, now=now + 3 * DAY + 2 * HOUR)
    assert box.messages == []
    assert len(given_up()) == 1


def test_a_recipient_who_is_refused_is_given_up_at_once_and_the_admins_are_told(asked, olga, box, deliver, now):
    box.failure = ProviderError("The mail server refuses this recipient (SMTP 550).")
    outbox.send(asked, sender=box, now=now)
    assert len(given_up()) == 1
    box.failure = None
    deliver(now + timedelta(minutes=1))
    assert box.sent == [("olga", "A message to adam@example.com could not be sent")]


def test_that_a_message_about_a_message_was_given_up_is_told_to_nobody(asked, olga, box, deliver, now):
    box.failure = ProviderError("The mail server refuses this recipient (SMTP 550).")
    deliver(now)
    deliver(now + timedelta(minutes=1))
    deliver(now + timedelta(minutes=2))
    assert len(given_up()) == 2
    assert not Notification.objects.filter(due_at__lte=now + timedelta(minutes=2)).exists()


def test_admins_are_told_once_a_day_of_a_person_who_cannot_be_reached(flow, olga, box, deliver, now):
    box.failure = ProviderError("The mail server refuses this recipient (SMTP 550).")
    for _request in range(3):
        factories.request_at(now=now)
    deliver(now)
    read_log.read(now=now)
    assert len(rows(Kind.UNDELIVERED)) == 1


def test_mail_that_is_down_changes_nothing_else(flow, box, deliver, adam, now):
    box.failure = ProviderUnavailable("The mail server could not be reached.")
    request = factories.request_at(now=now)
    deliver(now)
    decide.approve(request=request, by=adam, comment="", now=now)
    deliver(now)
    assert Grant.objects.get().state == GrantState.SCHEDULED
