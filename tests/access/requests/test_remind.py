"""Whoever waits reminds those who can decide, at most once an hour."""

from datetime import timedelta

import pytest

from access.core.errors import Conflict, NotAllowed
from access.core.states import RequestState
from access.models import AuditEvent, Kind, Notification, Stage
from access.notify import read_log
from access.requests import decide, detail, remind
from tests import factories

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


@pytest.fixture
def asked(flow, rita, now):
    factories.also_decided_by(flow, rita)
    return factories.request_at(now=now)


def test_those_who_can_decide_get_a_message_and_the_log_tells(asked, jon, now, settings):
    able = remind.remind(request=asked, by=jon, now=now)
    assert sorted(one.name for one in able) == ["Adam Novak", "Rita Moss"]
    event = AuditEvent.objects.latest("id")
    assert (event.type, event.actor, event.request_ref) == ("request.reminded", jon.email, asked.ref)
    settings.EMAIL_IS_SET = True
    read_log.read(now=now)
    told = Notification.objects.filter(kind=Kind.REMINDER, due_at=now, request=asked)
    assert {one.recipient.email for one in told} == {"adam@example.com", "rita@example.com"}
    steps = detail.detail(asked, reader=jon, now=now).steps
    assert [one.who for one in steps if one.kind == "request.reminded"] == ["Jon Reyes"]


def test_whoever_has_decided_is_left_alone(asked, flow, jon, adam, now):
    Stage.objects.update(approvals_needed=2)
    waits = factories.request_at(now=now)
    decide.approve(request=waits, by=adam, comment="", seconds=None, now=now)
    assert [one.name for one in remind.remind(request=waits, by=jon, now=now)] == ["Rita Moss"]


def test_once_an_hour(asked, jon, now):
    remind.remind(request=asked, by=jon, now=now)
    with pytest.raises(Conflict, match="once an hour"):
        remind.remind(request=asked, by=jon, now=now + HOUR - timedelta(seconds=1))
    remind.remind(request=asked, by=jon, now=now + HOUR)
    assert AuditEvent.objects.filter(type="request.reminded").count() == 2


@pytest.mark.parametrize("who", ["adam", "olga", "rita"])
def test_nobody_else_reminds(asked, request, who, now):
    with pytest.raises(NotAllowed, match="Only the person who asked"):
        remind.remind(request=asked, by=request.getfixturevalue(who), now=now)


@pytest.mark.parametrize("state", [RequestState.DENIED, RequestState.WITHDRAWN, RequestState.LAPSED])
def test_what_is_settled_is_not_reminded_of(flow, jon, now, state):
    with pytest.raises(Conflict):
        remind.remind(request=factories.request_at(now=now, state=state), by=jon, now=now)


def test_where_nobody_can_decide_that_is_said(asked, jon, adam, rita, now):
    for one in (adam, rita):
        one.is_active = False
        one.save()
    with pytest.raises(Conflict, match="nobody to remind"):
        remind.remind(request=asked, by=jon, now=now)
