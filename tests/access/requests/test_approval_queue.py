"""What an approver is told before deciding."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from access.core.states import GrantState, RequestState
from access.models import AccessRequest, DirectoryMembership, DirectoryRole, Flow, Stage, User
from access.people import tokens
from access.policy import decides_for
from access.requests import approval_queue, decide, lists, pagination
from tests import factories

pytestmark = pytest.mark.django_db

HOUR = 3600


def row(request, reader, now):
    [told] = approval_queue.rows([request], reader=reader, now=now)
    return told


def waiting(person, now):
    return list(approval_queue.waiting_for(person, now=now))


def test_a_pending_request_waits_for_its_approvers_and_for_nobody_else(flow, jon, adam, rita, olga, now):
    asked = factories.request_at(now=now)
    assert waiting(adam, now) == [asked]
    assert [waiting(one, now) for one in (jon, rita, olga)] == [[], [], []]


def test_what_lapses_soonest_comes_first(flow, adam, now):
    later, sooner = factories.request_at(now=now), factories.request_at(now=now - timedelta(hours=1))
    assert waiting(adam, now) == [sooner, later]


def test_ones_own_waits_for_the_others_unless_the_policy_says_so(flow, adam, rita, now):
    factories.also_decided_by(flow, rita)
    asked = factories.request_at(now=now, requester=adam)
    assert waiting(adam, now) == []
    assert waiting(rita, now) == [asked]
    Flow.objects.update(self_approval=True)
    again = factories.request_at(now=now, requester=adam)
    assert waiting(adam, now) == [again]


def test_what_is_settled_lapsed_or_decided_already_waits_for_nobody(flow, adam, rita, now):
    for state in set(RequestState) - {RequestState.PENDING}:
        factories.request_at(state=state, now=now)
    assert waiting(adam, now) == []
    factories.also_decided_by(flow, rita)
    Stage.objects.update(approvals_needed=2)
    half = factories.request_at(now=now, in_flow=Flow.objects.get())
    decide.approve(request=half, by=adam, comment="", now=now)
    assert waiting(adam, now) == []
    assert waiting(rita, now) == [half]
    assert waiting(rita, half.due_at) == []


def test_what_a_person_asked_who_can_no_longer_sign_in_waits_for_nobody(flow, jon, adam, now):
    factories.request_at(now=now)
    jon.is_active = False
    jon.save()
    assert waiting(adam, now) == []
    assert "can no longer sign in" in row(AccessRequest.objects.get(), adam, now).why_not


def test_what_one_has_decided_comes_latest_first_and_once(flow, adam, rita, now):
    factories.also_decided_by(flow, rita)
    Stage.objects.update(approvals_needed=2)
    first, second = (factories.request_at(now=now, in_flow=Flow.objects.get()) for _ in range(2))
    decide.approve(request=first, by=adam, comment="", now=now)
    decide.approve(request=second, by=adam, comment="", now=now + timedelta(minutes=1))
    decide.approve(request=first, by=rita, comment="", now=now + timedelta(minutes=2))
    found = pagination.decided(decides_for.of(adam, now=now), lists.Narrowing(), pagination.Place(), size=5)
    assert list(found.requests) == [second, first]


@pytest.mark.parametrize(
    ("days_ago", "sentence"),
    [
        ([], "First time."),
        ([3], "2nd time in 30 days."),
        ([1, 9, 29, 40], "4th time in 30 days."),
        ([31, 50], "3rd time, and the first in 30 days."),
    ],
)
def test_the_history_of_this_person_on_this_target(flow, adam, rita, now, days_ago, sentence):
    for days in days_ago:
        factories.grant(state=GrantState.ENDED, now=now - timedelta(days=days))
    factories.request_at(state=RequestState.DENIED, now=now)
    factories.grant(state=GrantState.ENDED, now=now, person=rita)
    told = row(factories.request_at(now=now), adam, now)
    assert told.history.sentence == sentence
    assert told.history.last_at == (now - timedelta(days=days_ago[0]) if days_ago else None)


def test_what_the_person_holds_of_it_and_else_is_told(flow, adam, now):
    held = factories.grant(state=GrantState.ACTIVE, now=now)
    staging = DirectoryRole.objects.get(name="Staging")
    flow.strategy.targets.add(other := factories.target("staging", "Staging", staging.external_id))
    also = factories.grant(state=GrantState.ACTIVE, now=now, for_target=other)
    told = row(factories.request_at(now=now), adam, now)
    assert told.overlapping == [held]
    assert told.others == [also]


def test_a_standing_member_is_told_so_and_a_holder_is_not(flow, jon, adam, rita, now):
    factories.also_decided_by(flow, rita)
    assert row(factories.request_at(now=now, requester=adam), rita, now).standing
    role = DirectoryRole.objects.get(name="Prod")
    DirectoryMembership.objects.create(role=role, account_id=factories.account_id(jon))
    factories.grant(state=GrantState.ACTIVE, now=now)
    assert not row(factories.request_at(now=now), rita, now).standing


def test_who_else_can_still_decide(flow, adam, rita, olga, now):
    factories.also_decided_by(flow, rita, olga)
    Stage.objects.update(approvals_needed=2)
    asked = factories.request_at(now=now, in_flow=Flow.objects.get())
    olga.is_active = False
    olga.save()
    decide.approve(request=asked, by=adam, comment="", now=now)
    told = row(asked, adam, now)
    assert [one.name for one in told.can_still] == ["Rita Moss"]
    assert (told.approvals, told.needed) == (1, 2)
    assert told.mine.by == adam
    assert "already decided" in told.why_not


@pytest.mark.parametrize(
    ("reader", "words"), [("adam", ""), ("jon", "Only the approvers"), ("rita", "Only the approvers")]
)
def test_why_the_reader_cannot_decide_it(flow, now, reader, words):
    told = row(factories.request_at(now=now), factories.person(reader), now)
    assert words in told.why_not
    assert bool(told.why_not) == bool(words)


def test_ones_own_request_says_why_one_cannot_decide_it(flow, adam, rita, now):
    factories.also_decided_by(flow, rita)
    assert "yourself" in row(factories.request_at(now=now, requester=adam), adam, now).why_not


def test_an_approver_is_offered_what_was_asked_and_shorter_ones(flow, adam, now):
    told = row(factories.request_at(now=now, seconds=4 * HOUR), adam, now)
    assert told.shorter == [4 * HOUR, HOUR, 60]


def test_any_number_of_rows_takes_the_same_queries(flow, adam, rita, now, django_assert_num_queries):
    factories.also_decided_by(flow, rita)
    people = [factories.person(f"p{number}") for number in range(30)]
    asked = [factories.request_at(now=now, requester=one) for one in people]
    rows = AccessRequest.objects.select_related("target", "flow", "grant", "requester")
    asked = list(rows.filter(pk__in=[one.pk for one in asked]))
    with django_assert_num_queries(5):
        approval_queue.rows(asked[:1], reader=adam, now=now)
    with django_assert_num_queries(5):
        told = approval_queue.rows(asked, reader=adam, now=now)
    with django_assert_num_queries(2):  # what only the page of a request tells, of all of them
        assert {(one.standing, len([*one.overlapping, *one.others]), len(one.can_still)) for one in told} == {
            (False, 0, 2)
        }
    assert len(told) == 30


def test_who_would_speak_twice_by_a_bot_reads_why_and_can_only_deny(flow, adam, rita, now, django_assert_num_queries):
    """However many there are: the tokens of bots are read at once."""
    bot = User.objects.create_user("bot@example.com", is_bot=True)
    factories.decided_by(flow, bot, adam, rita, needed=2)
    tomorrow = now + timedelta(days=1)
    tokens.issue(person=bot, actor=rita, label="t", scopes=["approve"], expires_at=tomorrow, now=now)
    requests = [factories.request_at(now=now) for _each in range(3)]
    for one in requests:
        decide.approve(request=one, by=bot, comment="", now=now)
    assert row(requests[0], adam, now).only_deny == ""
    requests = list(lists.for_list(AccessRequest.objects.all()))
    row(requests[0], rita, now)
    with CaptureQueriesContext(connection) as of_one:
        row(requests[0], rita, now)
    with django_assert_num_queries(len(of_one)):
        told = approval_queue.rows(requests, reader=rita, now=now)
    assert {one.why_not for one in told} == {""}
    assert all("one person" in one.only_deny for one in told)


def test_what_bots_ask_for_takes_no_query_more(flow, adam, rita, integration, now, django_assert_num_queries):
    bot = User.objects.create_user("bot@example.com", is_bot=True)
    factories.mapping(bot, account_id="u-bot")
    factories.also_decided_by(flow, rita)
    tomorrow = now + timedelta(days=1)
    tokens.issue(person=bot, actor=rita, label="t", scopes=["ask"], expires_at=tomorrow, now=now - timedelta(hours=1))
    for _each in range(3):
        factories.request_at(now=now, requester=bot)
    requests = list(lists.for_list(AccessRequest.objects.all()))
    assert "You issued a token of the bot" in row(requests[0], rita, now).why_not
    with CaptureQueriesContext(connection) as of_one:
        assert row(requests[0], adam, now).why_not == ""
    with django_assert_num_queries(len(of_one)):
        approval_queue.rows(requests, reader=adam, now=now)
