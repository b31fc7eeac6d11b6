"""Somebody decides for a person who is away: who may set it, what counts while it runs, and what never does."""

from datetime import timedelta

import pytest

from access.audit import sentences
from access.core.errors import Conflict, Invalid, NotAllowed
from access.core.states import RequestState
from access.models import AccessRequest, AuditEvent, Decision, Delegation, Stage, User
from access.people import delegations
from access.policy import approvers, delegated, policy, simulate, words
from access.requests import approval_queue, decide, detail, explain, lists, offboard, timeline
from tests import factories

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)
MINUTE = timedelta(minutes=1)


@pytest.fixture
def sami(db):
    return factories.person("sami")


def approve(request, by, now):
    return decide.approve(request=request, by=by, comment="", now=now)


def waiting(person, now):
    return list(approval_queue.waiting_for(person, now=now))


def set_(away, to, now, **fields):
    return factories.delegation(away, to, now=now, **fields)


def row(request, reader, now):
    return detail.detail(detail.find(request.ref, reader=reader, now=now), reader=reader, now=now).row


def test_the_delegate_is_asked_and_decides_in_the_name_of_both(flow, adam, rita, now):
    asked = factories.request_at(now=now)
    assert waiting(rita, now) == []
    set_(adam, rita, now)
    assert (waiting(rita, now), waiting(adam, now)) == ([asked], [asked])
    assert row(asked, rita, now).speaks_for == approvers.approver(adam)
    yes = approve(asked, rita, now)
    assert (yes.by, yes.on_behalf_of) == (rita, adam)
    assert AccessRequest.objects.get().state == RequestState.APPROVED
    event = AuditEvent.objects.get(type="request.approved")
    assert event.data["on_behalf_of"] == "adam@example.com"
    assert sentences.sentence(event) == "rita@example.com approved for adam@example.com."
    [step] = [one for one in timeline.steps(AccessRequest.objects.get()) if one.kind == "request.approved"]
    assert step.who == "Rita Moss for Adam Novak"
    facts = explain.evidence(explain.find(asked.ref), now=now)["decisions"]
    assert [(one["by"], one["on_behalf_of"]) for one in facts] == [("rita@example.com", "adam@example.com")]


def test_a_denial_by_the_delegate_says_for_whom(flow, adam, rita, now):
    asked = factories.request_at(now=now)
    set_(adam, rita, now)
    no = decide.deny(request=asked, by=rita, comment="Not now.", now=now)
    assert no.on_behalf_of == adam
    assert sentences.sentence(AuditEvent.objects.get(type="request.denied")).endswith("denied it for adam@example.com.")


@pytest.mark.parametrize("way", ["group", "manager"])
def test_a_delegate_stands_in_for_a_member_of_a_group_and_for_a_manager(flow, jon, adam, rita, now, way):
    factories.decided_by(flow)
    if way == "group":
        flow.stages.get().pools.get().groups.set([factories.group("Security", adam)])
    else:
        flow.stages.get().pools.update(managers=True)
        User.objects.filter(pk=jon.pk).update(manager=adam)
        jon.refresh_from_db()
    asked = factories.request_at(now=now)
    set_(adam, rita, now)
    assert waiting(rita, now) == [asked]
    assert approve(asked, rita, now).on_behalf_of == adam


def test_it_counts_from_its_start_to_its_end_to_the_moment(flow, adam, rita, now):
    asked = factories.request_at(now=now)
    set_(adam, rita, now, starts_at=now + timedelta(hours=1), ends_at=now + timedelta(hours=2))
    moments = [now, now + 59 * MINUTE, now + 60 * MINUTE, now + 119 * MINUTE, now + 120 * MINUTE]
    assert [bool(waiting(rita, one)) for one in moments] == [False, False, True, True, False]
    for moment in (moments[1], moments[4]):
        with pytest.raises(NotAllowed, match="Only the approvers"):
            approve(asked, rita, moment)
    assert approve(asked, rita, moments[3])


