"""Nobody waits for ever: requests are passed on, each stage reminds anew, and a dead end is told of by name."""

from datetime import timedelta

import pytest

from access.alerts import alerts
from access.models import AccessRequest, AuditEvent, Flow, Kind, Notification, User
from access.notify import outbox, read_log
from access.people import delegations
from access.policy import check_flows
from access.requests import check_pending, decide, detail, escalate, timeline
from access.worker import jobs
from tests import factories

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)


@pytest.fixture(autouse=True)
def with_mail(settings) -> None:
    settings.EMAIL_IS_SET = True


@pytest.fixture
def passed_on(flow, rita, now):
    """Adam is asked at once, Rita after half an hour."""
    factories.pool(flow.stages.get(), rita, after=1800)
    return factories.request_at(now=now)


def asked(kind=Kind.ASKED):
    rows = Notification.objects.filter(kind=kind).order_by("due_at", "pk").select_related("recipient")
    return [(one.recipient.get_short_name(), one.due_at) for one in rows]


def test_those_who_are_asked_later_are_told_once_when_their_time_comes(passed_on, now):
    read_log.read(now=now)
    for minute in (0, 29, 30, 31, 90):
        escalate.pass_on(passed_on, now=now + minute * MINUTE)
        read_log.read(now=now + minute * MINUTE)
    assert asked() == [("Adam", now), ("Rita", now + 30 * MINUTE)]
    event = AuditEvent.objects.get(type="request.passed_on")
    assert (event.actor, event.data["after"], event.data["people"]) == ("usher", 1800, "Rita Moss")
    [step] = [one for one in timeline.steps(passed_on) if one.kind == "request.passed_on"]
    assert step.note == "After 30 min also asked: Rita Moss."


def test_an_escalation_that_finds_nobody_says_so(passed_on, rita, now):
    User.objects.filter(pk=rita.pk).update(is_active=False)
    escalate.pass_on(passed_on, now=now + 30 * MINUTE)
    assert AuditEvent.objects.get(type="request.passed_on").data["people"] == ""
    [step] = [one for one in timeline.steps(passed_on) if one.kind == "request.passed_on"]
    assert step.note == "After 30 min there was nobody else to ask."


def test_they_are_reminded_from_then_on_with_growing_pauses(passed_on, now):
    read_log.read(now=now)
    escalate.pass_on(passed_on, now=now + 30 * MINUTE)
    read_log.read(now=now + 30 * MINUTE)
    assert asked(Kind.REMINDER) == [("Adam", now + HOUR), ("Rita", now + 90 * MINUTE)]


def test_a_settled_request_is_passed_on_to_nobody(passed_on, adam, now):
    decide.deny(request=passed_on, by=adam, comment="No.", now=now)
    escalate.pass_on(passed_on, now=now + HOUR)
    assert not passed_on.asked.filter(due_at__isnull=False).exists()
    assert not AuditEvent.objects.filter(type="request.passed_on").exists()


def test_a_crash_between_passing_on_and_telling_loses_nothing(passed_on, now, monkeypatch):
    monkeypatch.setattr("access.requests.escalate.log.append", factories.breaks)
    with pytest.raises(RuntimeError):
        escalate.pass_on(passed_on, now=now + HOUR)
    monkeypatch.undo()
    assert passed_on.asked.filter(due_at__isnull=False).exists()
    escalate.pass_on(passed_on, now=now + HOUR)
    assert AuditEvent.objects.filter(type="request.passed_on").count() == 1


def test_a_later_stage_asks_and_reminds_its_own_people_from_its_beginning(flow, adam, rita, now):
    factories.stage(flow, rita)
    request = factories.request_at(now=now)
    read_log.read(now=now)
    decide.approve(request=request, by=adam, comment="", now=now + 5 * HOUR)
    read_log.read(now=now + 5 * HOUR)
    assert asked() == [("Adam", now), ("Rita", now + 5 * HOUR)]
    assert ("Rita", now + 6 * HOUR) in asked(Kind.REMINDER)
    [first] = Notification.objects.filter(kind=Kind.REMINDER, recipient=rita)
    outbox._sent(_claimed(first), at=now + 6 * HOUR)
    assert ("Rita", now + 8 * HOUR) in asked(Kind.REMINDER)


def _claimed(notification):
    return Notification.objects.select_related("request", "recipient").get(pk=notification.pk)


