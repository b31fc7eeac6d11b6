"""`manage.py explain`: what the person on call is told of a request."""

import json
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from access.core.states import GrantState
from access.models import Grant, Target, Worker
from access.requests import explain
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def worker(now):
    times = {"started_at": now, "beat_at": now, "jobs_beat_at": now}
    return Worker.objects.create(name="w-1", host="here", pid=1, **times)


def told(grant, *, now):
    return explain.explain(explain.find(grant.ref), now=now)


def test_a_request_is_found_by_its_reference_and_by_that_of_its_grant(now):
    grant = factories.grant(now=now)
    request = grant.requests.get()
    assert explain.find(request.ref.lower()) == explain.find(grant.ref) == request


def test_a_pending_request_waits_for_its_approvers(now):
    request = factories.request_at(now=now)
    facts = explain.explain(request, now=now)
    assert facts["next"].startswith(
        "It waits for a decision (approvals so far: 0 of 1), and lapses at 2026-01-06 12:00"
    )
    assert facts["grant"] is None
    assert [event["type"] for event in facts["events"]] == ["request.asked"]


def test_what_was_decided_is_told(now):
    request = factories.request_at(state="denied", now=now)
    facts = explain.explain(request, now=now)
    assert facts["next"] == "Nothing more happens."
    assert [(one["by"], one["comment"]) for one in facts["decisions"]] == [("adam@example.com", "Not now.")]


def test_without_a_worker_nothing_happens(now):
    grant = factories.grant(now=now)
    assert told(grant, now=now)["next"].startswith("Nothing happens until a worker runs")


@pytest.mark.parametrize(
    ("state", "sentence"),
    [
        (GrantState.SCHEDULED, "Access begins at 2026-01-05 12:00:00 UTC."),
        (GrantState.GRANTING, "Aptible is asked for the membership at 2026-01-05 12:00:00 UTC (tries so far: 0)."),
        (GrantState.ACTIVE, "Access ends at 2026-01-05 13:00:00 UTC."),
        (GrantState.REVOKING, "Aptible is asked to end the membership at 2026-01-05 12:00:00 UTC (tries so far: 0)."),
        (GrantState.ENDED, "Nothing more happens."),
    ],
)
def test_every_state_says_what_happens_next(state, sentence, worker, now):
    grant = factories.grant(state=state, now=now)
    assert told(grant, now=now)["next"] == sentence


def test_a_worker_that_is_at_it_is_named(worker, now):
    grant = factories.grant(state=GrantState.GRANTING, now=now)
    Target.objects.update(leased_by="w-1", leased_until=now + timedelta(seconds=60))
    assert told(grant, now=now)["next"] == (
        "The worker w-1 is at it now; if it dies, another takes over at 2026-01-05 12:01:00 UTC."
    )


def test_trouble_and_lateness_are_told(worker, now):
    grant = factories.grant(state=GrantState.REVOKING, now=now)
    Grant.objects.update(attempts=3, last_error="Aptible answered 502.")
    facts = told(grant, now=now + timedelta(minutes=5))
    assert (facts["grant"]["attempts"], facts["grant"]["last_error"]) == (3, "Aptible answered 502.")
    assert facts["grant"]["overdue"] is True


def test_the_events_of_the_grant_and_of_the_request_make_one_story(now):
    grant = factories.grant(state=GrantState.ENDED, now=now)
    assert [event["type"] for event in told(grant, now=now)["events"]] == [
        "request.asked",
        "request.approved",
        "grant.scheduled",
        "grant.granting",
        "grant.active",
        "grant.revoking",
        "grant.ended",
    ]


def test_the_command_writes_it_as_text(now, capsys):
    grant = factories.grant(state=GrantState.ENDED, now=now)
    request = grant.requests.get()
    call_command("explain", request.ref)
    text = capsys.readouterr().out
    assert text.startswith(f"{request.ref} (approved, {grant.ref} ended)\nNothing more happens.\n")
    assert "  reason           to fix Ticket 123\n" in text
    assert "adam@example.com approved." in text
    assert "None" not in text


def test_the_command_writes_it_as_json(now, capsys):
    grant = factories.grant(now=now)
    call_command("explain", grant.ref, json=True)
    facts = json.loads(capsys.readouterr().out)
    assert facts["grant"]["ref"] == grant.ref
    assert facts["integration"]["name"] == "main-aptible-integration"


def test_a_reference_of_nothing_exits_with_2(db):
    with pytest.raises(CommandError, match="There is no request or grant R-22222") as refused:
        call_command("explain", "R-22222")
    assert refused.value.returncode == 2


def test_nothing_secret_is_told(now, capsys, monkeypatch):
    monkeypatch.setenv("TEST_BOT_PASSWORD", "hush-hush-hush")
    call_command("explain", factories.grant(now=timezone.now()).ref, json=True)
    assert "hush-hush-hush" not in capsys.readouterr().out
