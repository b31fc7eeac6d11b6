"""People who let somebody wait are reminded after pauses that grow, until it is settled or lapses."""

from datetime import timedelta
from itertools import pairwise

import pytest

from access.models import AccessRequest, Kind, MutedTopic, Stage
from access.notify import reminders
from access.requests import decide
from integrations.base import ProviderUnavailable
from tests import factories
from tests.access.notify.conftest import rows

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)


def reminded(request, now):
    """When people would be reminded, in minutes after the ask, if nobody ever decided."""
    at, moments = now, []
    while following := reminders.first(request, stage=0, since=now, now=at):
        at = following.at
        moments.append((at - now) / MINUTE)
    return moments


@pytest.mark.parametrize(
    ("timeout", "expected"),
    [
        (60, [0.25, 0.75]),
        (3600, [15, 45]),
        (24 * 3600, [60, 180, 420, 900]),
        (4 * 24 * 3600, [60, 180, 420, 900, 1860, 3300, 4740]),
    ],
)
def test_pauses_double_from_an_hour_to_a_day_and_are_shorter_where_it_lapses_soon(flow, now, timeout, expected):
    flow.pending_timeout = timeout
    flow.save()
    assert reminded(factories.request_at(now=now), now) == expected


def test_a_settled_request_is_not_reminded_of(flow, now):
    request = factories.request_at(now=now, state="denied")
    assert reminders.first(request, stage=0, since=now, now=now) is None


def test_approvers_are_reminded_until_it_lapses_and_each_time_once(flow, rita, deliver, now):
    factories.also_decided_by(flow, rita)
    factories.request_at(now=now)
    for quarter in range(24 * 4):
        box = deliver(now + quarter * HOUR / 4)
    subjects = [subject for to, subject in box.sent if to == "adam"]
    assert subjects[1:] == ["Still waiting: Jon Reyes asks for Prod for 1 h"] * 4
    assert len(box.sent) == 2 * 5


def test_who_has_decided_is_not_reminded_and_the_others_are(flow, adam, rita, deliver, now):
    factories.also_decided_by(flow, rita)
    Stage.objects.update(approvals_needed=2)
    request = factories.request_at(now=now)
    deliver(now)
    decide.approve(request=request, by=adam, comment="", now=now)
    box = deliver(now + HOUR)
    assert [to for to, subject in box.sent if subject.startswith("Still")] == ["rita"]


def test_nobody_is_reminded_of_what_is_settled(flow, adam, deliver, now):
    request = factories.request_at(now=now)
    deliver(now)
    decide.deny(request=request, by=adam, comment="No.", now=now)
    deliver(now)
    assert rows(Kind.REMINDER) == []


def test_who_switched_reminders_off_is_reminded_no_more(flow, adam, deliver, now):
    factories.request_at(now=now)
    deliver(now + HOUR)
    MutedTopic.objects.create(user=adam, channel="email", topic="reminders")
    box = deliver(now + 3 * HOUR)
    assert len([subject for _to, subject in box.sent if subject.startswith("Still")]) == 1
    assert [one.sent_at is not None for one in rows(Kind.REMINDER)] == [True]


def test_mail_that_was_away_for_long_brings_one_reminder_and_not_all_that_were_missed(flow, box, deliver, now):
    factories.request_at(now=now)
    deliver(now)
    box.failure = ProviderUnavailable("The mail server could not be reached.")
    deliver(now + HOUR)
    box.failure = None
    deliver(now + 10 * HOUR)
    deliver(now + 10 * HOUR + MINUTE)
    assert len(box.sent) == 2
    assert rows(Kind.REMINDER)[-1].due_at == now + 15 * HOUR


def test_a_request_that_starts_far_ahead_is_reminded_of_at_least_once_a_day(flow, now):
    request = factories.request_at(now=now, starts_at=now + 10 * 24 * HOUR)
    moments = reminded(request, now)
    pauses = [later - earlier for earlier, later in pairwise(moments)]
    assert max(pauses) == 24 * 60
    assert AccessRequest.objects.get().due_at == now + 10 * 24 * HOUR
