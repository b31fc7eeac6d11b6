"""Flows that give no access: an approval is asked for, decided and kept, and nothing is granted."""

import json
import uuid
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, transaction

from access.audit import sentences
from access.core.errors import Conflict, Invalid
from access.core.states import RequestState
from access.models import AccessRequest, AuditEvent, Flow, Grant, Notification
from access.notify import letters, read_log
from access.requests import approval_queue, ask, decide, detail, explain, timeline
from tests import factories

pytestmark = pytest.mark.django_db

HOUR = 3600


@pytest.fixture
def deploy(db):
    return factories.approval_flow()


@pytest.fixture
def asked(deploy, jon, now):
    """What Jon types, to be changed by a test."""
    return {
        "flow": deploy,
        "target": None,
        "requester": jon,
        "seconds": 0,
        "reason": "Version 1.2",
        "ticket": "",
        "starts_at": None,
        "submission": uuid.uuid4(),
        "now": now,
    }


def facts_of(type_):
    event = AuditEvent.objects.get(type=type_)
    return event.actor, event.subject, event.grant_ref


def test_an_approval_is_asked_for_by_somebody_without_an_account_anywhere(asked):
    request = ask.ask(**asked)
    assert (request.state, request.target, request.seconds, request.account_id) == ("pending", None, 0, "")
    assert request.subject == "Deploy"
    assert not request.gives_access
    assert facts_of("request.asked") == ("jon@example.com", "flow:deploy", "")
    assert sentences.sentence(AuditEvent.objects.get()) == "jon@example.com asked for an approval of deploy."


def test_an_approval_settles_it_and_grants_nothing(asked, adam, now):
    request = ask.ask(**asked)
    decide.approve(request=request, by=adam, comment="Go.", now=now)
    request.refresh_from_db()
    assert (request.state, request.grant, request.due_at) == ("approved", None, None)
    assert not Grant.objects.exists()
    assert facts_of("request.approved") == ("adam@example.com", "flow:deploy", "")
    assert not AuditEvent.objects.filter(type__startswith="grant.").exists()


def test_it_needs_every_approval_of_its_policy(asked, deploy, adam, rita, now):
    factories.decided_by(deploy, adam, rita, needed=2)
    request = ask.ask(**asked)
    decide.approve(request=request, by=adam, comment="", now=now)
    request.refresh_from_db()
    assert request.state == RequestState.PENDING
    decide.approve(request=request, by=rita, comment="", now=now)
    request.refresh_from_db()
    assert request.state == RequestState.APPROVED


@pytest.mark.parametrize("state", [RequestState.DENIED, RequestState.WITHDRAWN, RequestState.LAPSED])
def test_it_can_end_without_an_approval_as_any_request(deploy, state, now):
    assert factories.request_at(in_flow=deploy, state=state, now=now).state == state


def test_an_approver_can_shorten_nothing(asked, adam, now):
    request = ask.ask(**asked)
    with pytest.raises(Invalid) as refused:
        decide.approve(request=request, by=adam, comment="", seconds=HOUR, now=now)
    assert list(refused.value.errors) == ["duration"]


@pytest.mark.parametrize(
    ("changes", "field", "sentence"),
    [
        ({"target": "prod"}, "target", "Deploy gives no access, so there is no target."),
        ({"seconds": HOUR}, "duration", "Deploy gives no access, so it takes no time."),
        ({"starts_at": timedelta(hours=1)}, "starts_at", "Deploy gives no access, so it takes no time."),
        ({"reason": " "}, "reason", "Say why you need it."),
    ],
)
def test_what_only_access_has_is_refused(asked, changes, field, sentence, jon, now):
    factories.mapping(jon)
    changes = {**changes, **({"target": factories.target()} if "target" in changes else {})}
    changes |= {"starts_at": now + changes["starts_at"]} if "starts_at" in changes else {}
    with pytest.raises(Invalid) as refused:
        ask.ask(**asked | changes)
    assert refused.value.errors == {field: sentence}
    assert not AccessRequest.objects.exists()


def test_access_is_never_asked_for_without_a_target(asked, flow):
    with pytest.raises(Invalid) as refused:
        ask.ask(**asked | {"flow": flow, "seconds": HOUR})
    assert refused.value.errors == {"target": "Choose what you need."}


def test_what_was_asked_before_the_flow_gave_up_access_gives_none(flow, adam, now):
    request = factories.request_at(now=now)
    Flow.objects.update(strategy=None)
    with pytest.raises(Conflict, match="Production access no longer gives Prod"):
        decide.approve(request=request, by=adam, comment="", now=now)
    assert not Grant.objects.exists()


