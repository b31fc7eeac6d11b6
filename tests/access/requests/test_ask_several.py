"""Several targets in one ask: a request for each, or none at all."""

import uuid

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from access.core.errors import Invalid
from access.core.states import RequestState
from access.models import AccessRequest, AuditEvent, Decision, DirectoryRole, Grant, Target
from access.requests import approver_index, decide
from access.requests.ask import Ask, ask_several
from access.requests.decide_each import decide_each
from tests import factories

pytestmark = pytest.mark.django_db

HOUR = 3600
APPROVE, DENY = Decision.Verdict.APPROVE, Decision.Verdict.DENY


@pytest.fixture
def targets(flow):
    """Prod, Staging and three more, all of the flow's."""
    more = [factories.target(f"role-{number}", f"Role {number}", f"r-{number}") for number in range(3)]
    every = [factories.target(), factories.target("staging", "Staging", "r-staging"), *more]
    flow.strategy.targets.set(every)
    return every


@pytest.fixture
def typed(flow, jon):
    factories.mapping(jon)

    def typed(**changes):
        plain = {"flow": flow, "requester": jon, "seconds": HOUR, "reason": "to fix Ticket 123", "ticket": "OPS-1"}
        return Ask(**{**plain, "starts_at": None, "submission": uuid.uuid4(), **changes})

    return typed


def test_a_step_that_breaks_in_the_middle_leaves_none_of_them(typed, targets, monkeypatch, now):
    events = AuditEvent.objects.count()
    monkeypatch.setattr("access.requests.approver_index.write", factories.breaks_after(1, approver_index.write))
    with pytest.raises(RuntimeError):
        ask_several(typed(), targets[:2], now=now)
    assert not AccessRequest.objects.exists()
    assert AuditEvent.objects.count() == events


def test_each_target_gets_a_request_of_its_own(typed, targets, adam, now):
    prod, staging = ask_several(typed(), targets[:2], now=now)
    assert [prod.target.name, staging.target.name] == ["prod", "staging"]
    assert prod.batch == staging.batch is not None
    assert (prod.policy, prod.reason, prod.ticket) == (staging.policy, staging.reason, staging.ticket)
    asked = AuditEvent.objects.filter(type="request.asked").order_by("id")
    assert [one.data["together_with"] for one in asked] == [[staging.ref], [prod.ref]]


def test_one_target_is_asked_for_alone(typed, targets, now):
    [request] = ask_several(typed(), targets[:1], now=now)
    assert request.batch is None
    assert "together_with" not in AuditEvent.objects.get(type="request.asked").data


def test_a_target_named_twice_is_asked_for_once(typed, targets, now):
    assert len(ask_several(typed(), [targets[0], targets[0]], now=now)) == 1


def test_the_same_submission_gives_the_first_ones_back_whatever_it_names_now(typed, targets, now):
    once = typed()
    first = ask_several(once, targets[:2], now=now)
    assert ask_several(once, targets[2:4], now=now) == first
    assert AccessRequest.objects.count() == 2


def test_an_approval_that_gives_no_access_is_asked_for_alone(typed, now):
    [request] = ask_several(typed(flow=factories.approval_flow(), seconds=0), [], now=now)
    assert (request.target, request.batch) == (None, None)


def refused(typed, targets, now):
    with pytest.raises(Invalid) as caught:
        ask_several(typed, targets, now=now)
    assert not AccessRequest.objects.exists()
    return caught.value.errors


def test_what_is_wrong_with_one_target_is_said_with_its_name_and_stops_all(typed, targets, now):
    DirectoryRole.objects.filter(external_id=targets[1].role_id).delete()
    DirectoryRole.objects.create(
        integration=factories.integration(), external_id=targets[1].role_id, name="Staging", gone_at=now
    )
    assert refused(typed(), targets[:3], now) == {
        "target": "Staging: Aptible no longer has the role of Staging. Tell an admin."
    }


def test_what_is_wrong_with_all_of_them_is_said_once(typed, targets, now):
    assert refused(typed(reason=" "), targets[:3], now) == {"reason": "Say why you need it."}