def test_one_that_has_just_ended_no_longer_counts(flow, adam, rita, now):
    asked = factories.request_at(now=now)
    delegation = set_(adam, rita, now)
    delegations.end(delegation=delegation, by=adam, now=now)
    assert waiting(rita, now) == []
    with pytest.raises(NotAllowed):
        approve(asked, rita, now)


@pytest.mark.parametrize("who", ["adam", "rita"])
def test_whoever_left_takes_their_delegations_along(flow, adam, rita, sami, olga, now, who):
    factories.also_decided_by(flow, sami)
    asked = factories.request_at(now=now)
    set_(adam, rita, now)
    User.objects.filter(pk=factories.person(who).pk).update(is_active=False)
    assert waiting(rita, now) == []
    with pytest.raises(NotAllowed):
        approve(asked, User.objects.get(pk=rita.pk), now)
    offboard.leave(user=factories.person(who), by=olga, now=now)
    assert Delegation.objects.get().ended_at == now
    User.objects.update(is_active=True)
    assert waiting(rita, now) == []


def test_a_delegation_never_makes_two_voices_of_one(flow, adam, rita, sami, now):
    """Of Adam and Sami both have to approve: Adam and his delegate are one of them."""
    factories.decided_by(flow, adam, sami, needed=2)
    asked = factories.request_at(now=now)
    set_(adam, rita, now)
    approve(asked, rita, now)
    assert waiting(adam, now) == []
    with pytest.raises(Conflict, match="Rita Moss has already decided this request for you"):
        approve(asked, adam, now)
    assert AccessRequest.objects.get().state == RequestState.PENDING
    approve(asked, sami, now)
    assert AccessRequest.objects.get().state == RequestState.APPROVED


def test_and_not_the_other_way_round(flow, adam, rita, sami, now):
    factories.decided_by(flow, adam, sami, needed=2)
    asked = factories.request_at(now=now)
    set_(adam, rita, now)
    approve(asked, adam, now)
    assert waiting(rita, now) == []
    with pytest.raises(NotAllowed):
        approve(asked, rita, now)


def test_who_has_a_voice_of_their_own_gives_that_one_and_only_one(flow, adam, rita, now):
    factories.decided_by(flow, adam, rita, needed=2)
    asked = factories.request_at(now=now)
    set_(adam, rita, now)
    assert approve(asked, rita, now).on_behalf_of is None
    assert waiting(rita, now) == []
    with pytest.raises(Conflict, match="already decided"):
        approve(asked, rita, now)
    assert (waiting(adam, now), row(asked, adam, now).why_not) == ([asked], "")
    assert approve(asked, adam, now)


def test_of_two_who_are_away_the_one_is_chosen_who_is_not_needed_later(flow, adam, rita, sami, now):
    factories.decided_by(flow, adam, sami)
    factories.stage(flow, adam)
    asked = factories.request_at(now=now)
    set_(adam, rita, now)
    set_(sami, rita, now)
    assert approve(asked, rita, now).on_behalf_of == sami
    with pytest.raises(Conflict):
        approve(asked, rita, now)
    approve(asked, adam, now)
    assert AccessRequest.objects.get().state == RequestState.APPROVED


def test_an_approver_can_not_let_the_requester_decide(flow, jon, adam, rita, now):
    factories.also_decided_by(flow, rita)
    asked = factories.request_at(now=now)
    set_(adam, jon, now)
    assert waiting(jon, now) == []
    with pytest.raises(NotAllowed, match="You asked for this yourself"):
        approve(asked, jon, now)
    assert row(asked, jon, now).why_not


def test_not_even_where_people_may_approve_their_own(flow, jon, adam, now):
    flow.self_approval = True
    flow.save()
    asked = factories.request_at(now=now)
    set_(adam, jon, now)
    assert waiting(jon, now) == []
    with pytest.raises(NotAllowed):
        approve(asked, jon, now)


