"""Asking: what opens a request, and what is refused with nothing written."""

import uuid
from datetime import timedelta

import pytest

from access.core.errors import Conflict, Invalid, NotAllowed
from access.core.states import RequestState
from access.models import AccessRequest, AuditEvent, DirectoryPerson, Flow, Integration, Target, User, UserMapping
from access.requests import ask
from tests import factories
from tests.access.policy import fast_tracks

pytestmark = pytest.mark.django_db

HOUR = 3600


@pytest.fixture
def asked(flow, target, jon, now):
    """What Jon types, to be changed by a test."""
    return {
        "flow": flow,
        "target": target,
        "requester": jon,
        "seconds": HOUR,
        "reason": "to fix Ticket 123",
        "ticket": "",
        "starts_at": None,
        "submission": uuid.uuid4(),
        "now": now,
    }


def test_asking_opens_a_pending_request_with_the_policy_of_the_moment(asked, adam, now):
    request = ask.ask(**asked)

    assert request.state == RequestState.PENDING
    assert request.due_at == now + timedelta(seconds=request.flow.pending_timeout)
    assert adam.pk in {one["id"] for one in request.policy["stages"][0]["pools"][0]["people"]}
    assert request.ref.startswith("R-")
    event = AuditEvent.objects.get(type="request.asked")
    assert (event.actor, event.request_ref) == ("jon@example.com", request.ref)
    assert event.data["reason"] == "to fix Ticket 123"


def test_a_later_change_of_the_flow_does_not_change_what_was_asked(asked, adam, rita):
    request = ask.ask(**asked)
    factories.decided_by(request.flow, rita)
    request.refresh_from_db()
    assert adam.pk in {one["id"] for one in request.policy["stages"][0]["pools"][0]["people"]}


def test_what_an_admin_has_just_changed_counts_not_what_the_page_had_read(flow, target, jon, now):
    """An ask may have to wait for another one of the same person; the flow and the target are read after that."""
    factories.mapping(jon)
    fast_tracks.rule(flow, risk_at_most=Target.Risk.LOW)
    target.risk, flow.self_approval = Target.Risk.LOW, True
    made = ask.ask(
        flow=flow, target=target, requester=jon, seconds=3600, reason="why", ticket="", starts_at=None,
        submission=uuid.uuid4(), now=now,
    )  # fmt: skip
    assert made.state == RequestState.PENDING
    assert made.policy["self_approval"] is False


def test_the_same_submission_twice_makes_one_request(asked):
    assert ask.ask(**asked).pk == ask.ask(**asked).pk
    assert AuditEvent.objects.filter(type="request.asked").count() == 1


def test_the_same_submission_of_another_person_is_another_request(asked, rita):
    factories.mapping(rita)
    ask.ask(**asked)
    ask.ask(**{**asked, "requester": rita})
    assert AccessRequest.objects.count() == 2


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"seconds": 61}, "duration"),
        ({"seconds": 0}, "duration"),
        ({"seconds": -HOUR}, "duration"),
        ({"reason": ""}, "reason"),
        ({"reason": "  \n "}, "reason"),
        ({"reason": "x" * 4001}, "reason"),
        ({"ticket": "x" * 101}, "ticket"),
        ({"starts_at": timedelta(seconds=-1)}, "starts_at"),
        ({"starts_at": timedelta(days=91)}, "starts_at"),
    ],
)
def test_what_cannot_be_accepted_is_refused_and_nothing_is_written(asked, changes, field, now):
    if isinstance(changes.get("starts_at"), timedelta):
        changes = {"starts_at": now + changes["starts_at"]}
    with pytest.raises(Invalid) as refused:
        ask.ask(**{**asked, **changes})

    assert list(refused.value.errors) == [field]
    assert refused.value.errors[field].endswith(".")
    assert not AccessRequest.objects.exists()
    assert not AuditEvent.objects.filter(type="request.asked").exists()


def test_every_error_is_told_at_once(asked):
    with pytest.raises(Invalid) as refused:
        ask.ask(**{**asked, "seconds": 61, "reason": ""})
    assert set(refused.value.errors) == {"duration", "reason"}


