"""Due rows become tasks: once, in time, and never more than the cluster takes up."""

from datetime import timedelta

import pytest
from django.db import connection, transaction
from django_q.models import OrmQ

from access.core.existence_query import Question
from access.core.states import GrantState
from access.models import AccessRequest, Grant, Integration, LogReader, Target
from access.worker.sweep import Sweep
from tests import chain, factories

PLACES = 3


@pytest.fixture
def sweep(integration, now) -> Sweep:
    Integration.objects.update(due_at=now + timedelta(hours=1))
    chain.sealed()
    LogReader.objects.update(seq=1_000_000)  # all there will be
    return Sweep("w-test", places=PLACES)


def tasks() -> list[tuple[str, int]]:
    rows = OrmQ.objects.filter(key="w-test").order_by("pk")
    return [(row.func().removeprefix("access.worker.jobs."), row.args()[0]) for row in rows]


def done() -> None:
    OrmQ.objects.all().delete()


def due_grant(now, number: int = 1, *, ago: int = 0) -> Grant:
    """A grant that is due for `ago` seconds, on a target of its own."""
    target = factories.target(name=f"target-{number}", role_id=f"role-{number}")
    factories.flow()
    factories.strategy().targets.add(target)
    grant = factories.grant(state=GrantState.SCHEDULED, now=now, for_target=target)
    Grant.objects.filter(pk=grant.pk).update(due_at=now - timedelta(seconds=ago))
    return grant


def test_nothing_due_sends_nothing_with_one_query(sweep, now, django_assert_num_queries):
    later = due_grant(now)
    Grant.objects.filter(pk=later.pk).update(due_at=now + timedelta(seconds=1))
    factories.request_at(now=now)
    chain.sealed()
    with django_assert_num_queries(1):
        assert sweep(now) is False
    assert tasks() == []


def test_a_question_may_look_back_from_its_moment_and_reckons_in_no_other_way(db, now):
    due_grant(now)
    late = Question({"late": lambda at: Grant.objects.filter(due_at__lte=at - timedelta(seconds=60))})
    assert [late(now + timedelta(seconds=seconds)) for seconds in (59, 60)] == [set(), {"late"}]
    wrong = Question({"late": lambda at: Grant.objects.filter(due_at__lte=at.replace(day=1))})
    with pytest.raises(ValueError, match="as far from its own"):
        wrong(now)


def test_each_kind_is_told_when_it_is_due_and_not_before(sweep, now):
    due_grant(now + timedelta(hours=1))
    kinds = {"grant": lambda at: Grant.objects.filter(due_at__lte=at), "none": lambda _at: Target.objects.filter(pk=0)}
    question = Question(kinds)
    told = [question(now + timedelta(minutes=minutes)) for minutes in (0, 59, 60, 61)]
    assert told == [set(), set(), {"grant"}, {"grant"}]


def test_a_due_grant_sends_its_target_once(sweep, now):
    grant = due_grant(now)
    sweep(now)
    sweep(now + timedelta(seconds=1))
    assert tasks() == [("converge", grant.target_id)]


def test_two_due_grants_of_one_target_send_one_task(sweep, now):
    grant = due_grant(now)
    other = factories.grant(
        state=GrantState.SCHEDULED, now=now, for_target=grant.target, person=factories.person("rita")
    )
    sweep(now)
    assert other.due_at == now
    assert tasks() == [("converge", grant.target_id)]


def test_a_lost_task_is_sent_again_after_a_while(sweep, now):
    grant = due_grant(now)
    sweep(now)
    done()
    sweep(now + timedelta(seconds=4))
    assert tasks() == []
    sweep(now + timedelta(seconds=6))
    assert tasks() == [("converge", grant.target_id)]


def test_another_worker_does_not_send_what_is_on_its_way(sweep, now):
    due_grant(now)
    sweep(now)
    done()
    Sweep("w-test", places=PLACES)(now)
    assert tasks() == []


def test_a_leased_target_waits_for_the_end_of_the_lease(sweep, now):
    grant = due_grant(now)
    Target.objects.filter(pk=grant.target_id).update(leased_until=now + timedelta(seconds=60), leased_by="w-other")
    sweep(now)
    assert tasks() == []
    sweep(now + timedelta(seconds=60))
    assert tasks() == [("converge", grant.target_id)]


def test_an_ended_grant_sends_nothing(sweep, now):
    factories.grant(state=GrantState.ENDED, now=now, seconds=60)
    sweep(now + timedelta(minutes=59))
    assert tasks() == []


def test_the_most_overdue_goes_first_and_the_rest_waits_for_room(sweep, now):
    grants = [due_grant(now, number, ago=number) for number in range(1, PLACES + 3)]
    assert sweep(now) is True
    overdue_first = [grant.target_id for grant in reversed(grants)]
    assert tasks() == [("converge", pk) for pk in overdue_first[:PLACES]]
    assert sweep(now) is True
    done()
    assert sweep(now) is False
    assert tasks() == [("converge", pk) for pk in overdue_first[PLACES:]]