def test_a_requester_can_not_choose_who_decides_by_going_away(flow, adam, rita, sami, now):
    """Adam is an approver and asks: his own voice counts for nothing here, so his delegate has none either."""
    factories.also_decided_by(flow, rita)
    asked = factories.request_at(now=now, requester=adam)
    set_(adam, sami, now)
    assert waiting(sami, now) == []
    with pytest.raises(NotAllowed):
        approve(asked, sami, now)


def test_nobody_passes_it_on_even_if_two_rows_say_so(flow, adam, rita, sami, now):
    asked = factories.request_at(now=now)
    set_(adam, rita, now)
    set_(rita, sami, now, starts_at=now + 2 * DAY, ends_at=now + 3 * DAY)
    Delegation.objects.filter(from_person=rita).update(starts_at=now)
    assert (waiting(rita, now), waiting(sami, now)) == ([asked], [])
    with pytest.raises(NotAllowed):
        approve(asked, sami, now)


def test_the_delegate_sees_what_they_may_decide_and_later_what_they_decided(flow, adam, rita, now):
    asked = factories.request_at(now=now)
    set_(adam, rita, now)
    assert list(lists.visible_to(rita, now=now)) == [asked]
    assert list(lists.visible_to(rita, now=now + DAY)) == []
    approve(asked, rita, now)
    assert list(lists.visible_to(rita, now=now + DAY)) == [asked]


def test_a_hold_up_is_seen_where_a_delegate_would_be_needed_twice(flow, adam, rita, now):
    factories.decided_by(flow, adam, rita, needed=2)
    set_(adam, rita, now)
    in_force = approvers.of_flow(flow)
    circle = approvers.circles([in_force], [factories.person("jon")], now=now).around(factories.person("jon"))

    assert policy.dead_end(in_force, circle) is None
    held = delegated.hold_up(in_force, circle)
    assert (held.needed, [one.name for one in held.able]) == (2, ["Rita Moss"])


def test_simulate_and_the_form_name_the_delegate_and_what_waits_for_whom(flow, jon, adam, rita, sami, now):
    factories.decided_by(flow, adam, sami, needed=2)
    set_(adam, rita, now)
    told = simulate.of_flow(flow, jon, at=now)
    assert [words.name(one) for one in told.steps[0].at_once] == [
        "Adam Novak", "Rita Moss for Adam Novak until 6 January, 12:00 UTC", "Sami",
    ]  # fmt: skip
    assert told.held_up == ""
    assert [one.name for one in simulate.of_flow(flow, jon, at=now + DAY).steps[0].at_once] == ["Adam Novak", "Sami"]
    factories.decided_by(flow, adam, rita, needed=2)
    told = simulate.of_flow(flow, jon, at=now)
    assert told.dead_end is None
    assert told.held_up.startswith("It waits for somebody who is away (Adam Novak): without them, it needs 2 approvals")


def test_a_decision_names_one_person_once_in_the_tables(flow, adam, rita, now):
    asked = factories.request_at(now=now)
    set_(adam, rita, now)
    approve(asked, rita, now)
    assert Decision.objects.count() == 1
    assert Stage.objects.count() == 1


def test_the_longest_delegation_is_measured_from_its_start_and_not_from_now(adam, rita, now):
    starts_at = now + 60 * DAY
    made = set_(adam, rita, now, starts_at=starts_at, ends_at=starts_at + delegations.LONGEST)
    assert made.ends_at - made.starts_at == delegations.LONGEST


@pytest.mark.parametrize("ahead", [0, 60])
def test_a_delegation_that_is_longer_is_refused_whenever_it_starts(adam, rita, now, ahead):
    starts_at = now + ahead * DAY
    with pytest.raises(Invalid) as refused:
        set_(adam, rita, now, starts_at=starts_at, ends_at=starts_at + delegations.LONGEST + MINUTE)
    assert set(refused.value.errors) == {"ends_at"}
