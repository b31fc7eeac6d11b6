"""What was done while access was held: kept in words, never more than may be, and sessions that outlive it."""

import json
from datetime import timedelta

import pytest

from access.core.states import GrantState
from access.evidence import activity
from access.grants import end_early
from access.models import (
    AuditEvent,
    DirectoryEnvironment,
    DirectoryPermission,
    Flow,
    GrantActivity,
    Integration,
    Operation,
    Target,
)
from access.requests import timeline, timeline_operations

pytestmark = pytest.mark.django_db

JON, ADAM = "jon@example.com", "adam@example.com"
MINUTE = timedelta(minutes=1)


@pytest.fixture
def at(aptible, monkeypatch):
    """Say when the operations were done that are added from then on."""
    add = aptible.add_operation

    def at(moment):
        def add_then(*args, **kwargs):
            add(*args, **kwargs)
            max(aptible.parts.state.operations.values(), key=lambda one: one.id).created_at = moment.timestamp()

        monkeypatch.setattr(aptible, "add_operation", add_then)

    return at


@pytest.fixture
def held(at, look, active, now):
    """Jon's confirmed access, which is noted to be read."""
    look(now)
    activity.note(active.target, now=now)
    return active


@pytest.fixture
def read(provider):
    def read(grant, moment):
        grant.refresh_from_db()
        activity.note(grant.target, now=moment)
        GrantActivity.objects.filter(grant=grant, due_at__isnull=False).update(due_at=moment)
        activity.read(GrantActivity.objects.get(grant=grant), provider=provider, now=moment)
        return GrantActivity.objects.get(grant=grant)

    return read


@pytest.fixture
def ended(held, run, read, at, now):
    """Let the access end ten minutes later, and read after it."""

    def ended(moment=now + 10 * MINUTE):
        end_early.end(grant=held, by=held.person, now=moment)
        at(moment)
        run(held, moment)
        return read(held, moment)

    return ended


def done(grant):
    facts = ("type", "status", "environment", "resource_kind", "resource")
    return list(grant.operations.order_by("id").values_list(*facts))


def test_it_is_read_while_held_and_kept_in_words(held, read, aptible, at, now):
    at(now + MINUTE)
    aptible.add_operation(JON.upper(), "prod", "execute", "api", status="running", command="/bin/bash -c 'cat x'")
    aptible.add_operation(JON, "prod", "tunnel", "main", "databases")
    assert read(held, now + 2 * MINUTE).due_at == now + 7 * MINUTE
    assert done(held) == [
        ("execute", "running", "prod", "apps", "api"),
        ("tunnel", "succeeded", "prod", "databases", "main"),
    ]
    titles = [one.title for one in timeline.steps(held.requests.get())]
    assert titles[-3:] == ["Opened an SSH session on app api", "Opened a tunnel to database main", "Confirmed ended"]


def test_others_noise_and_what_was_before_or_elsewhere_are_left_out(held, ended, aptible, at, now):
    at(now - MINUTE)
    aptible.add_operation(JON, "prod", "deploy")
    at(now + MINUTE)
    aptible.add_operation(ADAM, "prod", "deploy")
    aptible.add_operation("", "prod", "scale", name="autoscaling")
    aptible.add_operation(JON, "prod", "poll")
    aptible.add_operation(JON, "staging", "deploy")
    ended()
    at(now + 11 * MINUTE)
    aptible.add_operation(JON, "prod", "deploy")
    assert done(held) == []


def test_nothing_of_a_configuration_and_no_command_is_kept(held, read, aptible, at, now):
    at(now + MINUTE)
    aptible.add_operation(JON, "prod", command="psql -c 'select ssn from patients'")
    read(held, now + 2 * MINUTE)
    kept = json.dumps([str(vars(one)) for one in held.operations.all()])
    assert "secret-of-the-simulator" not in kept
    assert "patients" not in kept


def test_a_command_is_kept_where_the_flow_says_so(held, read, aptible, at, now):
    Flow.objects.update(keeps_commands=True)
    at(now + MINUTE)
    aptible.add_operation(JON, "prod", command="rails console")
    read(held, now + 2 * MINUTE)
    assert held.operations.get().command == "rails console"


def test_it_is_read_again_after_the_end_and_then_no_more(held, ended, read, aptible, at, now):
    at(now + MINUTE)
    aptible.add_operation(JON, "prod", "deploy")
    first = ended()
    assert first.end_read_at == now + 10 * MINUTE
    last = read(held, now + 13 * MINUTE)
    assert (last.due_at, last.is_complete) == (None, True)
    told = AuditEvent.objects.get(type="grant.activity").data
    assert told["count"] == 1
    assert told["operations"][0]["resource"] == "apps api"


def test_an_access_that_was_not_used_says_so(held, ended, now):
    ended()
    assert "This access was not used." in timeline_operations.remark(held.requests.get(), [])