@pytest.mark.parametrize(
    "changes",
    [
        {"seconds": 60},
        {"account_id": "a-1"},
        {"starts_at": "now"},
        {"approved_seconds": 0},
    ],
)
def test_the_database_keeps_a_request_without_a_target_empty(asked, changes, now):
    request = ask.ask(**asked)
    changes = {name: now if value == "now" else value for name, value in changes.items()}
    with pytest.raises(IntegrityError), transaction.atomic():
        AccessRequest.objects.filter(pk=request.pk).update(**changes)


def test_the_database_wants_a_grant_behind_approved_access_and_a_time_for_each_target(flow, now):
    request = factories.grant(now=now).requests.get()
    for changes in ({"grant": None}, {"target": None}, {"seconds": 0}):
        with pytest.raises(IntegrityError), transaction.atomic():
            AccessRequest.objects.filter(pk=request.pk).update(**changes)


@pytest.mark.parametrize("changes", [{"break_glass": True}, {"free_extension": 60}])
def test_the_database_lets_nobody_skip_the_approvers_of_an_approval(deploy, changes):
    with pytest.raises(IntegrityError), transaction.atomic():
        Flow.objects.filter(pk=deploy.pk).update(**changes)


def titles(request):
    return [step.title for step in timeline.steps(request)]


def test_its_story_ends_with_the_approval(deploy, now):
    waiting = factories.request_at(in_flow=deploy, now=now)
    approved = factories.request_at(in_flow=deploy, state=RequestState.APPROVED, now=now)
    assert titles(waiting) == ["Asked", "Approval"]
    assert titles(approved) == ["Asked", "Approved"]


def test_its_page_has_nothing_to_end_and_looks_again_only_while_it_waits(deploy, jon, now):
    waiting = detail.detail(factories.request_at(in_flow=deploy, now=now), reader=jon, now=now)
    approved = factories.request_at(in_flow=deploy, state=RequestState.APPROVED, now=now)
    done = detail.detail(approved, reader=jon, now=now)
    assert (waiting.looks_again_every, done.looks_again_every) == (5, None)
    assert (done.can_end, done.can_extend, done.can_write_off, done.is_overdue) == (False,) * 4


def test_an_approver_sees_no_history_of_access_with_it(deploy, flow, adam, now):
    factories.request_at(in_flow=deploy, state=RequestState.APPROVED, now=now)
    held = factories.grant(now=now)
    [row] = approval_queue.rows([factories.request_at(in_flow=deploy, now=now)], reader=adam, now=now)
    assert (row.role, row.shorter, row.overlapping, row.standing, row.history.ever) == (None, [], [], False, 0)
    assert row.others == [held]


def test_explain_and_evidence_leave_out_what_there_is_not(deploy, now):
    request = factories.request_at(in_flow=deploy, state=RequestState.APPROVED, now=now)
    facts = explain.explain(request, now=now)
    assert facts["next"] == "Nothing more happens."
    assert (facts["target"], facts["integration"], facts["grant"]) == (None, None, None)
    assert explain.evidence(request, now=now)["request"]["target"] is None
    out = StringIO()
    call_command("explain", request.ref, stdout=out)
    assert "asked for an approval of deploy." in out.getvalue()


def letter(kind, request):
    message = Notification.objects.get(kind=kind, request=request)
    return letters.message(message)


def test_the_letters_say_that_it_is_an_approval(deploy, settings, adam, rita, now):
    settings.EMAIL_IS_SET = True
    factories.decided_by(deploy, adam)
    request = factories.request_at(in_flow=deploy, now=now)
    read_log.read(now=now)
    asked = letter("asked", request)
    assert asked.subject == "Jon Reyes asks for an approval of Deploy"
    assert "Approval only: Deploy" in asked.text
    assert "Duration" not in asked.text
    decide.approve(request=request, by=adam, comment="", now=now)
    read_log.read(now=now)
    approved = letter("approved", request)
    assert approved.subject == "Approved: an approval of Deploy"
    assert "Aptible" not in approved.text.partition("Open the request")[0]


def simulate(*words):
    out = StringIO()
    call_command("simulate", *words, stdout=out)
    return out.getvalue()


def test_simulate_tries_an_approval_without_a_target(deploy, jon):
    words = ("--flow", "deploy", "--requester", jon.email)
    assert "jon@example.com asks for an approval of deploy at " in simulate(*words)
    facts = json.loads(simulate(*words, "--json"))
    assert (facts["target"], facts["seconds"], facts["could_be_approved"]) == (None, 0, True)


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("--target", "prod"), "Deploy gives no access, so there is no target."),
        (("--duration", "1h"), "deploy gives no access."),
    ],
)
def test_simulate_refuses_what_only_access_has(deploy, flow, jon, words, sentence):
    with pytest.raises(CommandError, match=sentence) as refused:
        simulate("--flow", "deploy", "--requester", jon.email, *words)
    assert refused.value.returncode == 2
