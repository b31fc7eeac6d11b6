"""Sending: once, never again after it was recorded, and as long as it makes sense."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.conf import settings as project
from django.core import mail
from django.db import connection
from django.utils import timezone

from access.core.states import GrantState
from access.grants import lifecycle
from access.models import Grant, Kind, MutedTopic, Notification
from access.notify import outbox, read_log
from access.requests import ask
from access.worker import jobs
from integrations.base import ProviderUnavailable
from tests import factories
from tests.access.notify.conftest import rows

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


def test_a_due_message_is_sent_and_recorded(asked, box, now):
    outbox.send(asked, sender=box, now=now)
    asked.refresh_from_db()
    assert box.sent == [("adam", "Jon Reyes asks for Prod for 1 h")]
    assert (asked.due_at, asked.attempts, asked.last_error) == (None, 1, "")
    assert now <= asked.sent_at < now + timedelta(seconds=30)


def test_a_message_that_was_sent_is_never_sent_again(asked, box, now):
    for later in range(5):
        outbox.send(asked, sender=box, now=now + later * HOUR)
    assert len(box.messages) == 1


def test_a_message_is_not_sent_before_it_is_due(asked, box, now):
    outbox.send(asked, sender=box, now=now - timedelta(seconds=1))
    assert box.messages == []


def test_a_worker_that_dies_before_it_sends_delays_the_message_by_a_lease(asked, box, now):
    box.failure = RuntimeError("The power is cut.")
    with pytest.raises(RuntimeError):
        outbox.send(asked, sender=box, now=now)
    asked.refresh_from_db()
    assert asked.due_at == now + project.LEASE

    box.failure = None
    outbox.send(asked, sender=box, now=now + timedelta(seconds=59))
    assert box.messages == []
    outbox.send(asked, sender=box, now=now + project.LEASE)
    assert len(box.messages) == 1


def test_a_worker_that_dies_between_sending_and_recording_repeats_it_once_under_the_same_id(
    asked, box, now, monkeypatch
):
    monkeypatch.setattr(outbox, "_sent", factories.breaks)
    with pytest.raises(RuntimeError):
        outbox.send(asked, sender=box, now=now)
    monkeypatch.undo()
    for lease in range(1, 5):
        outbox.send(asked, sender=box, now=now + lease * project.LEASE)
    first, second = box.messages
    assert second == replace(first, again=True)


def test_a_worker_that_is_at_it_keeps_others_away(asked, box, now):
    class Slow:
        def send(self, message):
            outbox.send(asked, sender=box, now=now)
            box.send(message)

    outbox.send(asked, sender=Slow(), now=now)
    assert len(box.messages) == 1


def test_a_worker_whose_lease_ran_out_does_not_record(asked, box, now):
    later = now + project.LEASE

    class Lost:
        def send(self, message):
            outbox.send(asked, sender=box, now=later)
            raise ProviderUnavailable("The mail server could not be reached.")

    outbox.send(asked, sender=Lost(), now=now)
    asked.refresh_from_db()
    assert asked.sent_at is not None
    assert asked.last_error == ""


def test_nothing_is_open_in_the_database_while_the_server_is_asked(asked, now, transactions_open):
    seen = []

    class Watching:
        def send(self, message):
            seen.append(transactions_open())

    outbox.send(asked, sender=Watching(), now=now)
    assert seen == [False]


@pytest.fixture
def transactions_open():
    """Whether a transaction is open beside the one that the test itself runs in."""
    outside = len(connection.savepoint_ids)
    return lambda: len(connection.savepoint_ids) > outside


@pytest.mark.parametrize("how", ["settled", "decided", "lapsed", "deactivated", "switched off"])
def test_what_is_no_longer_so_is_not_sent(asked, adam, jon, rita, box, now, how):
    Notification.objects.update(attempts=1)  # it was tried before, so that it is not taken back
    at = now
    if how == "settled":
        ask.withdraw(request=asked.request, by=jon, now=now)
    elif how == "decided":
        asked.request.decisions.create(by=adam, verdict="approve", at=now)
    elif how == "lapsed":
        at = now + DAY
    elif how == "deactivated":
        adam.is_active = False
        adam.save()
    else:
        MutedTopic.objects.create(user=adam, channel="email", topic="review")
    outbox.send(asked, sender=box, now=at)
    assert box.messages == []
    assert rows(Kind.ASKED) == []


def test_what_somebody_must_hear_can_not_be_switched_off(flow, olga, box, deliver, now):
    for topic in ("trouble", "own", "review", "reminders"):
        MutedTopic.objects.create(user=olga, channel="email", topic=topic)
    grant = factories.grant(state=GrantState.ACTIVE, now=now)
    factories.move(grant, GrantState.REVOKING, now=now + HOUR)
    read_log.read(now=now + HOUR)
    deliver(now + HOUR + timedelta(minutes=1))
    assert ("olga", "Overdue: Jon Reyes may still have Prod") in box.sent


@pytest.mark.parametrize("how", ["ended", "extended again"])
def test_mail_that_was_away_does_not_tell_of_access_as_it_was(flow, box, deliver, now, how):
    grant = factories.grant(state=GrantState.ACTIVE, now=now)
    lifecycle.extend(grant, seconds=2 * 3600, request_ref="R-22222", actor="usher", now=now)
    box.failure = ProviderUnavailable("The mail server could not be reached.")
    deliver(now)
    box.failure = None
    if how == "ended":
        factories.move(grant, GrantState.REVOKING, now=now)
    else:
        lifecycle.extend(grant, seconds=3 * 3600, request_ref="R-33333", actor="usher", now=now)
    deliver(now + HOUR)
    subjects = [subject for _to, subject in box.sent if subject.startswith("You have")]
    expected = [] if how == "ended" else ["You have Prod until Mon 5 Jan 2026, 15:00 UTC"] * 2
    assert subjects == expected


def test_the_warning_of_an_end_that_was_moved_is_not_sent(flow, box, deliver, now):
    grant = factories.grant(state=GrantState.ACTIVE, now=now)
    deliver(now)
    Grant.objects.filter(pk=grant.pk).update(ends_at=now + 2 * HOUR, due_at=now + 2 * HOUR)
    deliver(now + timedelta(minutes=50))
    assert not any("ends on" in subject for _to, subject in box.sent)


def test_the_warning_comes_ten_minutes_before_the_end(flow, box, deliver, now):
    factories.grant(state=GrantState.ACTIVE, now=now)
    deliver(now + timedelta(minutes=49))
    before = len(box.messages)
    deliver(now + timedelta(minutes=50))
    assert box.sent[before:] == [("jon", "Your access to Prod ends on Mon 5 Jan 2026, 13:00 UTC")]


def test_the_job_sends_by_mail_and_a_message_that_is_gone_is_no_error(flow):
    factories.request_at(now=timezone.now())
    jobs.read_log(1)
    [message] = rows(Kind.ASKED)
    jobs.send_notification(message.pk)
    jobs.send_notification(message.pk)
    jobs.send_notification(message.pk + 1000)
    assert [one.to for one in mail.outbox] == [["adam@example.com"]]


def test_messages_are_kept_for_the_retention_and_one_that_is_due_for_ever(asked, box, now):
    outbox.send(asked, sender=box, now=now)
    for days in (99, 101):
        assert Notification.objects.count() == 2
        at = now + days * DAY
        outbox.purge(before=at - 100 * DAY, now=at, retention=100 * DAY)
    assert [one.kind for one in Notification.objects.all()] == [Kind.REMINDER]