def test_a_later_pool_of_a_later_stage_waits_from_its_beginning(flow, adam, rita, olga, now):
    later = factories.stage(flow, rita)
    factories.pool(later, olga, after=3600)
    request = factories.request_at(now=now)
    assert not request.asked.filter(due_at__isnull=False).exists()
    decide.approve(request=request, by=adam, comment="", now=now + HOUR)
    assert [one.due_at for one in request.asked.filter(due_at__isnull=False)] == [now + 2 * HOUR]


def test_a_delegate_is_asked_for_what_waits_already_when_their_time_begins(flow, adam, rita, now):
    request = factories.request_at(now=now)
    read_log.read(now=now)
    row = factories.delegation(adam, rita, now=now, starts_at=now + HOUR, ends_at=now + 2 * HOUR)
    read_log.read(now=now)
    assert [one.kind for one in Notification.objects.filter(recipient=rita)] == [Kind.STAND_IN]
    delegations.look(row, now=now + HOUR)
    read_log.read(now=now + HOUR)
    [told] = Notification.objects.filter(recipient=rita, kind=Kind.ASKED)
    assert (told.request, told.facts["away"]) == (request, "Adam Novak")
    assert Notification.objects.filter(recipient=rita, kind=Kind.REMINDER).exists()


def test_a_delegate_is_asked_for_what_comes_while_it_runs(flow, adam, rita, now):
    factories.delegation(adam, rita, now=now)
    factories.request_at(now=now)
    read_log.read(now=now)
    assert asked() == [("Adam", now), ("Rita", now)]


def _leaves(_flow, adam, _group):
    User.objects.filter(pk=adam.pk).update(is_active=False)


def _leaves_the_group(_flow, _adam, group):
    group.members.clear()


@pytest.mark.parametrize(("change", "why"), [(_leaves, "Adam Novak"), (_leaves_the_group, "nobody is in Security")])
def test_a_request_whose_approvers_left_is_a_dead_end_that_is_told(flow, jon, adam, olga, now, change, why):
    group = factories.group("Security", adam)
    factories.decided_by(flow)
    flow.stages.get().pools.get().groups.set([group])
    request = factories.request_at(now=now)
    read_log.read(now=now)
    change(flow, adam, group)
    for _twice in range(2):
        check_pending.check(request, now=now)
        read_log.read(now=now)
    [event] = AuditEvent.objects.filter(type="request.dead_end")
    assert why in event.data["text"]
    [alert] = [one for one in alerts.for_admin(now=now) if one.kind == "request"]
    assert request.ref in alert.text
    assert why in alert.text
    assert {one.recipient for one in Notification.objects.filter(kind=Kind.STUCK)} == {jon, olga}
    told = detail.detail(detail.find(request.ref, reader=jon, now=now), reader=jon, now=now)
    assert why in told.row.dead_end


def test_a_manager_who_changes_is_no_dead_end_and_one_who_goes_is(flow, jon, adam, rita, now):
    factories.decided_by(flow)
    flow.stages.get().pools.update(managers=True)
    User.objects.filter(pk=jon.pk).update(manager=adam)
    jon.refresh_from_db()
    request = factories.request_at(now=now)
    User.objects.filter(pk=jon.pk).update(manager=rita)
    assert check_pending.check(request, now=now) == ""
    User.objects.filter(pk=jon.pk).update(manager=None)
    assert check_pending.check(request, now=now) == "Jon Reyes has no manager here."


def test_it_works_again_once_somebody_is_there(flow, adam, olga, now):
    request = factories.request_at(now=now)
    User.objects.filter(pk=adam.pk).update(is_active=False)
    check_pending.check(request, now=now)
    User.objects.filter(pk=adam.pk).update(is_active=True)
    assert check_pending.check(request, now=now) == ""
    assert AuditEvent.objects.filter(type="request.works_again").count() == 1
    assert AccessRequest.objects.get().dead_end_since is None
    assert [one for one in alerts.for_admin(now=now) if one.kind == "request"] == []


def test_the_nightly_look_at_a_flow_looks_at_what_waits_in_it_also_when_it_is_closed(flow, adam, now):
    request = factories.request_at(now=now)
    Flow.objects.update(is_active=False)
    User.objects.filter(pk=adam.pk).update(is_active=False)
    check_flows.look_soon(now=now)
    jobs.check_flow(flow.pk)
    assert AccessRequest.objects.get(pk=request.pk).dead_end
