"""Schedules that PagerDuty keeps: read when they are due, kept in rows, and never believed for long."""

from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from access.models import AuditEvent, OnCall, Schedule
from access.policy.on_call import refresh, who
from access.worker import jobs
from access.worker.sweep import SCHEDULE, Sweep
from integrations.base import NeedsAttention, ProviderError, ProviderUnavailable
from integrations.base import OnCall as Named
from tests import factories
from tests.access.policy import fast_tracks

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)


class Source:
    """A PagerDuty that answers what a test says, or fails."""

    def __init__(self, *emails, error=None, before=lambda: None):
        self.emails, self.error, self.before, self.asked = emails, error, before, []

    def on_call(self, schedule_id, *, now):
        self.asked.append(schedule_id)
        self.before()
        if self.error:
            raise self.error
        return tuple(Named(one, now + timedelta(hours=1)) for one in self.emails)


@pytest.fixture
def schedule(db):
    return fast_tracks.from_pagerduty(read_at=None)


def named():
    return sorted(OnCall.objects.values_list("email", flat=True))


def test_what_is_read_replaces_what_was_known(schedule, now):
    refresh.read(schedule, source=Source("adam@example.com", "rita@example.com"), now=now)
    refresh.read(schedule, source=Source("jon@example.com"), now=now + MINUTE)
    schedule.refresh_from_db()
    assert (named(), schedule.read_at, schedule.trouble) == (["jon@example.com"], now + MINUTE, "")


def test_who_has_another_address_in_pagerduty_is_known_by_the_one_they_sign_in_with(schedule, now):
    jon = factories.person("jon")
    jon.on_call_email = "Jon.Reyes@Pager.example"
    jon.full_clean(exclude=["password"])
    jon.save()
    refresh.read(schedule, source=Source("jon.reyes@pager.example", "jon@example.com", "adam@example.com"), now=now)
    assert named() == ["adam@example.com", "jon@example.com"]
    assert who.is_on_call(Schedule.objects.get(), jon, at=now, now=now).holds


def test_only_a_change_of_who_is_on_call_is_an_event(schedule, now):
    for minute in range(3):
        refresh.read(schedule, source=Source("jon@example.com"), now=now + minute * MINUTE)
    [event] = AuditEvent.objects.all()
    assert (event.type, event.subject, event.data["after"]) == ("schedule.read", "schedule:pager", ["jon@example.com"])


def test_an_answer_about_another_schedule_than_is_set_by_now_is_dropped(schedule, now):
    def set_anew():
        Schedule.objects.update(external_id="PNEW123")

    refresh.read(schedule, source=Source("jon@example.com", before=set_anew), now=now)
    schedule.refresh_from_db()
    assert (named(), schedule.read_at) == ([], None)


def test_an_answer_that_comes_after_a_newer_one_is_dropped(schedule, now):
    refresh.read(schedule, source=Source("adam@example.com"), now=now + MINUTE)
    refresh.read(schedule, source=Source("jon@example.com"), now=now)
    assert named() == ["adam@example.com"]


TROUBLE = [
    (ProviderUnavailable("Away."), MINUTE, 0),
    (ProviderUnavailable("Slow down.", retry_after=300), 5 * MINUTE, 0),
    (NeedsAttention("The key is wrong."), 10 * MINUTE, 1),
    (ProviderError("No."), 10 * MINUTE, 0),
]


@pytest.mark.parametrize(("error", "pause", "events"), TROUBLE)
def test_trouble_is_written_down_and_what_was_read_stays_until_it_is_old(schedule, now, error, pause, events):
    refresh.read(schedule, source=Source("jon@example.com"), now=now)
    for _twice in range(2):
        refresh.note_trouble(schedule, error, now=now)
    schedule.refresh_from_db()
    assert (named(), schedule.read_at, schedule.trouble) == (["jon@example.com"], now, error.summary)
    assert schedule.due_at == now + pause
    assert AuditEvent.objects.filter(type="schedule.needs_attention").count() == events


@pytest.mark.django_db(transaction=True)
def test_the_job_reads_what_is_due_with_no_transaction_open(monkeypatch):
    schedule = fast_tracks.from_pagerduty(read_at=None)
    seen: list[bool] = []
    source = Source("jon@example.com", before=lambda: seen.append(connection.in_atomic_block))
    monkeypatch.setattr(refresh, "source_of", lambda schedule: source)
    jobs.read_schedule(schedule.pk)
    jobs.read_schedule(schedule.pk)
    assert (source.asked, seen, named()) == (["PI7DH85"], [False], ["jon@example.com"])
    schedule.refresh_from_db()
    assert schedule.due_at > timezone.now()


@pytest.mark.django_db(transaction=True)
def test_a_key_that_cannot_be_read_is_trouble_and_no_call(monkeypatch):
    monkeypatch.delenv("TEST_PAGERDUTY_TOKEN", raising=False)
    schedule = fast_tracks.from_pagerduty(read_at=None)
    jobs.read_schedule(schedule.pk)
    schedule.refresh_from_db()
    assert "TEST_PAGERDUTY_TOKEN is not set" in schedule.trouble


def test_the_sweep_sends_only_what_is_read_from_outside(schedule, jon, now, monkeypatch):
    fast_tracks.rotation(jon)
    Schedule.objects.update(due_at=now)
    sent = []
    monkeypatch.setattr("access.worker.queue.send", lambda job, pk, queue: sent.append((job, pk)))
    sweep = Sweep("w-test", places=3)
    sweep(now)
    sweep(now + timedelta(seconds=1))
    assert [one for one in sent if one[0] == SCHEDULE] == [(SCHEDULE, schedule.pk)]


def test_to_forget_makes_it_due_at_once(schedule, now):
    refresh.read(schedule, source=Source("jon@example.com"), now=now)
    refresh.forget(schedule, now=now)
    assert (named(), schedule.read_at, schedule.due_at) == ([], None, now)
