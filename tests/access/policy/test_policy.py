"""Who may decide, and when it is enough: tables, and properties over all small policies."""

import itertools
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from access.policy import asked_by_name, counting, delegated, matching, policy

IDS = range(1, 7)
NOON = datetime(2026, 1, 5, 12, tzinfo=UTC)
ids = st.integers(min_value=1, max_value=6)


def approver(number):
    return policy.Approver(number, f"P{number}", f"p{number}@example.com")


PEOPLE = {number: approver(number) for number in IDS}
pools = st.builds(
    policy.Pool,
    people=st.lists(ids, unique=True, max_size=3).map(lambda chosen: tuple(map(approver, chosen))),
    groups=st.lists(st.integers(1, 2), unique=True, max_size=2).map(
        lambda chosen: tuple(policy.Group(one, f"G{one}") for one in chosen)
    ),
    managers=st.booleans(),
    after=st.sampled_from([0, 0, 60]),
)
stages = st.builds(
    policy.Stage, st.just(""), st.integers(0, 3), st.lists(pools, max_size=2).map(tuple)
)  # fmt: skip
policies = st.builds(policy.Policy, st.lists(stages, max_size=3).map(tuple), st.booleans())
circles = st.builds(
    policy.Circle,
    requester_id=ids,
    people=st.just(PEOPLE),
    active=st.sets(ids, min_size=2),
    members=st.dictionaries(st.integers(1, 2), st.sets(ids)),
    manager_id=st.none() | ids,
    waited=st.sampled_from([0, 59, 60, 1000]),
)
# Somebody tries to approve, with the circle as it is then.
tries = st.lists(st.tuples(ids, circles), max_size=12)


@given(policies, ids, tries)
def test_no_path_approves_with_fewer_than_each_quorum_of_distinct_eligible_people_who_did_not_ask(one, asks, attempts):
    approved: dict[int, int] = {}
    for person, circle in attempts:
        now = policy.Circle(
            asks, circle.people, circle.active, circle.members, circle.manager_id, circle.waited
        )  # fmt: skip
        if policy.may_decide(one, now, approved, person):
            stage = policy.current(one, approved, requester_id=asks)
            assert stage is not None
            assert person in now.active
            assert one.self_approval or person != asks
            assert person in {who.id for who in policy.candidates(one, stage, now)}
            approved[person] = stage
    met = policy.is_met(one, approved, requester_id=asks)
    counts = [sum(where == number for where in approved.values()) for number in range(len(one.stages))]
    assert met == bool(one.stages and all(n >= max(s.needed, 1) for n, s in zip(counts, one.stages, strict=True)))


pairs = st.lists(st.tuples(ids, ids).filter(lambda pair: pair[0] != pair[1]), max_size=6)


@given(policies, ids, st.lists(st.tuples(ids, circles, pairs), max_size=12))
def test_no_delegation_makes_two_voices_of_one_nor_lets_anybody_decide_for_themselves(one, asks, attempts):
    approved: dict[int, int] = {}
    spoken: dict[int, policy.Approver] = {}  # for whom somebody else gave the voice, and who
    for person, circle, away in attempts:
        running = [policy.Delegation(from_id, to_id, until=NOON) for from_id, to_id in away]
        now = replace(circle, requester_id=asks, delegations=running, spoken_for=spoken)
        whose = delegated.voice(one, now, approved, person)
        stage = policy.current(one, approved, requester_id=asks)
        listed = stage is not None and person in {who.id for who in policy.candidates(one, stage, now, approved)}
        assert (whose is not None) == policy.may_decide(one, now, approved, person) == listed
        if whose is None:
            continue
        assert stage is not None
        assert {person, whose} <= set(now.active)
        assert not {person, whose} & set(approved)
        assert not {person, whose} & set(spoken)
        assert whose != asks or one.self_approval
        assert whose == person or ((whose, person) in away and person != asks)
        approved[person] = stage
        spoken |= {} if whose == person else {whose: PEOPLE[person]}


def test_whoever_was_spoken_for_decides_for_nobody_else_either():
    one = policy.Policy((policy.Stage("", 2, (policy.Pool((approver(1), approver(2), approver(3))),)),), False)
    away = [policy.Delegation(1, 2, until=NOON)]
    circle = policy.Circle(6, PEOPLE, {1, 2, 3}, {}, delegations=away, spoken_for={2: PEOPLE[3]})
    assert delegated.voice(one, circle, {3: 0}, 2) is None
    assert [who.id for who in policy.candidates(one, 0, circle, {3: 0})] == [1]


@given(policies, circles)
def test_nobody_reviews_what_they_took_themselves_also_where_people_approve_their_own(one, circle):
    assert circle.requester_id not in {who.id for who in asked_by_name.reviewers(one, circle)}


@given(policies, circles)
def test_a_dead_end_is_what_no_order_of_approvals_gets_out_of(one, circle):
    circle = circle.at_last()
    able = [[who.id for who in policy.candidates(one, number, circle)] for number in range(len(one.stages))]
    needs = [policy.quorum(stage) for stage in one.stages]
    assert (policy.dead_end(one, circle) is None) == (bool(needs) and by_brute_force(needs, able))