def test_many_pages_in_no_order_are_all_read(held, read, aptible, at, now):
    at(now + MINUTE)
    for number in range(620):
        aptible.add_operation(JON, "prod", "deploy", f"app{number % 5}")
    read(held, now + 2 * MINUTE)
    assert held.operations.count() == 620


def test_reading_twice_keeps_each_once_and_brings_its_status_up_to_date(held, read, aptible, at, now):
    at(now + MINUTE)
    aptible.add_operation(JON, "prod", status="running")
    read(held, now + 2 * MINUTE)
    aptible.finish_operation(JON)
    read(held, now + 3 * MINUTE)
    assert done(held) == [("execute", "succeeded", "prod", "apps", "api")]


def test_what_the_bot_may_not_see_is_said_and_tried_again(held, read, aptible, now):
    aptible.fail(403, body="json", error="access_denied", path="*/operations")
    seen = read(held, now + MINUTE)
    assert "may not see what was done" in seen.last_error
    assert seen.due_at > now + MINUTE
    assert Integration.objects.get().attention == ""


def test_hostile_texts_are_cut_and_stay_text(held, read, aptible, at, now):
    at(now + MINUTE)
    aptible.add_operation(JON, "prod", "x" * 500, "<script>alert(1)</script>" * 20, status="y" * 50)
    read(held, now + 2 * MINUTE)
    one = held.operations.get()
    assert (len(one.type), len(one.status), len(one.resource)) == (60, 20, 200)


def test_a_session_that_outlives_the_access_is_told_until_it_is_over(held, ended, read, aptible, at, now):
    at(now + MINUTE)
    aptible.add_operation(JON, "prod", status="running")
    ended()
    assert AuditEvent.objects.get(type="grant.session_outlived").data["resource"] == "app api"
    session = held.operations.get()
    assert (session.is_running, session.cancel_asked_at) == (True, None)
    assert read(held, now + 13 * MINUTE).due_at == now + 14 * MINUTE
    aptible.finish_operation(JON)
    assert read(held, now + 14 * MINUTE).due_at is None
    assert AuditEvent.objects.get(type="grant.session_over").data["status"] == "succeeded"
    assert AuditEvent.objects.filter(type="grant.session_outlived").count() == 1


def test_where_the_target_says_so_it_is_cancelled_and_what_came_of_it_is_seen(held, ended, read, aptible, at, now):
    Target.objects.update(open_sessions=Target.OpenSessions.CANCEL)
    at(now + MINUTE)
    aptible.add_operation(JON, "prod", status="running")
    ended()
    assert AuditEvent.objects.filter(type="grant.session_cancel_asked").count() == 1
    assert AuditEvent.objects.get(type="grant.session_over").data["status"] == "failed"
    assert held.operations.get().over_at


def test_a_session_that_goes_on_in_spite_of_it_is_still_told(held, ended, read, aptible, at, now):
    Target.objects.update(open_sessions=Target.OpenSessions.CANCEL)
    aptible.switch(ignore_cancellations=True)
    at(now + MINUTE)
    aptible.add_operation(JON, "prod", status="running")
    ended()
    read(held, now + 13 * MINUTE)
    assert not AuditEvent.objects.filter(type="grant.session_over").exists()
    assert held.operations.get().is_running
    assert sum(one["method"] == "PATCH" for one in aptible.calls) == 1


def test_another_role_in_the_same_place_is_said(held, read, now):
    assert read(held, now + MINUTE).other_role is True  # Everyone opens prod, too
    DirectoryPermission.objects.exclude(role__name="Prod").delete()
    GrantActivity.objects.update(other_role=False)
    assert read(held, now + 2 * MINUTE).other_role is False


def test_an_end_never_waits_for_it(held, run, aptible, now):
    aptible.fail(503, path="/api/*")
    end_early.end(grant=held, by=held.person, now=now + MINUTE)
    assert run(held, now + MINUTE).state == GrantState.ENDED
    assert not Operation.objects.exists()


def test_reports_can_tell_how_many_were_used(held, ended, read, aptible, at, now):
    at(now + MINUTE)
    aptible.add_operation(JON, "prod", "deploy")
    every = type(held).objects.all()
    ended()
    assert activity.usage(every) == activity.Usage(known=0, used=0)
    read(held, now + 13 * MINUTE)
    assert activity.usage(every) == activity.Usage(known=1, used=1)
    Operation.objects.all().delete()
    assert activity.usage(every) == activity.Usage(known=1, used=0)


def test_the_apps_that_it_tells_are_remembered_of_their_environment(held, read, aptible, at, look, now):
    at(now + MINUTE)
    aptible.add_operation(JON, "prod", "execute", "api")
    aptible.add_operation(JON, "prod", "deploy", "web")
    aptible.add_operation(JON, "prod", "tunnel", "main", "databases")
    aptible.add_operation(ADAM, "prod", "deploy", "somebody-elses")
    read(held, now + 2 * MINUTE)
    look(now + 3 * MINUTE)
    read(held, now + 4 * MINUTE)
    assert DirectoryEnvironment.objects.get(name="prod").apps == ["api", "web"]
