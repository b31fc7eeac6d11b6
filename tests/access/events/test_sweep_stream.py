"""The worker looks after webhooks and the file of events when it has nothing more urgent to do."""

from datetime import timedelta

import pytest
from django_q.models import OrmQ

from access.core.states import GrantState
from access.models import EventLog, Grant, Integration, LogReader, Webhook
from access.worker.sweep import Sweep
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def sweep(integration, now) -> Sweep:
    Integration.objects.update(due_at=now + timedelta(hours=1))
    LogReader.objects.update_or_create(name="notify", defaults={"seq": 1_000_000})
    return Sweep("w-test", places=3)


def tasks() -> list[tuple[str, int]]:
    rows = OrmQ.objects.filter(key="w-test").order_by("pk")
    return [(row.func().removeprefix("access.worker.jobs."), row.args()[0]) for row in rows]


def hook(now, **fields) -> Webhook:
    return Webhook.objects.create(
        **{"name": "siem", "url": "https://siem.test/", "sealed": "x", "due_at": now, **fields}
    )


def test_a_webhook_is_due_when_the_log_is_ahead_of_it(sweep, events, now):
    webhook = hook(now)
    sweep(now)
    assert tasks() == []
    events("request.asked")
    sweep(now)
    sweep(now + timedelta(seconds=1))
    assert tasks() == [("deliver_events", webhook.pk)]


@pytest.mark.parametrize(
    "changes",
    [
        {"is_active": False},
        {"sealed": ""},
        {"position": 1},
        {"due_at": timedelta(seconds=1)},
        {"leased_until": timedelta(seconds=1)},
    ],
)
def test_nobody_looks_at_one_that_is_not_due(sweep, events, now, changes):
    hook(now, **{name: now + value if isinstance(value, timedelta) else value for name, value in changes.items()})
    events("request.asked")
    sweep(now)
    assert tasks() == []


def test_webhooks_leave_a_place_for_peoples_access_and_go_last(sweep, events, now):
    for number in range(5):
        hook(now, name=f"siem-{number}")
    events("request.asked")
    sweep(now)
    assert [job for job, _pk in tasks()] == ["deliver_events"] * 2
    OrmQ.objects.all().delete()
    for number in range(3):
        target = factories.target(name=f"target-{number}", role_id=f"role-{number}")
        factories.flow().strategy.targets.add(target)
        factories.grant(state=GrantState.SCHEDULED, now=now, for_target=target, person=factories.person(f"p{number}"))
    Grant.objects.update(due_at=now)
    sweep(now + timedelta(seconds=6))
    assert {job for job, _pk in tasks()} == {"converge"}


def test_lines_are_written_only_where_a_file_is_named(sweep, events, now, settings):
    events("request.asked")
    sweep(now)
    assert tasks() == []
    settings.EVENT_LOG = "/var/log/usher/events.jsonl"
    sweep(now)
    sweep(now + timedelta(seconds=1))
    assert tasks() == [("write_events", 1)]


@pytest.mark.parametrize("changes", [{"position": 1}, {"due_at": timedelta(1)}, {"leased_until": timedelta(1)}])
def test_lines_wait_like_everything_else(sweep, events, now, settings, changes):
    settings.EVENT_LOG = "/var/log/usher/events.jsonl"
    events("request.asked")
    fields = {name: now + value if isinstance(value, timedelta) else value for name, value in changes.items()}
    EventLog.objects.create(**{"due_at": now, **fields})
    sweep(now)
    assert tasks() == []