@given(policies, circles)
def test_as_long_as_nobody_is_used_up_too_early_the_end_is_reached(one, circle):
    """Whoever is first in line may approve unless refused: from a policy that can be met one always arrives."""
    circle = circle.at_last()
    approved: dict[int, int] = {}
    if policy.dead_end(one, circle):
        return
    while not policy.is_met(one, approved, requester_id=circle.requester_id):
        able = [who for who in IDS if policy.may_decide(one, circle, approved, who)]
        free = [who for who in able if delegated.made_impossible(one, circle, approved, who) is None]
        assert free
        stage = policy.current(one, approved, requester_id=circle.requester_id)
        assert stage is not None
        approved[free[0]] = stage


@given(policies)
def test_a_copied_policy_reads_back_the_same(one):
    assert policy.read(one.copied()) == one


def test_a_copy_without_stages_is_read_as_one_stage_with_one_pool():
    people = [{"id": 7, "name": "Adam Novak", "email": "adam@example.com"}]
    old = {"version": 1, "approvals_needed": 2, "self_approval": True, "approvers": people}
    pool = policy.Pool((policy.Approver(7, "Adam Novak", "adam@example.com"),))
    assert policy.read(old) == policy.Policy((policy.Stage("", 2, (pool,)),), self_approval=True)


places = st.lists(st.tuples(st.integers(0, 3), st.sets(ids, max_size=5)), max_size=4)


@given(places)
def test_the_matching_agrees_with_trying_everything(wanted):
    needs, able = [one[0] for one in wanted], [sorted(one[1]) for one in wanted]
    short = matching.unfillable(needs, able)
    assert bool(short) != by_brute_force(needs, able)
    if short:
        # What it names is a reason: those places together need more than all who could be there.
        assert sum(needs[one] for one in short) > len(set().union(*(able[one] for one in short)))


def by_brute_force(needs, able, used=frozenset()):
    if not needs:
        return True
    free = [one for one in able[0] if one not in used]
    chosen = itertools.combinations(free, needs[0])
    return any(by_brute_force(needs[1:], able[1:], used | set(one)) for one in chosen)


JON, ADAM, RITA, OLGA = 1, 2, 3, 4
LEAD_THEN_SECURITY = policy.Policy(
    (
        policy.Stage("Lead", 1, (policy.Pool((approver(ADAM), approver(RITA))),)),
        policy.Stage("Security", 1, (policy.Pool(groups=(policy.Group(1, "Security"),)),)),
    ),
    self_approval=False,
)
MANAGER = policy.Policy((policy.Stage("", 1, (policy.Pool(managers=True),)),), self_approval=False)
PASSED_ON = policy.Policy(
    (policy.Stage("", 1, (policy.Pool((approver(ADAM),)), policy.Pool((approver(RITA),), after=3600))),),
    self_approval=False,
)


def around(requester=JON, *, members=(RITA, OLGA), manager=None, waited=0.0, active=IDS):
    return policy.Circle(requester, PEOPLE, set(active), {1: set(members)}, manager, waited)


@pytest.mark.parametrize(
    ("one", "circle", "approved", "who"),
    [
        (LEAD_THEN_SECURITY, around(), {}, {ADAM, RITA}),
        (LEAD_THEN_SECURITY, around(), {ADAM: 0}, {RITA, OLGA}),
        (LEAD_THEN_SECURITY, around(), {RITA: 0}, {OLGA}),
        (LEAD_THEN_SECURITY, around(members=(ADAM,)), {RITA: 0}, {ADAM}),
        (LEAD_THEN_SECURITY, around(requester=RITA), {}, {ADAM}),
        (LEAD_THEN_SECURITY, around(active={RITA}), {}, {RITA}),
        (LEAD_THEN_SECURITY, around(), {ADAM: 0, OLGA: 1}, set()),
        (MANAGER, around(manager=OLGA), {}, {OLGA}),
        (MANAGER, around(), {}, set()),
        (PASSED_ON, around(waited=3599), {}, {ADAM}),
        (PASSED_ON, around(waited=3600), {}, {ADAM, RITA}),
    ],
)
def test_who_may_decide_now(one, circle, approved, who):
    people = {**PEOPLE, **{manager: approver(manager) for manager in [circle.manager_id] if manager}}
    circle = policy.Circle(
        circle.requester_id, people, circle.active, circle.members, circle.manager_id, circle.waited
    )  # fmt: skip
    assert {number for number in IDS if policy.may_decide(one, circle, approved, number)} == who


@pytest.mark.parametrize("active", [IDS, {ADAM, RITA}, {ADAM}, {RITA}])
def test_an_approval_for_another_counts_while_both_are_active(active):
    away = policy.Delegation(ADAM, RITA, NOON)
    circle = replace(around(active=active), delegations=[away])
    vote = counting.Vote(by=RITA, voice=ADAM, stage=0)
    assert counting.counts(PASSED_ON, circle, vote) is ({ADAM, RITA} <= {*active})


def test_an_approval_counts_only_while_its_stage_asks_whoever_gave_it():
    """Also where another stage asks them still."""
    olga = [counting.Vote(by=OLGA, voice=OLGA, stage=stage) for stage in (0, 1)]
    assert [counting.counts(LEAD_THEN_SECURITY, around(), one) for one in olga] == [False, True]


def test_an_approval_that_leaves_nobody_for_a_later_stage_is_found():
    circle = around(members=(RITA,))
    assert delegated.made_impossible(LEAD_THEN_SECURITY, circle, {}, RITA) == 1
    assert delegated.made_impossible(LEAD_THEN_SECURITY, circle, {}, ADAM) is None
