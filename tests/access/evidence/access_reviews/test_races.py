"""Many decide, get in, leave and close at once: on PostgreSQL with real threads, each with its own connection."""

from datetime import timedelta

import pytest

from access.core.errors import Conflict, Refusal
from access.core.states import RowState
from access.evidence.access_reviews import begin, close, decide
from access.evidence.access_reviews import look as looking
from access.models import AccessReview, AuditEvent, Finding
from tests import chain, factories
from tests.at_once import MANY, at_once

pytestmark = [pytest.mark.races, pytest.mark.django_db(transaction=True)]
KEEP, REMOVE = decide.Verdict.KEEP, decide.Verdict.REMOVE
ROUNDS = 5


@pytest.fixture
def review(flow, adam, rita, olga, now):
    """Adam and Rita decide who stands in Prod; nobody does yet."""
    factories.also_decided_by(flow, rita)
    return begin.start(
        title="Third quarter", targets=[factories.target()], every_target=False, reviewers="approvers", group=None,
        deadline=now + timedelta(days=10), by=olga, now=now,
    )  # fmt: skip


@pytest.fixture
def stands(review, now):
    """Let one more be found, and join."""

    def stands(number, *, joins=True):
        found = Finding.objects.create(
            integration=factories.integration(), target=factories.target(), kind="standing", key=f"k{number}",
            first_seen_at=now, email=f"p{number}@example.com", account_id=f"a{number}",
        )  # fmt: skip
        if joins:
            looking.look(review, now=now)
        return review.rows.get(finding=found) if joins else found

    return stands


def deciding(row, verdict, by, now):
    return lambda: decide.decide(row, verdict=verdict, by=by, why="So.", now=now)


def refused(answers):
    return [one for one in answers if isinstance(one, Refusal)]


def test_of_two_reviewers_one_is_first_and_the_other_hears_it(review, stands, adam, rita, now):
    for number in range(ROUNDS):
        row = stands(number)
        answers = at_once(deciding(row, KEEP, adam, now), deciding(row, REMOVE, rita, now))
        assert [type(one) for one in refused(answers)] == [Conflict]
        row.refresh_from_db()
        is_kept = answers[0] is None
        assert row.state == (RowState.KEPT if is_kept else RowState.REMOVING)
        assert row.decided_by == (adam if is_kept else rita)
        assert (row.finding.take_out_at is None) is is_kept
    assert AuditEvent.objects.filter(type__in=("access_review.kept", "access_review.removing")).count() == ROUNDS
    assert chain.first_bad() is None


def test_whoever_leaves_while_they_are_decided_has_one_end(review, stands, adam, now):
    for number in range(ROUNDS):
        row = stands(number)

        def leaves(pk=row.finding_id):
            Finding.objects.filter(pk=pk).update(closed_at=now, last_seen_at=now)
            looking.look(review, now=now)

        at_once(deciding(row, REMOVE, adam, now), leaves)
        looking.look(review, now=now)
        row.refresh_from_db()
        # Never REMOVED: nobody took them out.
        assert row.state == RowState.DROPPED


def test_a_sign_off_and_a_decision_at_once_leave_nothing_undecided(review, stands, adam, olga, now):
    for number in range(ROUNDS):
        AccessReview.objects.update(
            state="open", closed_at=None, closed_by=None, comment="", tell_at=now, due_at=now
        ) if number else None
        row = stands(number)
        answers = at_once(
            deciding(row, KEEP, adam, now), lambda: close.sign_off(review, by=olga, comment="Done.", now=now)
        )
        row.refresh_from_db()
        if isinstance(answers[1], AccessReview):
            assert row.state == RowState.KEPT
        else:
            assert AccessReview.objects.get().is_open
        assert answers[0] is None


def test_a_sign_off_and_somebody_who_gets_in_at_once_leave_nobody_out(review, stands, olga, now):
    row = stands(0)
    decide.decide(row, verdict=KEEP, by=olga, why="So.", now=now)
    answers = at_once(lambda: close.sign_off(review, by=olga, comment="Done.", now=now), lambda: stands(1, joins=False))
    looking.look(review, now=now)
    signed = isinstance(answers[0], AccessReview)
    assert review.rows.filter(state=RowState.WAITING).exists() is not signed


def test_many_looks_at_once_take_each_in_once(review, stands, now):
    for number in range(3):
        stands(number, joins=False)
    at_once(*[lambda: looking.look(review, now=now)] * MANY)
    assert review.rows.count() == 3
    assert AuditEvent.objects.filter(type="access_review.joined").count() == 3


def test_many_sign_it_off_and_one_does(review, olga, now):
    answers = at_once(*[lambda: close.sign_off(review, by=olga, comment="Done.", now=now)] * MANY)
    assert len(refused(answers)) == MANY - 1
    assert AuditEvent.objects.filter(type="access_review.signed_off").count() == 1