def test_the_mark_and_the_task_commit_together(sweep, now):
    grant = due_grant(now)

    @transaction.atomic
    def sweep_and_break():
        sweep(now)
        factories.breaks()

    with pytest.raises(RuntimeError):
        sweep_and_break()
    assert tasks() == []
    assert Target.objects.get(pk=grant.target_id).queued_until is None


def test_a_task_that_cannot_be_written_leaves_no_mark(sweep, now, monkeypatch):
    grant = due_grant(now)
    monkeypatch.setattr("access.worker.queue.send", factories.breaks)
    with pytest.raises(RuntimeError):
        sweep(now)
    assert Target.objects.get(pk=grant.target_id).queued_until is None


def test_a_request_that_lapses_is_sent_once_in_a_while(sweep, now):
    request = factories.request_at(now=now)
    AccessRequest.objects.filter(pk=request.pk).update(due_at=now)
    sweep(now)
    sweep(now + timedelta(seconds=4))
    assert tasks() == [("lapse", request.pk)]
    sweep(now + timedelta(seconds=6))
    assert tasks() == [("lapse", request.pk)] * 2


def test_a_due_sync_is_sent_once_in_a_while(sweep, now, integration):
    Integration.objects.update(due_at=now)
    sweep(now)
    sweep(now + timedelta(seconds=1))
    assert tasks() == [("sync_integration", integration.pk)]


def test_syncs_leave_a_place_for_peoples_access(sweep, now, integration):
    for number in range(PLACES):
        Integration.objects.create(
            name=f"integration-{number}",
            external_id=f"org-{number}",
            username_secret=integration.username_secret,
            password_secret=integration.password_secret,
            due_at=now,
        )
    sweep(now)
    assert [job for job, _pk in tasks()] == ["sync_integration"] * (PLACES - 1)
    grant = due_grant(now)
    sweep(now)
    assert tasks()[-1] == ("converge", grant.target_id)


@pytest.mark.parametrize(
    "index",
    [
        "grants_that_are_due",
        "requests_that_will_lapse",
        "flows_to_look_at",
        "reviews_that_are_due",
        "schedules_to_read",
        "asked_that_are_due",
        "delegations_that_are_due",
    ],
)
def test_the_idle_queries_use_their_index(sweep, now, index, django_assert_num_queries):
    with django_assert_num_queries(1) as caught:
        sweep(now)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            # With so few rows the planner would rather read the table.
            cursor.execute("SET LOCAL enable_seqscan = off")
            cursor.execute("SET LOCAL enable_bitmapscan = off")
        explain = "EXPLAIN QUERY PLAN " if connection.vendor == "sqlite" else "EXPLAIN "
        plans = []
        for query in caught.captured_queries:
            cursor.execute(explain + query["sql"])
            plans.append(str(cursor.fetchall()))
    # Where there are few rows, PostgreSQL may as well take the other index of the open grants.
    others = {"grants_that_are_due": "open_grants_of_a_target"} if connection.vendor == "postgresql" else {}
    assert any(name in "".join(plans) for name in (index, others.get(index, index)))


def test_roles_that_are_slow_leave_the_last_place_to_one_that_is_not(sweep, now):
    slow = [due_grant(now, number, ago=100 - number) for number in range(1, 13)]
    Target.objects.update(pass_seconds=14)
    quick = due_grant(now, 20)
    Target.objects.filter(pk=quick.target_id).update(pass_seconds=0.2)
    sweep(now)
    assert tasks() == [("converge", one.target_id) for one in (slow[0], slow[1], quick)]


def test_a_role_that_is_being_waited_for_counts_as_slow_before_that_is_known(sweep, now, settings):
    for number in (1, 2):
        busy = due_grant(now, number)
        Target.objects.filter(pk=busy.target_id).update(leased_until=now + settings.LEASE - timedelta(seconds=4))
    due_grant(now, 3, ago=9)
    Target.objects.filter(name="target-3").update(pass_seconds=14)
    quick = due_grant(now, 4)
    Target.objects.filter(pk=quick.target_id).update(pass_seconds=0.2)
    sweep(now)
    assert tasks() == [("converge", quick.target_id)]


def test_where_some_are_slow_those_that_nobody_has_looked_at_may_be_too(sweep, now):
    slow = due_grant(now, 1, ago=9)
    Target.objects.filter(pk=slow.target_id).update(pass_seconds=14)
    for number in range(2, 8):
        due_grant(now, number)
    sweep(now)
    assert len(tasks()) == PLACES - 1


def test_where_nothing_else_is_due_slow_roles_take_all_places_but_one(sweep, now):
    for number in range(1, 6):
        due_grant(now, number)
    Target.objects.update(pass_seconds=14)
    sweep(now)
    assert len(tasks()) == PLACES - 1
