"""What was asked together, and many at once: on PostgreSQL with real threads."""

import uuid
from functools import partial

import pytest
from django.db import transaction

from access.core.states import RequestState
from access.models import AccessRequest, AuditEvent, Decision, Grant
from access.requests.ask import Ask, ask_several
from access.requests.decide_each import decide_each
from access.requests.offboard import leave
from tests import chain, factories
from tests.at_once import at_once

pytestmark = [pytest.mark.races, pytest.mark.django_db(transaction=True)]

HOUR = 3600
APPROVE, DENY = Decision.Verdict.APPROVE, Decision.Verdict.DENY


@pytest.fixture
def targets(flow):
    every = [factories.target(f"role-{number}", f"Role {number}", f"r-{number}") for number in range(4)]
    flow.strategy.targets.set(every)
    return every


@pytest.fixture
def typed(flow, jon):
    factories.mapping(jon)
    return lambda: Ask(flow, jon, HOUR, "to fix Ticket 123", "", None, uuid.uuid4())


def test_a_form_sent_many_times_at_once_makes_one_batch(typed, targets, now):
    once = typed()
    several, one = targets[:3], targets[2:]
    calls = [lambda: ask_several(once, several, now=now), lambda: ask_several(once, one, now=now)] * 4
    answers = at_once(*calls)
    made = list(AccessRequest.objects.order_by("pk"))
    assert all(answer == made for answer in answers)
    assert len(made) in (2, 3)
    assert len({one.batch for one in made}) == 1
    assert chain.first_bad() is None


def test_two_approvers_of_overlapping_parts_settle_each_request_once(typed, targets, flow, adam, rita, now):
    factories.also_decided_by(flow, rita)
    for _round in range(5):
        requests = ask_several(typed(), targets, now=now)
        left, right = requests[:3], list(reversed(requests[1:]))
        first, second = at_once(
            partial(decide_each, left, verdict=APPROVE, by=adam, comment="", now=now),
            partial(decide_each, right, verdict=DENY, by=rita, comment="No.", now=now),
        )
        done = [one.request.pk for one in [*first, *second] if one.refusal is None]
        assert sorted(done) == sorted(one.pk for one in requests)
        fresh = list(AccessRequest.objects.filter(pk__in=done))
        assert {one.state for one in fresh} <= {RequestState.APPROVED, RequestState.DENIED}
        assert all((one.grant_id is not None) == (one.state == RequestState.APPROVED) for one in fresh)
        settled = AuditEvent.objects.filter(
            request_ref__in=[one.ref for one in fresh], type__in=("request.approved", "request.denied")
        )
        assert settled.count() == len(requests)
    assert Grant.objects.count() == AccessRequest.objects.filter(state=RequestState.APPROVED).count()


def test_who_is_deactivated_while_they_ask_waits_for_nothing(typed, targets, jon, olga, now):
    def deactivate():
        with transaction.atomic():
            type(jon).objects.filter(pk=jon.pk).update(is_active=False)
            leave(user=jon, by=olga, now=now)

    at_once(lambda: ask_several(typed(), targets, now=now), deactivate)
    assert not AccessRequest.objects.filter(state=RequestState.PENDING).exists()