def test_a_target_of_another_flow_is_refused(asked, integration):
    other = Target.objects.create(name="other", label="Other", integration=integration, role_id="r-other")
    with pytest.raises(Invalid) as refused:
        ask.ask(**{**asked, "target": other})
    assert "target" in refused.value.errors


def test_a_flow_that_is_closed_takes_no_requests(asked, flow):
    Flow.objects.update(is_active=False)
    flow.refresh_from_db()
    with pytest.raises(Invalid) as refused:
        ask.ask(**asked)
    assert "flow" in refused.value.errors


def test_a_short_reason_and_a_wrong_ticket_are_refused_where_the_flow_says_so(asked, flow):
    flow.reason_min_length, flow.ticket_pattern = 20, r"[A-Z]+-\d+"
    flow.save()
    with pytest.raises(Invalid) as refused:
        ask.ask(**{**asked, "ticket": "123"})
    assert set(refused.value.errors) == {"reason", "ticket"}
    assert ask.ask(**{**asked, "ticket": "OPS-123", "reason": "to fix the backup of Ticket 123"})


def test_a_dead_end_is_refused(asked, jon):
    factories.decided_by(asked["flow"], jon)
    with pytest.raises(Invalid) as refused:
        ask.ask(**asked)
    assert "Nobody could approve" in refused.value.errors["flow"]


def test_deactivated_approvers_make_a_dead_end(asked, jon):
    User.objects.exclude(pk=jon.pk).update(is_active=False)
    with pytest.raises(Invalid) as refused:
        ask.ask(**asked)
    assert "flow" in refused.value.errors


def test_a_person_without_an_account_is_refused_and_looked_for_at_once(asked, integration, now):
    UserMapping.objects.all().delete()
    DirectoryPerson.objects.all().delete()
    Integration.objects.update(due_at=now + timedelta(minutes=9))

    with pytest.raises(Invalid, match="No account in Aptible has your e-mail"):
        ask.ask(**asked)

    integration.refresh_from_db()
    assert integration.due_at == now
    assert UserMapping.objects.get().problem == "missing"
    assert not AccessRequest.objects.exists()


def test_an_ambiguous_account_is_refused(asked, integration):
    UserMapping.objects.all().delete()
    DirectoryPerson.objects.create(
        integration=integration, external_id="twin", email="JON@example.com", name="", verified=True
    )
    with pytest.raises(Invalid, match="Several accounts"):
        ask.ask(**asked)


def test_a_request_that_starts_later_can_be_decided_until_its_start(asked, now):
    starts_at = now + timedelta(days=7)
    assert ask.ask(**{**asked, "starts_at": starts_at}).due_at == starts_at


def test_a_broken_last_step_leaves_no_request(asked, monkeypatch):
    monkeypatch.setattr("access.audit.log.append", factories.breaks)
    with pytest.raises(RuntimeError):
        ask.ask(**asked)
    assert not AccessRequest.objects.exists()


def test_the_requester_withdraws_a_pending_request(asked, jon, now):
    request = ask.ask(**asked)
    ask.withdraw(request=request, by=jon, now=now)
    assert AccessRequest.objects.get().state == RequestState.WITHDRAWN


def test_nobody_else_withdraws_it(asked, adam, olga, now):
    request = ask.ask(**asked)
    for other in (adam, olga):
        with pytest.raises(NotAllowed):
            ask.withdraw(request=request, by=other, now=now)


def test_a_settled_request_is_not_withdrawn(asked, jon, now):
    request = ask.ask(**asked)
    ask.withdraw(request=request, by=jon, now=now)
    with pytest.raises(Conflict):
        ask.withdraw(request=request, by=jon, now=now)


def test_a_request_lapses_when_its_time_is_over_and_not_before(asked):
    request = ask.ask(**asked)
    with pytest.raises(Conflict):
        ask.lapse(request=request, now=request.due_at - timedelta(seconds=1))
    ask.lapse(request=request, now=request.due_at)
    assert AccessRequest.objects.get().state == RequestState.LAPSED


@pytest.mark.parametrize("second", [0, 1, 59])
def test_this_minute_is_now(asked, now, second):
    assert ask.ask(**{**asked, "starts_at": now, "now": now + timedelta(seconds=second)}).starts_at is None
