"""Break-glass with many at once, on PostgreSQL with real threads."""

import uuid
from functools import partial

import pytest
from django.db import transaction

from access.core.errors import Conflict, NotAllowed
from access.core.states import GrantState
from access.models import AccessRequest, AfterReview, AuditEvent, Flow, Grant, User
from access.requests import ask, break_glass_sign_off, offboard
from tests import factories
from tests.at_once import at_once

pytestmark = [pytest.mark.races, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def use(flow, target, jon, now):
    factories.mapping(jon)
    Flow.objects.update(break_glass=True)
    submission = uuid.uuid4()

    def use():
        return ask.ask(
            flow=flow, target=target, requester=jon, seconds=3600, reason="the database is down", ticket="INC-1",
            starts_at=None, submission=submission, now=now, break_glass=True,
        )  # fmt: skip

    return use


def test_one_form_sent_many_times_at_once_makes_one_request_and_one_review(use):
    answers = at_once(*[use] * 8)
    assert len({one.pk for one in answers}) == 1
    assert AccessRequest.objects.count() == AfterReview.objects.count() == Grant.objects.count() == 1


def test_of_many_sign_offs_one_counts_and_the_others_read_who_was_first(flow, now):
    people = [factories.person(f"approver{number}") for number in range(8)]
    factories.decided_by(flow, *people)
    request = factories.broken_glass(now=now)

    def sign(by, verdict):
        return break_glass_sign_off.sign_off(request=request, by=by, verdict=verdict, comment="Seen.", now=now)

    calls = [
        lambda by=by, number=number: sign(by, "justified" if number % 2 else "not_justified")
        for number, by in enumerate(people)
    ]
    answers = at_once(*calls)

    [first] = [one for one in answers if isinstance(one, AfterReview)]
    others = [one for one in answers if isinstance(one, Conflict)]
    assert len(others) == 7
    assert all(str(first.signed_off_by) in str(one) for one in others)
    assert AuditEvent.objects.filter(type="review.signed_off").count() == 1


def test_a_sign_off_against_an_escalation_leaves_it_signed_off(flow, adam, now):
    for _round in range(5):
        request = factories.broken_glass(now=now)
        review = AfterReview.objects.select_related("request").get(request=request)
        at = review.due_at
        at_once(
            partial(
                break_glass_sign_off.sign_off, request=request, by=adam, verdict="justified", comment="Seen.", now=at
            ),
            partial(break_glass_sign_off.come_due, review, now=at),
        )
        review.refresh_from_db()
        assert (review.signed_off_by, review.due_at) == (adam, None)


def test_who_is_deactivated_at_that_moment_holds_nothing(use, jon, olga, now):
    @transaction.atomic
    def deactivate():
        User.objects.filter(pk=jon.pk).update(is_active=False)
        offboard.leave(user=jon, by=olga, now=now)

    use_answer, _left = at_once(use, deactivate)
    held = Grant.objects.exclude(state__in=(GrantState.REVOKING, GrantState.ENDED))
    assert isinstance(use_answer, AccessRequest | NotAllowed)
    assert not held.exists()
