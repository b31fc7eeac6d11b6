"""From the log to messages: all or nothing, once, in a fixed number of queries."""

import pytest
from django.db import IntegrityError, transaction

from access.audit import log as audit
from access.models import AccessRequest, AuditHead, Kind, LogReader, MutedTopic, Notification
from access.notify import read_log
from access.requests import ask
from tests import chain, factories


def position() -> int:
    return LogReader.objects.get(name=read_log.READER).seq


def test_a_change_that_fails_in_its_last_step_leaves_no_message(flow, jon, now, monkeypatch):
    monkeypatch.setattr(AuditHead.objects.__class__, "filter", factories.breaks)
    with pytest.raises(RuntimeError):
        factories.request_at(now=now)
    monkeypatch.undo()
    read_log.read(now=now)
    assert not AccessRequest.objects.exists()
    assert not Notification.objects.exists()


def test_messages_and_how_far_the_log_was_read_commit_together(flow, now, monkeypatch):
    factories.request_at(now=now)
    real = Notification.objects.bulk_create
    monkeypatch.setattr(Notification.objects, "bulk_create", factories.breaks_after(1, real))
    with pytest.raises(RuntimeError), transaction.atomic():
        read_log.read(now=now)
    assert not Notification.objects.exists()
    assert position() == 0

    monkeypatch.undo()
    read_log.read(now=now)
    assert {one.kind for one in Notification.objects.all()} == {Kind.ASKED, Kind.REMINDER}
    assert position() == AuditHead.objects.get().seq


def test_an_event_read_twice_writes_each_message_once(flow, now):
    factories.request_at(now=now)
    read_log.read(now=now)
    LogReader.objects.update(seq=0)
    read_log.read(now=now)
    assert Notification.objects.filter(kind=Kind.ASKED).count() == 1


def test_the_database_refuses_the_same_message_twice(flow, adam, now):
    factories.request_at(now=now)
    read_log.read(now=now)
    [asked] = Notification.objects.filter(kind=Kind.ASKED)
    asked.pk = None
    with pytest.raises(IntegrityError), transaction.atomic():
        asked.save(force_insert=True)


@pytest.mark.parametrize("changes", [{"due_at": None}, {"sent_at": True}, {"given_up_at": True}])
def test_the_database_refuses_a_message_that_is_neither_due_nor_done_with_or_both(flow, now, changes):
    factories.request_at(now=now)
    read_log.read(now=now)
    values = {name: now if value else None for name, value in changes.items()}
    with pytest.raises(IntegrityError), transaction.atomic():
        Notification.objects.filter(kind=Kind.ASKED).update(**values)


def test_a_long_log_is_read_in_parts(flow, now, monkeypatch):
    monkeypatch.setattr(read_log, "BATCH", 2)
    for number in range(5):
        audit.append(f"test.{number}", actor="x", now=now)
    for expected in (2, 4, 5, 5):
        read_log.read(now=now)
        assert position() == expected


def test_without_a_mail_server_nothing_is_written_then_or_later(settings, flow, now):
    settings.EMAIL_IS_SET = False
    factories.request_at(now=now)
    read_log.read(now=now)
    settings.EMAIL_IS_SET = True
    read_log.read(now=now)
    assert not Notification.objects.exists()


def test_what_somebody_chose_not_to_hear_is_not_written_for_them(flow, adam, rita, now):
    factories.also_decided_by(flow, rita)
    MutedTopic.objects.create(user=adam, channel="email", topic="review")
    MutedTopic.objects.create(user=rita, channel="email", topic="reminders")
    factories.request_at(now=now)
    read_log.read(now=now)
    written = {(one.recipient.email, one.kind) for one in Notification.objects.all()}
    assert written == {("adam@example.com", "reminder"), ("rita@example.com", "asked")}


@pytest.mark.parametrize("approvers", [1, 30])
def test_the_number_of_queries_does_not_grow_with_the_approvers(flow, now, approvers, django_assert_num_queries):
    factories.decided_by(flow, *[factories.person(f"approver{number}") for number in range(approvers)])
    factories.request_at(now=now)
    chain.sealed()
    with django_assert_num_queries(17):
        read_log.read(now=now)
    assert Notification.objects.filter(kind=Kind.ASKED).count() == approvers


def test_a_change_of_access_does_not_wait_for_its_messages(flow, jon, now, monkeypatch):
    """Nothing that writes messages runs when somebody asks, so nothing in it can fail the ask."""
    monkeypatch.setattr(Notification.objects, "bulk_create", factories.breaks)
    monkeypatch.setattr(read_log, "read", factories.breaks)
    request = factories.request_at(now=now)
    ask.withdraw(request=request, by=jon, now=now)
    assert AccessRequest.objects.get().state == "withdrawn"
