"""However much is due on one target, it is worked through in small transactions, by few statements."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from access.core.states import EndReason, GrantState
from access.grants import claim, end_early
from access.models import AuditEvent, Grant, Target
from tests import factories

pytestmark = pytest.mark.django_db
AROUND = ("BEGIN", "SAVEPOINT", "RELEASE", "COMMIT")
MINUTE = timedelta(minutes=1)
PASS, EACH = 20, 4  # statements: of a pass, of which two are the test's, and for each end in it


@pytest.fixture
def held(flow, now):
    """As many people as wanted hold the target."""

    def held(number):
        people = [factories.person(f"p{one}") for one in range(number)]
        for one in people:
            factories.mapping(one)
        return [factories.grant(state=GrantState.ACTIVE, now=now, person=one) for one in people]

    return held


def asked(act):
    with CaptureQueriesContext(connection) as seen:
        found = act()
    told = [one["sql"] for one in seen.captured_queries]
    return found, [one for one in told if not one.startswith(AROUND)], sum(one.startswith("SAVEPOINT") for one in told)


def test_a_backlog_is_taken_some_at_a_time(held, now, monkeypatch):
    monkeypatch.setattr("access.grants.claim.AT_ONCE", 2)
    grants = held(5)
    due = grants[0].ends_at
    work, statements, transactions = asked(lambda: claim.take(Target.objects.get(), holder="w", now=due))
    assert [one.pk for one in work.revoking] == [one.pk for one in grants]
    assert transactions == 4  # two, two and one that expire, and the claim
    assert len(statements) <= 2 + 3 * 3 + 2 + 1
    for one in Grant.objects.all():
        assert (one.state, one.end_reason, one.end_due_at) == (GrantState.REVOKING, EndReason.EXPIRED, one.ends_at)
        assert (one.due_at, one.attempts) == (work.until, 1)
    events = AuditEvent.objects.filter(type="grant.revoking")
    assert [one.grant_ref for one in events.order_by("id")] == [one.ref for one in grants]


def test_what_was_begun_before_something_broke_stays_and_the_target_is_free(held, now, monkeypatch):
    monkeypatch.setattr("access.grants.claim.AT_ONCE", 2)
    grants = held(3)
    monkeypatch.setattr("access.grants.claim._claim", factories.breaks)
    with pytest.raises(RuntimeError):
        claim.take(Target.objects.get(), holder="w", now=grants[0].ends_at)
    assert Target.objects.get().leased_until is None
    assert set(Grant.objects.values_list("state", flat=True)) == {GrantState.REVOKING}


@pytest.mark.parametrize("people", [["jon"], ["jon", "rita"]])
def test_one_more_end_in_a_pass_costs_few_statements(people, flow, run, aptible, now):
    for one in map(factories.person, people):
        factories.mapping(one)
    grants = [factories.grant(state=GrantState.SCHEDULED, now=now, person=factories.person(one)) for one in people]
    run(grants[0], now)
    over = grants[0].refreshed().ends_at + MINUTE
    _seen, statements, _transactions = asked(lambda: run(grants[0], over))
    assert set(Grant.objects.values_list("state", flat=True)) == {GrantState.ENDED}
    assert len(statements) <= PASS + EACH * len(people)


def test_all_is_ended_some_at_a_time(held, olga, now, monkeypatch):
    monkeypatch.setattr("access.grants.end_early.AT_ONCE", 2)
    held(3)
    target = Target.objects.get()
    count, _statements, transactions = asked(
        lambda: end_early.end_all(target=target, by=olga, confirmation=target.name, now=now)
    )
    assert (count, transactions) == (3, 2)
    assert set(Grant.objects.values_list("state", flat=True)) == {GrantState.REVOKING}
    assert AuditEvent.objects.filter(type="grant.revoking").count() == 3


def test_what_somebody_ended_meanwhile_is_not_ended_again(held, olga, now, monkeypatch):
    monkeypatch.setattr("access.grants.end_early.AT_ONCE", 1)
    first, second = held(2)
    target, real = Target.objects.get(), end_early._end_some

    def somebody_is_faster(target, pks, **facts):
        if pks == [first.pk]:
            end_early.end(grant=second, by=olga, now=now)
        return real(target, pks, **facts)

    monkeypatch.setattr("access.grants.end_early._end_some", somebody_is_faster)
    assert end_early.end_all(target=target, by=olga, confirmation=target.name, now=now) == 1
