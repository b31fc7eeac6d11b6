"""The sweep sends the log to be read and messages to be sent, and leaves room for people's access."""

from datetime import timedelta

import pytest
from django.db import connection
from django_q.models import OrmQ

from access.core.states import GrantState
from access.models import AuditHead, Integration, Kind, LogReader, Notification
from access.notify import read_log
from access.worker.sweep import Sweep
from tests import chain, factories
from tests.access.notify.conftest import rows

PLACES = 3


@pytest.fixture
def sweep(integration, now):
    Integration.objects.update(due_at=now + timedelta(hours=1))
    return Sweep("w-test", places=PLACES)


def tasks():
    queued = OrmQ.objects.filter(key="w-test").order_by("pk")
    return [(row.func().removeprefix("access.worker.jobs."), row.args()[0]) for row in queued]


def done():
    OrmQ.objects.all().delete()


def test_new_events_send_the_log_to_be_read_once_and_again_if_that_is_lost(sweep, flow, now):
    factories.request_at(now=now)
    last = chain.sealed()[-1].seq
    sweep(now)
    sweep(now + timedelta(seconds=1))
    assert tasks() == [("read_log", last)]
    done()
    sweep(now + timedelta(seconds=6))
    assert tasks() == [("read_log", last)]


def test_one_task_reads_what_comes_while_it_waits_and_what_comes_later_sends_another(sweep, flow, now):
    factories.request_at(now=now)
    sweep(now)
    factories.request_at(now=now)
    sweep(now)
    assert [job for job, _seq in tasks()] == ["read_log"]
    done()
    read_log.read(now=now)
    Notification.objects.all().delete()
    factories.request_at(now=now)
    sweep(now)
    assert tasks() == [("read_log", AuditHead.objects.get().seq)]


def test_a_log_that_is_read_sends_nothing(sweep, flow, now):
    factories.request_at(now=now)
    read_log.read(now=now)
    Notification.objects.all().delete()
    assert sweep(now) is False
    assert tasks() == []


def test_a_log_that_was_never_read_is_sent(sweep, flow, now):
    factories.request_at(now=now)
    LogReader.objects.all().delete()
    sweep(now)
    assert [job for job, _seq in tasks()] == ["read_log"]


def test_due_messages_are_sent_once(sweep, flow, now):
    factories.request_at(now=now)
    read_log.read(now=now)
    [message] = rows(Kind.ASKED)
    sweep(now)
    sweep(now + timedelta(seconds=1))
    assert tasks() == [("send_notification", message.pk)]


def test_messages_leave_a_place_for_peoples_access(sweep, flow, now):
    factories.also_decided_by(flow, *[factories.person(f"approver{number}") for number in range(10)])
    factories.request_at(now=now)
    read_log.read(now=now)
    sweep(now)
    assert [job for job, _pk in tasks()] == ["send_notification"] * (PLACES - 1)
    grant = factories.grant(state=GrantState.SCHEDULED, now=now, person=factories.person("rita"))
    sweep(now)
    assert tasks()[-1] == ("converge", grant.target_id)


def test_a_sync_goes_before_messages(sweep, flow, integration, now):
    Integration.objects.update(due_at=now)
    factories.decided_by(flow, *[factories.person(f"approver{number}") for number in range(10)])
    factories.request_at(now=now)
    read_log.read(now=now)
    sweep(now)
    assert tasks()[0] == ("sync_integration", integration.pk)


def test_the_idle_query_uses_its_index(sweep, now, django_assert_num_queries):
    with django_assert_num_queries(1) as caught:
        sweep(now)
    [query] = [one["sql"] for one in caught.captured_queries if "access_notification" in one["sql"]]
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            # With so few rows the planner would rather read the table.
            cursor.execute("SET LOCAL enable_seqscan = off")
            cursor.execute("SET LOCAL enable_bitmapscan = off")
        cursor.execute(("EXPLAIN QUERY PLAN " if connection.vendor == "sqlite" else "EXPLAIN ") + query)
        assert "messages_that_are_due" in str(cursor.fetchall())