def test_the_lowest_maximum_holds_for_all(typed, targets, now):
    Target.objects.filter(pk=targets[1].pk).update(max_seconds=60)
    fresh = list(Target.objects.filter(pk__in=[one.pk for one in targets[:2]]).order_by("pk"))
    errors = refused(typed(), fresh, now)
    assert errors["duration"].startswith("Staging: Staging can be held for 1 min at most.")


def test_more_than_ten_are_refused(typed, flow, now):
    many = [factories.target(f"one-{number}", f"One {number}", f"r-one-{number}") for number in range(11)]
    flow.strategy.targets.set(many)
    assert refused(typed(), many, now) == {"target": "Choose at most 10 at once."}
    assert len(ask_several(typed(), many[:10], now=now)) == 10


@settings(max_examples=12)
@given(chosen=some.sets(some.integers(0, 4), min_size=1), foreign=some.booleans())
def test_a_batch_is_all_or_nothing(typed, targets, now, chosen, foreign):
    before = AccessRequest.objects.count()
    wanted = [targets[number] for number in sorted(chosen)]
    wanted += [factories.target("foreign", "Foreign", "r-foreign")] if foreign else []
    try:
        made = len(ask_several(typed(), wanted, now=now))
    except Invalid:
        made = 0
    assert made == (0 if foreign else len(wanted))
    assert AccessRequest.objects.count() == before + made


@settings(max_examples=12)
@given(answers=some.lists(some.sampled_from(["adam", "rita", "both", "nobody"]), min_size=2, max_size=5))
def test_each_request_of_a_batch_needs_its_own_quorum(typed, targets, flow, adam, rita, now, answers):
    factories.decided_by(flow, adam, rita, needed=2)
    requests = ask_several(typed(), targets[: len(answers)], now=now)
    for request, who in zip(requests, answers, strict=True):
        for by in {"both": (adam, rita), "adam": (adam,), "rita": (rita,), "nobody": ()}[who]:
            decide.approve(request=request, by=by, comment="", now=now)
    states = [AccessRequest.objects.get(pk=one.pk).state for one in requests]
    assert states == [RequestState.APPROVED if who == "both" else RequestState.PENDING for who in answers]
    granted = Grant.objects.filter(requests__in=requests)
    assert granted.count() == answers.count("both")


def states(requests):
    return [AccessRequest.objects.get(pk=one.pk).state for one in requests]


def test_one_answer_is_given_to_each(typed, targets, adam, now):
    requests = ask_several(typed(), targets[:3], now=now)
    told = decide_each(requests[:2], verdict=APPROVE, by=adam, comment="Go.", now=now)
    assert [one.refusal for one in told] == [None, None]
    assert states(requests) == ["approved", "approved", "pending"]
    assert Decision.objects.filter(comment="Go.").count() == 2


def test_what_somebody_else_settled_stops_none_of_the_others(typed, targets, flow, adam, rita, now):
    factories.also_decided_by(flow, rita)
    requests = ask_several(typed(), targets[:3], now=now)
    decide.deny(request=requests[1], by=rita, comment="No.", now=now)
    told = decide_each(requests, verdict=APPROVE, by=adam, comment="", now=now)
    assert [str(one.refusal or "") for one in told] == ["", str(told[1].refusal), ""]
    assert str(told[1].refusal).startswith(f"Rita Moss was first: {requests[1].ref} was denied")
    assert states(requests) == ["approved", "denied", "approved"]


def test_nothing_is_denied_without_saying_why(typed, targets, adam, now):
    requests = ask_several(typed(), targets[:2], now=now)
    with pytest.raises(Invalid):
        decide_each(requests, verdict=DENY, by=adam, comment=" ", now=now)
    assert states(requests) == ["pending", "pending"]


def test_whoever_may_not_decide_decides_none(typed, targets, rita, now):
    requests = ask_several(typed(), targets[:2], now=now)
    told = decide_each(requests, verdict=DENY, by=rita, comment="No.", now=now)
    assert {str(one.refusal) for one in told} == {"Only the approvers of this request may decide it."}
    assert states(requests) == ["pending", "pending"]
